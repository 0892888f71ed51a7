/** The public API over the real addon: what a user sees of training, scoring and evaluation. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { type Dataset, DisposedError, Evaluator, Model, openDataset, Trainer } from '../../lib/index.js';
import {
  discPixels,
  TINY,
  TINY_SIZE,
  temporaryFolder,
  trainedTrainer,
  writeDisc,
  writeModel,
} from '../helpers/drawn-set.js';

const { folder, remove } = temporaryFolder();
let dataset: Dataset;
let modelFile = '';
const picture = path.join(folder, 'picture.png');
const raw = (seed: number) => ({ data: discPixels(48, 44, seed, true), info: { width: 48, height: 44, channels: 3 } });

test.before(async () => {
  const written = await writeModel(folder);
  dataset = await openDataset(written.data);
  modelFile = written.model;
  await writeDisc(picture, 5, true);
});
test.after.always(remove);

test('a saved model scores as the trainer it came from', async (t) => {
  await using trainer = await trainedTrainer(dataset);
  await using before = await trainer.model();
  const file = path.join(folder, 'same.safetensors');
  await trainer.save(file);
  await using after = await Model.load(file);
  const [a, b] = await Promise.all([before.score(picture), after.score(picture)]);
  t.is(a.score, b.score);
  t.deepEqual(a.map, b.map);
  t.deepEqual([b.height, b.width, b.map.length], [256, 256, 65536]);
  t.deepEqual(after.classes, ['disc', 'ring']);
  t.true(Number.isFinite(after.calibration?.low) && (after.calibration?.high ?? 0) > (after.calibration?.low ?? 0));
});

test('the same seed saves the same bytes', async (t) => {
  const files = ['first', 'second'].map((name) => path.join(folder, `${name}.safetensors`));
  for (const file of files) {
    await using trainer = await trainedTrainer(dataset, 5, 9);
    await trainer.save(file);
  }
  const [first, second] = files.map((file) => readFileSync(file));
  t.true(first?.equals(second ?? Buffer.alloc(0)));
});

test('a path, encoded bytes and a raw buffer of one picture get one score', async (t) => {
  await using model = await Model.load(modelFile);
  const fromPath = await model.score(picture);
  const fromBytes = await model.score(readFileSync(picture));
  const fromRaw = await model.score(raw(5));
  t.is(fromPath.score, fromBytes.score);
  t.is(fromPath.score, fromRaw.score);
});

test('pictures of 1 x 1 and of 20,000 pixels in width get a finite score', async (t) => {
  await using model = await Model.load(modelFile);
  for (const [width, height] of [
    [1, 1],
    [20_000, 3],
  ] as const) {
    const data = Buffer.alloc(width * height * 3, 77);
    t.true(Number.isFinite((await model.score({ data, info: { width, height, channels: 3 } })).score));
  }
});

test('many callers at once on two models get what each would get alone', async (t) => {
  await using one = await Model.load(modelFile);
  await using trainer = await trainedTrainer(dataset, 3, 4);
  await using two = await trainer.model();
  const seeds = Array.from({ length: 12 }, (_, index) => index);
  const alone: number[] = [];
  for (const seed of seeds) alone.push((await (seed % 2 ? one : two).score(raw(seed))).score);
  const together = await Promise.all(seeds.map((seed) => (seed % 2 ? one : two).score(raw(seed))));
  for (const seed of seeds) {
    const [a = 0, b = 0] = [alone[seed], together[seed]?.score];
    t.true(Math.abs(a - b) <= 1e-5 * Math.abs(a), `${seed}: ${a} ${b}`);
  }
});

test('scoreMany keeps the order, pulls no more than its look-ahead and stops with its consumer', async (t) => {
  await using model = await Model.load(modelFile);
  let pulled = 0;
  let closed = false;
  function* pictures() {
    try {
      for (;;) yield raw(pulled++);
    } finally {
      closed = true;
    }
  }
  const indices: number[] = [];
  for await (const { index } of model.scoreMany(pictures(), { lookAhead: 3 })) {
    indices.push(index);
    t.true(pulled <= index + 1 + 3, `${pulled} pulled at ${index}`);
    if (index === 4) break;
  }
  t.deepEqual(indices, [0, 1, 2, 3, 4]);
  t.true(closed);
});

test('a bad picture in the middle throws at its place, or goes to onError and the others go on', async (t) => {
  await using model = await Model.load(modelFile);
  const pictures = [picture, path.join(folder, 'absent.png'), picture];
  const scored: number[] = [];
  const failing = async (): Promise<void> => {
    for await (const { index } of model.scoreMany(pictures)) scored.push(index);
  };
  const error = await t.throwsAsync(failing, { code: 'FILE_READ' });
  t.regex(error?.message ?? '', /absent\.png/);
  t.deepEqual(scored, [0]);
  const failed: number[] = [];
  for await (const { index } of model.scoreMany(pictures, { onError: (_, __, at) => void failed.push(at) }))
    scored.push(index);
  t.deepEqual([scored, failed], [[0, 0, 2], [1]]);
});

test('the event loop turns while pictures are scored', async (t) => {
  await using trainer = await Trainer.create({
    encoder: { dim: 96, depth: 12, heads: 3, patch: 8 },
    weights: null,
    size: 256,
    crop: 256,
  });
  await using model = await trainer.model();
  let turns = 0;
  let scoring = true;
  const turn = (): void => {
    turns++;
    if (scoring) setImmediate(turn);
  };
  turn();
  await model.score(raw(1));
  scoring = false;
  t.true(turns > 50, `${turns} turns`);
});

test('an abort rejects with its reason, before and during, and the trainer stays usable', async (t) => {
  await using trainer = await Trainer.create({ encoder: TINY, weights: null, ...TINY_SIZE });
  const reason = new Error('enough');
  const before = await t.throwsAsync(trainer.train(dataset, { iterations: 5, signal: AbortSignal.abort(reason) }));
  t.is(before, reason);
  const controller = new AbortController();
  const onProgress = ({ step }: { step: number }): void => void (step === 1 && controller.abort(reason));
  const options = { iterations: 1000, batchSize: 4, signal: controller.signal, onProgress };
  t.is(await t.throwsAsync(trainer.train(dataset, options)), reason);
  t.is(trainer.summary?.iterations, 2);
  await trainer.train(dataset, { iterations: 2, batchSize: 4 });
  t.is(trainer.summary?.iterations, 2);
});

test('a callback that throws rejects the run with that very error', async (t) => {
  await using trainer = await Trainer.create({ encoder: TINY, weights: null, ...TINY_SIZE });
  const mine = new Error('mine');
  const onProgress = (): never => {
    throw mine;
  };
  t.is(await t.throwsAsync(trainer.train(dataset, { iterations: 3, batchSize: 4, onProgress })), mine);
  await t.notThrowsAsync(trainer.train(dataset, { iterations: 1, batchSize: 4 }));
});

test('a disposed model and trainer refuse work by name', async (t) => {
  const model = await Model.load(modelFile);
  const trainer = await Trainer.create({ encoder: TINY, weights: null, ...TINY_SIZE });
  for (const thing of [model, trainer]) {
    thing.dispose();
    thing.dispose();
  }
  await t.throwsAsync(model.score(picture), { instanceOf: DisposedError, code: 'DISPOSED', message: /Model/ });
  await t.throwsAsync(trainer.train(dataset), { instanceOf: DisposedError, message: /Trainer/ });
  await t.throwsAsync(trainer.save(path.join(folder, 'never.safetensors')), { instanceOf: DisposedError });
});

test('training falls towards a smaller loss and reports each step', async (t) => {
  await using trainer = await Trainer.create({ encoder: TINY, weights: null, ...TINY_SIZE, warmupSteps: 5 });
  const losses: number[] = [];
  const rates: number[] = [];
  await trainer.train(dataset, {
    iterations: 60,
    batchSize: 6,
    onProgress: ({ loss, learningRate }) => {
      losses.push(loss);
      rates.push(learningRate);
    },
  });
  t.is(losses.length, 60);
  t.is(rates[0], 0);
  t.true((losses.at(-1) ?? 1) < 0.5 * (losses[0] ?? 0), `${losses[0]} to ${losses.at(-1)}`);
});

test('training goes on from a whole model', async (t) => {
  await using fresh = await Trainer.create({ encoder: TINY, weights: modelFile, ...TINY_SIZE });
  await using further = await Trainer.create({ encoder: TINY, weights: modelFile, initial: modelFile, ...TINY_SIZE });
  await using original = await Model.load(modelFile);
  await using freshModel = await fresh.model();
  await using furtherModel = await further.model();
  const { score } = await original.score(picture);
  t.is((await furtherModel.score(picture)).score, score);
  t.not((await freshModel.score(picture)).score, score);
});

test('the evaluator gives every class and the mean, with null where a class leaves a metric undefined', async (t) => {
  await using model = await Model.load(modelFile);
  const whole = await new Evaluator().evaluate(model, dataset);
  t.deepEqual(
    whole.classes.map(({ name, images, anomalous }) => [name, images, anomalous]),
    [
      ['disc', 5, 3],
      ['ring', 5, 3],
    ],
  );
  const { segF1, ...others } = whole.mean;
  t.is(segF1, null, 'the model has no pixel threshold');
  for (const value of Object.values(others)) t.true(value !== null && value >= 0 && value <= 1);
  const normals = { ...dataset, test: dataset.test.filter(({ label }) => label === 0) };
  const none = await new Evaluator().evaluate(model, normals);
  t.deepEqual(new Set(Object.values(none.mean)), new Set([null]));
  t.is(none.meanOver.imageAuroc, 0);
});

test('a batch larger than the set is the set, with a warning', async (t) => {
  await using trainer = await Trainer.create({ encoder: TINY, weights: null, ...TINY_SIZE });
  const warned = new Promise<Error & { code?: string }>((resolve) => process.once('warning', resolve));
  const summary = await trainer.train(dataset, { iterations: 1, batchSize: 500 });
  t.is(summary.batchSize, dataset.train.length);
  t.is((await warned).code, 'SMALL_TRAINING_SET');
});
