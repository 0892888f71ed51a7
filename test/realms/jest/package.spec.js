/** The package as a project tests it with Jest, which gives this file, and the package, classes of their own. */
const { afterAll, beforeAll, expect, test } = require('@jest/globals');
const { writeFileSync } = require('node:fs');
const path = require('node:path');
const { DINOMALY_PACKAGE: main = '', DINOMALY_DATA: data = '', DINOMALY_OUT: out = '' } = process.env;
/** @type {typeof import('../../../lib/index.js')} */
const dinomaly = require(main);
const { DinomalyError, Evaluator, Model, Trainer, computeMetrics, openDataset, placeMap, writeReport } = dinomaly;

const encoder = { dim: 16, depth: 4, heads: 2, patch: 8 };
let picture = '';
/** @type {import('../../../lib/index.js').Dataset} */
let dataset;
/** @type {import('../../../lib/index.js').Model} */
let model;

beforeAll(async () => {
  dataset = await openDataset(data);
  picture = dataset.test[0]?.path ?? '';
  const trainer = await Trainer.create({ encoder, weights: null, size: 40, crop: 32 });
  await trainer.train(dataset, { iterations: 2, batchSize: 2, signal: new AbortController().signal });
  model = await trainer.model();
  await trainer.save(path.join(out, 'model.safetensors'));
  trainer.dispose();
});
afterAll(() => model?.dispose());

test('this realm has classes of its own', () => {
  expect(require('node:vm').runInThisContext('Float32Array')).not.toBe(Float32Array);
});

test('errors of files, datasets and the addon keep their code', async () => {
  /** @type {readonly [() => Promise<unknown>, string][]} */
  const failures = [
    [() => Model.load(path.join(out, 'nowhere.safetensors')), 'FILE_READ'],
    [() => model.score(path.join(out, 'nowhere.png')), 'FILE_READ'],
    [() => openDataset(path.join(out, 'nowhere')), 'FILE_READ'],
  ];
  for (const [given, code] of failures) {
    const error = await given().then(
      () => undefined,
      (reason) => reason,
    );
    expect(error).toBeInstanceOf(DinomalyError);
    expect(error.code).toBe(code);
  }
});

test('an abort rejects with its reason', async () => {
  await expect(model.score(picture, { signal: AbortSignal.abort() })).rejects.toThrow('aborted');
});

test('arrays of this realm and of the addon are taken alike', async () => {
  const scored = await model.score(picture);
  const pixels = Array.from({ length: 32 * 32 * 3 }, (_, i) => i % 251);
  for (const data of [Uint8Array.from(pixels), Buffer.from(pixels), new Uint8Array(new ArrayBuffer(32 * 32 * 3))]) {
    const { score } = await model.score({ data, info: { width: 32, height: 32, channels: 3 } });
    expect(Number.isFinite(score)).toBe(true);
  }
  const placed = await placeMap(scored, picture, model);
  expect(placed.width).toBe(48);
  const own = { ...scored, map: Float32Array.from(scored.map) };
  expect((await placeMap(own, picture, model)).map).toEqual(placed.map);
  const sets = [own.map, scored.map];
  const masks = [new Uint8Array(own.map.length), new Uint8Array(own.map.length).fill(1, 0, 9)];
  const { pixelAuroc } = await computeMetrics({
    scores: [0, 1],
    labels: [0, 1],
    maps: sets,
    masks,
    height: scored.height,
    width: scored.width,
  });
  expect(pixelAuroc).toBeGreaterThanOrEqual(0);
});

test('encoded bytes and file URLs are taken', async () => {
  const { readFileSync } = require('node:fs');
  const { pathToFileURL } = require('node:url');
  const { score } = await model.score(picture);
  expect((await model.score(readFileSync(picture))).score).toBe(score);
  expect((await model.score(pathToFileURL(picture))).score).toBe(score);
  expect((await model.score(new URL(pathToFileURL(picture).href))).score).toBe(score);
});

test('a set is evaluated, reported and saved', async () => {
  const evaluation = await new Evaluator().evaluate(model, dataset);
  expect(evaluation.classes.map(({ name }) => name)).toEqual(['disc']);
  await writeReport(path.join(out, 'report'), { evaluation });
  const again = await Model.load(path.join(out, 'model.safetensors'));
  expect((await again.score(picture)).score).toBe((await model.score(picture)).score);
  again.dispose();
});

test('errors thrown by a callback pass as they are', async () => {
  const mine = new RangeError('mine');
  const work = async () => {
    for await (const _ of model.scoreMany([picture], {
      className: () => {
        throw mine;
      },
    }));
  };
  await expect(work()).rejects.toBe(mine);
  writeFileSync(path.join(out, 'done'), '');
});
