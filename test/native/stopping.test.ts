/** Aborts, disposals and throwing callbacks in the middle of scoring, evaluating and saving. */
import { getEventListeners } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { type Dataset, DisposedError, Evaluator, Model, openDataset, Trainer, verifyImages } from '../../lib/index.js';
import { discPixels, TINY, TINY_SIZE, temporaryFolder, writeModel } from '../helpers/drawn-set.js';

const { folder, remove } = temporaryFolder();
const picture = { data: discPixels(48, 44, 5, true), info: { width: 48, height: 44, channels: 3 } };
const reason = new Error('enough');
let dataset: Dataset;
let file = '';

test.before(async () => {
  const written = await writeModel(folder);
  dataset = await openDataset(written.data);
  file = written.model;
});
test.after.always(remove);

test('loading, scoring, streaming and evaluating reject with the reason of a signal that has aborted', async (t) => {
  const signal = AbortSignal.abort(reason);
  await using model = await Model.load(file);
  t.is(await t.throwsAsync(Model.load(file, { signal })), reason);
  t.is(await t.throwsAsync(model.score(picture, { signal })), reason);
  t.is(await t.throwsAsync(model.scoreMany([picture], { signal }).next()), reason);
  t.is(await t.throwsAsync(new Evaluator().evaluate(model, dataset, { signal })), reason);
  t.is(await t.throwsAsync(Trainer.create({ encoder: TINY, weights: null, ...TINY_SIZE, signal })), reason);
  const absent = path.join(folder, 'absent.pth');
  t.is(await t.throwsAsync(Trainer.create({ encoder: TINY, weights: absent, ...TINY_SIZE, signal })), reason);
  await using trainer = await Trainer.create({ encoder: TINY, weights: null, ...TINY_SIZE });
  const never = path.join(folder, 'never.safetensors');
  t.is(await t.throwsAsync(trainer.save(never, { signal })), reason);
  t.false(existsSync(never));
});

test('an abort while a trainer is made rejects with the reason, at whatever moment it comes', async (t) => {
  for (const weights of [null, file]) {
    for (const wait of [0, 1, 3, 10, 30]) {
      const controller = new AbortController();
      const run = Trainer.create({ encoder: TINY, weights, ...TINY_SIZE, signal: controller.signal });
      setTimeout(() => controller.abort(reason), wait);
      const trainer = await run.catch((error: unknown) => void t.is(error, reason));
      trainer?.dispose();
      t.is(getEventListeners(controller.signal, 'abort').length, 0);
    }
  }
});

test('many calls of each kind on one signal leave no listener and raise no warning', async (t) => {
  const warnings: Error[] = [];
  const note = (warning: Error): number => warnings.push(warning);
  process.on('warning', note);
  const { signal } = new AbortController();
  const trainers = Array.from({ length: 15 }, () =>
    Trainer.create({ encoder: TINY, weights: file, ...TINY_SIZE, signal }),
  );
  const models = Array.from({ length: 15 }, () => Model.load(file, { signal }));
  for (const made of await Promise.all([...trainers, ...models])) made.dispose();
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', note);
  t.deepEqual(warnings, []);
  t.is(getEventListeners(signal, 'abort').length, 0);
});

test('an abort while pictures are scored rejects those of its signal alone', async (t) => {
  await using model = await Model.load(file);
  const controller = new AbortController();
  const mine = Array.from({ length: 40 }, () => model.score(picture, { signal: controller.signal }));
  const others = Array.from({ length: 8 }, () => model.score(picture));
  setImmediate(() => controller.abort(reason));
  const settled = await Promise.allSettled(mine);
  const rejected = settled.filter((one) => one.status === 'rejected');
  t.true(rejected.length > 0);
  for (const one of rejected) t.is(one.reason, reason);
  const scores = (await Promise.all(others)).map(({ score }) => score);
  t.true(scores.every(Number.isFinite));
  t.is(getEventListeners(controller.signal, 'abort').length, 0);
});

test('a thousand calls on one signal raise no warning of a leak', async (t) => {
  await using model = await Model.load(file, { mapSize: 8 });
  const warnings: Error[] = [];
  const note = (warning: Error): number => warnings.push(warning);
  process.on('warning', note);
  const { signal } = new AbortController();
  await Promise.all(Array.from({ length: 1000 }, () => model.score(picture, { signal })));
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', note);
  t.deepEqual(
    warnings.filter(({ name }) => name === 'MaxListenersExceededWarning'),
    [],
  );
  t.is(getEventListeners(signal, 'abort').length, 0);
});

test('an abort in the middle of an evaluation rejects with the reason', async (t) => {
  await using model = await Model.load(file);
  const controller = new AbortController();
  const onProgress = ({ done }: { done: number }): void => void (done === 2 && controller.abort(reason));
  const run = new Evaluator().evaluate(model, dataset, { signal: controller.signal, onProgress });
  t.is(await t.throwsAsync(run), reason);
  t.is(getEventListeners(controller.signal, 'abort').length, 0);
});

test('callbacks that throw, at once or later, reject with that very error', async (t) => {
  await using model = await Model.load(file);
  await using trainer = await Trainer.create({ encoder: TINY, weights: null, ...TINY_SIZE });
  const failing = [
    () => {
      throw reason;
    },
    async () => {
      await null;
      throw reason;
    },
  ];
  for (const onProgress of failing) {
    t.is(await t.throwsAsync(new Evaluator().evaluate(model, dataset, { onProgress })), reason);
    t.is(await t.throwsAsync(trainer.train(dataset, { iterations: 2, batchSize: 2, onProgress })), reason);
    const stream = model.scoreMany([path.join(folder, 'absent')], { onError: onProgress });
    t.is(await t.throwsAsync(stream.next()), reason);
  }
});

test('a trainer trains one run at a time, and says so', async (t) => {
  await using trainer = await Trainer.create({ encoder: TINY, weights: null, ...TINY_SIZE });
  const run = trainer.train(dataset, { iterations: 3, batchSize: 2 });
  await t.throwsAsync(trainer.train(dataset), { code: 'BUSY', message: /wait for it or abort it/ });
  await t.notThrowsAsync(run);
});

test('a model disposed while busy answers what is under way and refuses the rest', async (t) => {
  const model = await Model.load(file);
  const calls = Array.from({ length: 64 }, () => model.score(picture));
  await new Promise((resolve) => setTimeout(resolve, 5));
  model.dispose();
  for (const one of await Promise.allSettled(calls)) {
    if (one.status === 'fulfilled') t.true(Number.isFinite(one.value.score));
    else t.true(one.reason instanceof DisposedError);
  }
  await t.throwsAsync(model.score(picture), { instanceOf: DisposedError });
  t.throws(() => model.scoreMany([picture]), { instanceOf: DisposedError });
});

test('a trainer disposed while training rejects the run, and its models live on', async (t) => {
  const trainer = await Trainer.create({ encoder: TINY, weights: null, ...TINY_SIZE });
  await using model = await trainer.model();
  const onProgress = (): void => trainer.dispose();
  const run = trainer.train(dataset, { iterations: 1000, batchSize: 2, onProgress });
  await t.throwsAsync(run, { instanceOf: DisposedError, message: /Trainer/ });
  t.true(Number.isFinite((await model.score(picture)).score));
});

test('the event loop turns while a network is trained', async (t) => {
  const encoder = { dim: 96, depth: 6, heads: 3, patch: 8 };
  await using trainer = await Trainer.create({ encoder, weights: null, size: 128, crop: 128 });
  let turns = 0;
  let training = true;
  const turn = (): void => {
    turns++;
    if (training) setImmediate(turn);
  };
  const run = trainer.train(dataset, { iterations: 3, batchSize: 8 });
  turn();
  await run;
  training = false;
  t.true(turns > 200, `${turns} turns`);
});

test('scores wait for no training run: they come between its steps', async (t) => {
  await using trainer = await Trainer.create({ encoder: TINY, weights: null, ...TINY_SIZE });
  await using model = await Model.load(file);
  const controller = new AbortController();
  let score = Number.NaN;
  const onProgress = ({ step }: { step: number }): void => {
    if (step === 2)
      void model.score(picture).then((result) => {
        score = result.score;
        controller.abort(reason);
      });
  };
  const run = trainer.train(dataset, { iterations: 1_000_000, batchSize: 4, signal: controller.signal, onProgress });
  t.is(await t.throwsAsync(run), reason);
  t.true(Number.isFinite(score));
});

test('a run that has ruined the weights says so when its colour scale is measured', async (t) => {
  const wild = { weightDecay: 1e6, warmupSteps: 0 };
  await using trainer = await Trainer.create({ encoder: TINY, weights: null, ...TINY_SIZE, ...wild });
  const never = path.join(folder, 'ruined.safetensors');
  await t.throwsAsync(trainer.train(dataset, { iterations: 12, batchSize: 4 }), { code: 'TRAINING_DIVERGED' });
  await t.throwsAsync(trainer.save(never), { code: 'TRAINING_DIVERGED', message: /new Trainer.* lower learningRate/ });
  t.false(existsSync(never));
});

test('a run that was stopped is saved with its own steps and a colour scale', async (t) => {
  await using trainer = await Trainer.create({ encoder: TINY, weights: null, ...TINY_SIZE, seed: 7 });
  const controller = new AbortController();
  const onProgress = ({ step }: { step: number }): void => void (step === 2 && controller.abort(reason));
  const options = { iterations: 50, batchSize: 4, signal: controller.signal, onProgress };
  await t.throwsAsync(trainer.train(dataset, options));
  const stopped = path.join(folder, 'stopped.safetensors');
  await trainer.save(stopped);
  await using model = await Model.load(stopped);
  t.like(model.training, { iterations: 3, plannedIterations: 50, batchSize: 4, seed: 7, images: 12 });
  t.is(model.calibration?.images, 12);
  t.deepEqual(model.encoder, { name: 'custom', sha256: null });
});

test('a bad picture ends a training run by name, and the trainer stays usable', async (t) => {
  await using trainer = await Trainer.create({ encoder: TINY, weights: null, ...TINY_SIZE });
  const [first, ...rest] = dataset.train;
  if (first === undefined) return t.fail();
  // Its header is whole and its body is not: it is found only when it is decoded.
  const cut = path.join(folder, 'cut.png');
  const { readFileSync } = await import('node:fs');
  const bytes = readFileSync(first.path);
  writeFileSync(cut, bytes.subarray(0, bytes.length - 30));
  const broken = { ...dataset, train: [{ ...first, path: cut }, ...rest] };
  const run = trainer.train(broken, { iterations: 9, batchSize: 12 });
  await t.throwsAsync(run, { code: 'IMAGE_DECODE', message: /cut\.png/ });
  await t.notThrowsAsync(trainer.train(dataset, { iterations: 1, batchSize: 4 }));
});

test('what is no model, dataset or iterable is refused by name', async (t) => {
  await using model = await Model.load(file);
  await using trainer = await Trainer.create({ encoder: TINY, weights: null, ...TINY_SIZE });
  const evaluate = (a: unknown, b: unknown) => new Evaluator().evaluate(a as Model, b as Dataset);
  await t.throwsAsync(evaluate({}, dataset), { instanceOf: TypeError, message: /Expected a Model for model/ });
  await t.throwsAsync(evaluate(model, []), { instanceOf: TypeError, message: /dataset of openDataset for dataset/ });
  await t.throwsAsync(trainer.train({} as Dataset), { instanceOf: TypeError, message: /for dataset/ });
  const hand = (split: object) => ({ ...dataset, ...split }) as unknown;
  const [normal] = dataset.train;
  for (const [wrong, at] of [
    [hand({ test: [null] }), /for dataset\.test\[0\]/],
    [hand({ train: [{ ...normal, path: 7 }] }), /for dataset\.train\[0\]\.path/],
    [hand({ test: [{ ...normal, label: '1' }] }), /for dataset\.test\[0\]\.label/],
    [hand({ test: [{ ...normal, mask: 7 }] }), /for dataset\.test\[0\]\.mask/],
    [hand({ test: [{ ...normal, maskValues: 7 }] }), /for dataset\.test\[0\]\.maskValues/],
    [hand({ train: [{ ...normal, className: null }] }), /for dataset\.train\[0\]\.className/],
    [hand({ classes: [7] }), /for dataset\.classes\[0\]/],
    [hand({ root: undefined }), /for dataset\.root/],
  ] as const) {
    await t.throwsAsync(evaluate(model, wrong), { instanceOf: TypeError, message: at });
    await t.throwsAsync(trainer.train(wrong as Dataset), { instanceOf: TypeError, message: at });
  }
  const nothing = hand({ classes: [], test: [] });
  await t.throwsAsync(evaluate(model, nothing), { code: 'DATASET_EMPTY_CLASS', message: /no classes/ });
  for (const samples of ['a.png', null, [null], [{ path: 7 }]]) {
    await t.throwsAsync(verifyImages(samples as never), { instanceOf: TypeError, message: /for samples/ });
  }
  const stranger = { ...dataset, test: [{ ...dataset.test[0], className: 'stranger' }] } as unknown;
  await t.throwsAsync(evaluate(model, stranger), { instanceOf: RangeError, message: /'stranger'/ });
  for (const images of ['a.png', Buffer.alloc(3), 7, null, picture]) {
    t.throws(() => model.scoreMany(images as never), { instanceOf: TypeError, message: /for images/ });
  }
  t.throws(() => model.scoreMany([], { lookAhead: 0 }), { instanceOf: RangeError, message: /options\.lookAhead/ });
  t.throws(() => model.scoreMany([], { lookahead: 1 } as never), { message: /Did you mean lookAhead\?/ });
  t.throws(() => new Evaluator({ maskConvention: 'all' as never }), { instanceOf: RangeError });
  await t.throwsAsync(model.score(picture, { sginal: 1 } as never), { message: /Did you mean signal\?/ });
});
