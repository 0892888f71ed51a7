/** Thresholds through the public API: measured, kept in the model file, told with scores. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { type CalibrationSample, Evaluator, Model, openDataset, type Thresholds } from '../../lib/index.js';
import { temporaryFolder, trainedTrainer, writeModel } from '../helpers/drawn-set.js';
import { writeHeldOut } from '../helpers/held-out.js';

const { folder, remove } = temporaryFolder();
const evaluator = new Evaluator();
let file = '';
let data = '';
let normals: CalibrationSample[] = [];

test.before(async () => {
  ({ model: file, data } = await writeModel(folder));
  normals = await writeHeldOut(folder, 30, 24);
});
test.after.always(remove);

async function calibrated(falseRejectRate = 0.1): Promise<{ model: Model; thresholds: Thresholds }> {
  const model = await Model.load(file);
  return { model, thresholds: await evaluator.calibrate(model, normals, { falseRejectRate }) };
}

test('thresholds are those of the scores that the pictures have, by class and over all', async (t) => {
  const { model, thresholds } = await calibrated();
  await using _ = model;
  const scores = new Map<string, number>();
  for (const { path: picture } of normals) {
    scores.set(picture, (await model.score(picture)).score);
  }
  const of = (name?: string): number[] =>
    normals
      .filter(({ className }) => name === undefined || className === name)
      .map(({ path: picture }) => scores.get(picture) ?? 0)
      .sort((a, b) => b - a);
  // The third largest of 30, the second largest of 24.
  t.is(thresholds.image.value, of()[2] ?? Number.NaN);
  t.is(thresholds.classes.disc?.value, of('disc')[1]);
  t.deepEqual([thresholds.image.images, thresholds.classes.disc?.images], [30, 24]);
  t.deepEqual(Object.keys(thresholds.classes), ['disc'], 'six pictures are too few for a rate of 0.1');
  t.regex(thresholds.notes.join(), /'ring'.*6 pictures are too few, 9 are needed/);
  t.deepEqual(model.thresholds, thresholds);
  t.is(thresholds.pixel.images, 30);
  t.is(thresholds.pixel.falseRejectRate, 2 / 30, 'the third largest peak of 30');
  t.true(Object.isFrozen(thresholds) && Object.isFrozen(thresholds.classes.disc?.normalScores));
});

test('a rate that the pictures cannot show is said', async (t) => {
  const { model, thresholds } = await calibrated(0.01);
  await using _ = model;
  t.regex(thresholds.notes.join(), /needs 99 pictures.*all classes together \(30\), 'disc' \(24\)/);
  t.is(thresholds.classes.disc?.falseRejectRate, 0);
});

test('scores and maps are the same to the bit with thresholds and without', async (t) => {
  await using plain = await Model.load(file);
  const { model } = await calibrated();
  await using _ = model;
  for (const { path: picture } of normals.slice(0, 3)) {
    const before = await plain.score(picture);
    const after = await model.score(picture, { className: 'disc' });
    t.is(after.score, before.score);
    t.deepEqual(after.map, before.map);
    t.deepEqual([before.threshold, before.isAnomalous, before.confidence], [null, null, null]);
  }
});

test('a score is told with the threshold of its class, given or found, of all classes, or of the call', async (t) => {
  const { model, thresholds } = await calibrated();
  await using _ = model;
  const picture = path.join(data, 'disc/test/square/0.png');
  const own = await model.score(picture, { className: 'disc' });
  const any = await model.score(picture);
  const ring = await model.score(picture, { className: 'ring' });
  t.is(own.threshold, thresholds.classes.disc?.value ?? null);
  t.is(any.threshold, (any.className === 'disc' ? thresholds.classes.disc : thresholds.image)?.value ?? null);
  t.is(ring.threshold, thresholds.image.value);
  t.is(own.isAnomalous, own.score > (own.threshold ?? 0));
  const given = await model.score(picture, { threshold: any.score });
  t.deepEqual([given.threshold, given.isAnomalous, given.confidence], [any.score, false, 0.5]);
  await using plain = await Model.load(file);
  const { threshold, isAnomalous, confidence } = await plain.score(picture, { threshold: -1 });
  t.deepEqual([threshold, isAnomalous, confidence], [-1, true, null]);
});

test('a stream takes class and threshold for all pictures or by the picture', async (t) => {
  const { model, thresholds } = await calibrated();
  await using _ = model;
  const pictures = normals.slice(20, 28);
  const paths = pictures.map(({ path: picture }) => picture);
  const className = (_: string, index: number): string | undefined => pictures[index]?.className;
  const threshold = (_: string, index: number): number | undefined => (index === 0 ? 7 : undefined);
  const told: (number | null)[] = [];
  for await (const result of model.scoreMany(paths, { className, threshold })) {
    told.push(result.threshold);
    t.is(result.isAnomalous, result.score > (result.threshold ?? 0));
  }
  const { disc } = thresholds.classes;
  const expected = pictures.map((sample) => (sample.className === 'disc' ? disc : thresholds.image)?.value ?? null);
  t.deepEqual(told, [7, ...expected.slice(1)]);
  const failing = model.scoreMany(paths, {
    className: () => {
      throw new Error('no class');
    },
  });
  await t.throwsAsync(failing.next(), { message: 'no class' });
  await t.throwsAsync(model.scoreMany(paths, { className: () => 'dics' }).next(), { instanceOf: RangeError });
});

test('an evaluation decides each picture by the threshold of its class, or leaves it open', async (t) => {
  const { model, thresholds } = await calibrated();
  await using _ = model;
  const dataset = await openDataset(data);
  const { pictures } = await evaluator.evaluate(model, dataset);
  t.is(pictures.length, dataset.test.length);
  for (const { className, score, decision } of pictures) {
    const { value } = className === 'disc' ? (thresholds.classes.disc ?? thresholds.image) : thresholds.image;
    t.deepEqual([decision?.threshold, decision?.isAnomalous], [value, score > value]);
  }
  await using plain = await Model.load(file);
  const open = await evaluator.evaluate(plain, dataset);
  t.is(open.pictures.length, pictures.length);
  t.true(open.pictures.every(({ decision }) => decision === null));
});

test('the same pictures give the same thresholds to the last bit', async (t) => {
  const [a, b] = [await calibrated(), await calibrated()];
  t.deepEqual(a.thresholds, b.thresholds);
  a.model.dispose();
  b.model.dispose();
});

test('F1 thresholds come from labelled pictures, and a class with one kind of label is said', async (t) => {
  await using model = await Model.load(file);
  const dataset = await openDataset(data);
  const labelled = dataset.test.filter(({ className, label }) => className === 'disc' || label === 1);
  const thresholds = await evaluator.calibrateF1(model, labelled, { pixelRejectRate: 0.25 });
  t.deepEqual([thresholds.method, thresholds.falseRejectRate], ['f1-max', null]);
  t.deepEqual(Object.keys(thresholds.classes), ['disc']);
  t.deepEqual(thresholds.classes.disc?.images, 5);
  t.regex(thresholds.notes.join(), /'ring'.*no normal pictures/);
  t.is(thresholds.image.images, 8);
  t.deepEqual(model.thresholds, thresholds);
  await t.throwsAsync(
    evaluator.calibrateF1(
      model,
      labelled.filter(({ label }) => label === 1),
    ),
    { code: 'CALIBRATION_DATA', message: /no normal pictures/ },
  );
});

test('progress is told, its error ends the calibration, and an abort leaves the old thresholds', async (t) => {
  const { model, thresholds } = await calibrated();
  await using _ = model;
  const done: number[] = [];
  await evaluator.calibrate(model, normals.slice(0, 10), { onProgress: (progress) => void done.push(progress.done) });
  t.deepEqual(done, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  model.thresholds = thresholds;
  const fault = new Error('enough');
  const onProgress = (): never => {
    throw fault;
  };
  t.is(await t.throwsAsync(evaluator.calibrate(model, normals, { onProgress })), fault);
  const controller = new AbortController();
  const aborted = evaluator.calibrate(model, normals, {
    signal: controller.signal,
    onProgress: () => controller.abort(fault),
  });
  t.is(await t.throwsAsync(aborted), fault);
  t.deepEqual(model.thresholds, thresholds);
});

test('thresholds of another rule of the score are refused, and left out with a warning on loading', async (t) => {
  const { model, thresholds } = await calibrated();
  await using _ = model;
  const out = path.join(folder, 'other-rule.safetensors');
  await model.save(out);
  await using max = await Model.load(file, { scoreRatio: 0 });
  t.throws(() => (max.thresholds = thresholds), { instanceOf: RangeError, message: /thresholds\.scoring/ });
  const warned = new Promise<Error & { code?: string }>((resolve) => process.once('warning', resolve));
  await using loaded = await Model.load(out, { scoreRatio: 0 });
  t.is(loaded.thresholds, null);
  t.is((await warned).code, 'THRESHOLDS_LEFT_OUT');
  // Calibrated anew by that rule, the file keeps the rule with its thresholds.
  const own = await evaluator.calibrate(loaded, normals, { falseRejectRate: 0.1 });
  await loaded.save(out);
  await using again = await Model.load(out);
  t.is(again.geometry.scoreRatio, 0);
  t.deepEqual(again.thresholds, own);
});

test('thresholds set by hand are checked and copied', async (t) => {
  const { model, thresholds } = await calibrated();
  await using _ = model;
  const mine = structuredClone(thresholds) as { image: { value: number } } & Thresholds;
  model.thresholds = mine;
  mine.image.value = 99;
  t.is(model.thresholds?.image.value, thresholds.image.value);
  t.throws(() => (model.thresholds = { ...thresholds, method: 'guess' } as never), { instanceOf: RangeError });
  t.throws(() => (model.thresholds = 5 as never), { instanceOf: TypeError, message: /thresholds/ });
  model.thresholds = null;
  t.is(model.thresholds, null);
  model.dispose();
  t.throws(() => (model.thresholds = thresholds), { code: 'DISPOSED' });
});

test("a trainer's model is calibrated, and saved by the trainer", async (t) => {
  await using trainer = await trainedTrainer(await openDataset(data));
  await using model = await trainer.model();
  const thresholds = await evaluator.calibrate(model, normals, { falseRejectRate: 0.1 });
  t.is(await model.weightsHash(), null);
  const out = path.join(folder, 'trainer.safetensors');
  await t.throwsAsync(model.save(out), { code: 'MODEL_SOURCE', message: /trainer\.save\(path, \{ thresholds/ });
  await trainer.save(out, { thresholds });
  await using loaded = await Model.load(out);
  t.deepEqual(loaded.thresholds, thresholds);
  await trainer.save(out);
  t.deepEqual(readFileSync(out), readFileSync(file), 'without thresholds the file is what it always was');
  await t.throwsAsync(trainer.save(out, { thresholds: {} as never }), { instanceOf: TypeError, message: /method/ });
});
