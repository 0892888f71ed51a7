/** The package as a project tests it with Vitest, whose pools run this file in a process, a thread or a realm of its own. */
import { mkdtempSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { DinomalyError, Evaluator, Model, openDataset, Trainer, writeReport } from 'dinomaly';
import { expect, test } from 'vitest';

const { DINOMALY_DATA: data = '' } = process.env;
const encoder = { dim: 16, depth: 4, heads: 2, patch: 8 };

test('it trains, saves, loads, scores, evaluates and reports', async () => {
  const out = mkdtempSync(path.join(data, '../out-'));
  const dataset = await openDataset(data);
  const picture = dataset.test[0]?.path ?? '';
  const trainer = await Trainer.create({ encoder, weights: null, size: 40, crop: 32 });
  await trainer.train(dataset, { iterations: 2, batchSize: 2, signal: new AbortController().signal });
  await trainer.save(path.join(out, 'model.safetensors'));
  trainer.dispose();
  const model = await Model.load(path.join(out, 'model.safetensors'));
  const { score, map, height, width } = await model.score(picture);
  expect(Number.isFinite(score)).toBe(true);
  expect(map).toHaveLength(height * width);
  expect((await model.score(readFileSync(picture))).score).toBe(score);
  expect((await model.score(pathToFileURL(picture))).score).toBe(score);
  const raw = { data: new Uint8Array(32 * 32 * 3), info: { width: 32, height: 32, channels: /** @type {3} */ (3) } };
  expect(Number.isFinite((await model.score(raw)).score)).toBe(true);
  const evaluation = await new Evaluator().evaluate(model, dataset);
  expect(evaluation.classes.map(({ name }) => name)).toEqual(['disc']);
  await writeReport(path.join(out, 'report'), { evaluation });
  model.dispose();
  await expect(model.score(picture)).rejects.toMatchObject({ code: 'DISPOSED' });
});

test('errors are of its classes, of this realm, and keep their code', async () => {
  for (const failing of [() => Model.load('nowhere.safetensors'), () => openDataset('nowhere')]) {
    const error = await failing().then(
      () => undefined,
      (/** @type {unknown} */ reason) => reason,
    );
    expect(error).toBeInstanceOf(DinomalyError);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ code: 'FILE_READ' });
  }
  await expect(openDataset(data, { signal: AbortSignal.abort() })).rejects.toThrow('aborted');
  await expect(Trainer.create({ encoder: { ...encoder, dim: 0 }, weights: null })).rejects.toBeInstanceOf(RangeError);
});
