/** What is told of a picture: its class, the thresholds of that class, and a map that shows what the verdict says. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { decodeImage } from '../../lib/image.js';
import {
  type CalibrationSample,
  type Dataset,
  Evaluator,
  findRegions,
  Model,
  placeMap,
  renderHeatmap,
  type Sample,
  type ScoreResult,
  type Thresholds,
} from '../../lib/index.js';
import { temporaryFolder } from '../helpers/drawn-set.js';
import { KINDS, STRANGER, trainedOnKinds, writeKind } from '../helpers/kinds-set.js';

const { folder, remove } = temporaryFolder();
const evaluator = new Evaluator();
const file = path.join(folder, 'model.safetensors');
let dataset: Dataset;
let normals: readonly CalibrationSample[] = [];
let model: Model;
let thresholds: Thresholds;

test.before(async () => {
  const trained = await trainedOnKinds(folder);
  ({ dataset, normals } = trained);
  await trained.trainer.save(file);
  trained.trainer.dispose();
  model = await Model.load(file);
  thresholds = await evaluator.calibrate(model, normals, { falseRejectRate: 0.1 });
  await model.save(file);
});
test.after.always(() => {
  model.dispose();
  remove();
});

/** Share of a heatmap's pixels in which red leads, of a grey picture. */
async function warmShare(result: ScoreResult, of: Model): Promise<number> {
  const picture = { data: new Uint8Array(3 * 96 * 88).fill(90), info: { width: 96, height: 88, channels: 3 } } as const;
  const { data } = await decodeImage(await renderHeatmap(picture, result, of, { regions: [] }));
  let warm = 0;
  for (let at = 0; at < data.length; at += 3) warm += (data[at] ?? 0) > 1.3 * (data[at + 2] ?? 0) ? 1 : 0;
  return (3 * warm) / data.length;
}

const scoreAs = ({ path: picture, className }: Sample, of = model): Promise<ScoreResult> =>
  of.score(picture, { className });

test('each class has a pixel threshold of its own, that of its own normal pictures', async (t) => {
  t.deepEqual(Object.keys(thresholds.pixelClasses).sort(), [...dataset.classes].sort());
  for (const name of dataset.classes) {
    const own = normals.filter(({ className }) => className === name);
    const peaks = await Promise.all(
      own.map(async ({ path: picture }) => Math.max(...(await model.score(picture)).map)),
    );
    t.is(thresholds.pixelClasses[name]?.value, peaks.sort((a, b) => b - a)[0]);
    t.is(thresholds.pixelClasses[name]?.images, 12);
  }
  const values = Object.values(thresholds.pixelClasses).map(({ value }) => value);
  t.true(Math.max(...values) > 1.2 * Math.min(...values), `the classes differ in heat: ${values.join()}`);
});

test('colour scales are measured class by class and, like pixel thresholds, come back from the file', async (t) => {
  await using again = await Model.load(file);
  t.deepEqual(again.thresholds, thresholds);
  t.deepEqual(again.calibration, model.calibration);
  t.deepEqual(Object.keys(again.calibration?.classes ?? {}), dataset.classes);
  for (const { low, high } of Object.values(again.calibration?.classes ?? {})) t.true(low < high);
});

test('a bad picture shows where: the pixels that made its score are in its regions, warm and outlined', async (t) => {
  let seen = 0;
  for (const sample of dataset.test) {
    const result = await scoreAs(sample);
    if (result.isAnomalous !== true) continue;
    seen++;
    const { regions, threshold } = await findRegions(result);
    const falling = [...result.map].sort((a, b) => b - a);
    const count = Math.floor(result.map.length * model.geometry.scoreRatio);
    t.true(threshold < (falling[count - 1] ?? Number.NaN), sample.path);
    t.true(threshold <= (thresholds.pixelClasses[sample.className]?.value ?? Number.NaN));
    t.true(regions.reduce((sum, { area }) => sum + area, 0) >= count);
    t.true((await findRegions(await placeMap(result, sample.path, model))).regions.length > 0);
    t.true((await warmShare(result, model)) > 0.005, sample.path);
    const outlined = await renderHeatmap(sample.path, result, model);
    t.notDeepEqual(outlined, await renderHeatmap(sample.path, result, model, { regions: [] }));
  }
  t.true(seen >= 6, `only ${seen} pictures are bad`);
});

test('a good picture has no region and no warm pixel, whatever its map holds', async (t) => {
  for (const sample of dataset.test) {
    const { score } = await scoreAs(sample);
    // Called good by a threshold that it just keeps to.
    const result = await model.score(sample.path, { className: sample.className, threshold: score });
    t.false(result.isAnomalous);
    t.deepEqual((await findRegions(result)).regions, []);
    t.deepEqual((await findRegions(await placeMap(result, sample.path, model))).regions, []);
    t.is(await warmShare(result, model), 0, sample.path);
    const outlined = await renderHeatmap(sample.path, result, model);
    t.deepEqual(outlined, await renderHeatmap(sample.path, result, model, { regions: [] }));
  }
});

test('a picture that a threshold of the call makes bad shows where too, with stored thresholds or without', async (t) => {
  const sample = dataset.test.find(({ label }) => label === 0);
  await using bare = await Model.load(file);
  bare.thresholds = null;
  for (const of of [model, bare]) {
    const result = await of.score(sample?.path ?? '', { className: 'disc', threshold: -1 });
    t.true(result.isAnomalous);
    t.true((await findRegions(result)).regions.length > 0);
  }
});

test('the rule of the largest pixel shows more than that pixel', async (t) => {
  await using max = await Model.load(file, { scoreRatio: 0 });
  max.thresholds = null;
  const result = await max.score(dataset.test.at(-1)?.path ?? '', { className: 'stripes', threshold: -1 });
  const { regions } = await findRegions(result);
  t.is(
    regions.reduce((sum, { area }) => sum + area, 0),
    16,
  );
});

test('the class of a picture is found, and its thresholds are applied as if it had been given', async (t) => {
  for (const sample of dataset.test.filter(({ label }) => label === 0)) {
    const found = await model.score(sample.path);
    const given = await scoreAs(sample);
    t.deepEqual([found.className, found.known], [sample.className, true], sample.path);
    t.true((found.classConfidence ?? 0) > 0.5 && (found.classConfidence ?? 2) <= 1);
    t.is(given.classConfidence, null);
    const verdict = (result: ScoreResult): unknown[] => [result.threshold, result.isAnomalous, result.pixelThreshold];
    t.deepEqual(verdict(found), verdict(given));
    t.is(found.threshold, thresholds.classes[sample.className]?.value ?? null);
  }
});

test('a class that is given wins over the one that would be found', async (t) => {
  const sample = dataset.test.find(({ className }) => className === 'disc');
  const result = await model.score(sample?.path ?? '', { className: 'cloud' });
  t.deepEqual([result.className, result.known, result.classConfidence], ['cloud', true, null]);
  t.is(result.threshold, thresholds.classes.cloud?.value ?? null);
});

test('a picture of no known class says so and has no verdict, alone and in a stream', async (t) => {
  const stranger = path.join(folder, 'stranger.png');
  await writeKind(stranger, STRANGER, 1);
  const check = (result: ScoreResult): void => {
    t.deepEqual([result.className, result.known], [null, false]);
    const { threshold, isAnomalous, confidence, pixelThreshold } = result;
    t.deepEqual([threshold, isAnomalous, confidence, pixelThreshold], [null, null, null, null]);
    t.true((result.classConfidence ?? 0) > 0.5);
    t.true(Number.isFinite(result.score));
  };
  check(await model.score(stranger));
  for await (const result of model.scoreMany([stranger])) check(result);
  const given = await model.score(stranger, { className: 'disc' });
  t.true(given.known);
  t.not(given.isAnomalous, null);
});

test('an evaluation hands on the verdict of the class that is known', async (t) => {
  const told: ScoreResult[] = [];
  const { pictures } = await evaluator.evaluate(model, dataset, { onPicture: (_, result) => void told.push(result) });
  t.is(told.length, pictures.length);
  for (const [at, { className, decision }] of pictures.entries()) {
    t.is(told[at]?.className, className);
    t.is(told[at]?.isAnomalous, decision?.isAnomalous);
    t.is(told[at]?.threshold, decision?.threshold);
  }
});

test('an evaluation tells which class the model finds by itself', async (t) => {
  const { pictures } = await evaluator.evaluate(model, dataset);
  const good = pictures.filter(({ label }) => label === 0);
  t.deepEqual(
    good.map(({ foundClass }) => foundClass),
    good.map(({ className }) => className),
  );
});

test('descriptions change no weight: the hash of the weights and each score stay when they are taken away', async (t) => {
  const { call } = await import('../../lib/binding/call.js');
  const { binding } = await import('../../lib/binding/load.js');
  const info = await call(() => binding().inspectFile(file));
  t.deepEqual(
    (JSON.parse(info.metadata.descriptions ?? '') as { name: string }[]).map(({ name }) => name),
    dataset.classes,
  );
  const text = readFileSync(file);
  const length = Number(text.readBigUInt64LE(0));
  const header = JSON.parse(text.toString('utf8', 8, 8 + length)) as { __metadata__: Record<string, string> };
  const { descriptions: _, ...old } = header.__metadata__;
  const stored = JSON.parse(old.thresholds ?? '') as Record<string, unknown>;
  delete stored.pixelClasses;
  const calibration = JSON.parse(old.calibration ?? '') as Record<string, unknown>;
  delete calibration.classes;
  header.__metadata__ = { ...old, thresholds: JSON.stringify(stored), calibration: JSON.stringify(calibration) };
  const again = Buffer.from(JSON.stringify(header).padEnd(length));
  const { writeFileSync } = await import('node:fs');
  const earlier = path.join(folder, 'earlier.safetensors');
  writeFileSync(earlier, Buffer.concat([text.subarray(0, 8), again, text.subarray(8 + length)]));
  await using before = await Model.load(earlier);
  t.is(await before.weightsHash(), await model.weightsHash());
  const picture = dataset.test[0]?.path ?? '';
  const [then, now] = [await before.score(picture), await model.score(picture)];
  t.is(then.score, now.score);
  // As it was: no class, the thresholds for any.
  t.deepEqual([then.className, then.known, then.classConfidence], [null, null, null]);
  t.is(then.threshold, thresholds.image.value);
  t.deepEqual(before.thresholds?.pixelClasses, {});
  t.deepEqual(Object.keys(KINDS).sort(), [...before.classes].sort());
});
