/** Many callers of one device: batches, deadlines, turns, and what the model tells of them. No test looks at a clock. */
import path from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import test from 'ava';
import { MetricsStream, Model, OverloadedError, openDataset, Trainer } from '../../lib/index.js';
import { discPixels, TINY, TINY_SIZE, temporaryFolder, writeDataset, writeModel } from '../helpers/drawn-set.js';

const { folder, remove } = temporaryFolder();
let file = '';
/** A pass takes long beside a turn of the event loop. */
let slow: Trainer;

function picture(width = 48, height = 44, seed = 5) {
  return { data: discPixels(width, height, seed, true), info: { width, height, channels: 3 as const } };
}

test.before(async () => {
  file = (await writeModel(folder)).model;
  const encoder = { dim: 96, depth: 6, heads: 3, patch: 8 };
  slow = await Trainer.create({ encoder, weights: null, size: 112, crop: 112, device: 'cpu', seed: 1 });
});
test.after.always(async () => {
  slow.dispose();
  remove();
});

test.serial('a batch waits until it is full, and goes then', async (t) => {
  await using model = await Model.load(file, { maxBatch: 3, maxDelayMs: 10_000 });
  const results = await Promise.all([1, 2, 3].map(() => model.score(picture())));
  // A map that is kept keeps no other.
  t.true(results.every(({ map }) => map.buffer.byteLength === map.byteLength));
  t.deepEqual(
    results.map(({ timing }) => timing.batch),
    [3, 3, 3],
  );
});

test.serial('a batch that is not full goes when its oldest picture has waited for maxDelayMs', async (t) => {
  await using model = await Model.load(file, { maxBatch: 8, maxDelayMs: 300 });
  const results = await Promise.all([model.score(picture()), model.score(picture())]);
  t.deepEqual(
    results.map(({ timing }) => timing.batch),
    [2, 2],
  );
  t.true(results.every(({ timing }) => timing.queuedMs > 0));
});

test.serial('dispose sends pictures that wait for others on their way', async (t) => {
  const model = await Model.load(file, { maxBatch: 8, maxDelayMs: 10_000 });
  const scores = [model.score(picture()), model.score(picture())];
  while (model.stats().queued < 2) await turn();
  model.dispose();
  t.deepEqual(
    (await Promise.all(scores)).map(({ timing }) => timing.batch),
    [2, 2],
  );
});

test.serial('pictures that come while a pass runs go together when it ends, whatever maxDelayMs says', async (t) => {
  await using model = await slow.model({ maxBatch: 3, maxDelayMs: 10_000 });
  const results = await Promise.all([1, 2, 3, 4, 5].map(() => model.score(picture())));
  t.deepEqual(
    results.map(({ timing }) => timing.batch),
    [3, 3, 3, 2, 2],
  );
});

test.serial('a score that has not started by its deadline rejects at once, and the others are scored', async (t) => {
  await using model = await slow.model({ maxBatch: 1 });
  const order: string[] = [];
  const others = Array.from({ length: 12 }, (_, index) => model.score(picture()).then(() => order.push(`${index}`)));
  const late = model.score(picture(), { deadlineMs: 1 });
  const error = await t.throwsAsync(late, { code: 'DEADLINE', message: /the raw picture waited for 1 ms.*deadlineMs/ });
  order.push('late');
  t.is(error?.name, 'DinomalyError');
  await Promise.all(others);
  t.true(order.indexOf('late') < order.indexOf('3'), order.join());
  const { scored, expired, failed } = model.stats();
  t.deepEqual({ scored, expired, failed }, { scored: 12, expired: 1, failed: 0 });
});

test.serial('a score that waits before the network leaves when its deadline passes or its signal aborts', async (t) => {
  await using holding = await slow.model({ maxBatch: 1 });
  await using model = await slow.model({ maxBatch: 1 });
  const held = Promise.all([1, 2, 3, 4].map(() => holding.features(picture())));
  const order: string[] = [];
  const controller = new AbortController();
  const first = model.score(picture()).then(() => order.push('first'));
  const late = model.score(picture(), { deadlineMs: 1 }).catch(({ code }) => order.push(code));
  const given = model.score(picture(), { signal: controller.signal }).catch(({ message }) => order.push(message));
  await turn();
  controller.abort(new Error('enough'));
  await Promise.all([late, given]);
  const { queued, decoding, running, aborted, expired } = model.stats();
  t.deepEqual(
    { queued, decoding, running, aborted, expired },
    { queued: 1, decoding: 0, running: 0, aborted: 1, expired: 1 },
  );
  await Promise.all([first, held]);
  t.deepEqual(order.slice(0, 2).toSorted(), ['DEADLINE', 'enough']);
  t.is(order[2], 'first');
});

test.serial('a stream hands a picture that is past its deadline to onError and goes on', async (t) => {
  await using model = await slow.model({ maxBatch: 1 });
  const codes: unknown[] = [];
  let scored = 0;
  const onError = (error: unknown): void => void codes.push((error as { code?: string }).code);
  const pictures = Array.from({ length: 12 }, () => picture());
  for await (const { score } of model.scoreMany(pictures, { deadlineMs: 1, lookAhead: 12, onError })) {
    scored += Number.isFinite(score) ? 1 : 0;
  }
  t.is(scored + codes.length, 12);
  t.true(codes.length > 0);
  t.true(codes.every((code) => code === 'DEADLINE'));
});

test.serial('two models on one device take turns: one with much to do does not hold the other up', async (t) => {
  await using busy = await slow.model({ maxBatch: 1 });
  await using other = await slow.model({ maxBatch: 1, maxDelayMs: 1 });
  const order: string[] = [];
  const many = Array.from({ length: 8 }, (_, index) => busy.score(picture()).then(() => order.push(`${index}`)));
  await turn();
  await other.score(picture()).then(() => order.push('other'));
  await Promise.all(many);
  t.true(order.indexOf('other') < order.indexOf('5'), order.join());
});

test.serial('scores get their turn between the steps of a training on the same device', async (t) => {
  const dataset = await openDataset(await writeDataset(path.join(folder, 'training'), ['disc']));
  await using trainer = await Trainer.create({ encoder: TINY, ...TINY_SIZE, weights: null, device: 'cpu', seed: 1 });
  await using model = await Model.load(file);
  const answered: number[] = [];
  let at = 0;
  await trainer.train(dataset, {
    iterations: 30,
    batchSize: 4,
    onProgress: ({ step }) => {
      at = step;
      if (step % 10 === 5) void model.score(picture()).then(() => answered.push(at - step));
    },
  });
  t.is(answered.length, 3);
  t.true(
    answered.every((steps) => steps <= 3),
    answered.join(),
  );
});

test.serial('scores are answered and models loaded while metrics are computed', async (t) => {
  await using model = await Model.load(file);
  await using stream = new MetricsStream({ height: 256, width: 256 });
  const maps = Float32Array.from({ length: 24 * 65536 }, (_, index) => Math.sin(index) + 2);
  await stream.add({ maps, masks: Uint8Array.from(maps, (value) => (value > 2.9 ? 1 : 0)) });
  const order: string[] = [];
  const beside: Promise<unknown>[] = [];
  const onProgress = (): void => {
    if (beside.length > 0) return;
    beside.push(model.score(picture()).then(() => order.push('score')));
    beside.push(
      Model.load(file).then((loaded) => {
        order.push('load');
        loaded.dispose();
      }),
    );
  };
  await stream.finish({ onProgress, curves: true });
  order.push('metrics');
  await Promise.all(beside);
  t.is(order.at(-1), 'metrics', order.join());
});

test.serial('a refused score says how long the others are expected to take', async (t) => {
  await using model = await slow.model({ maxBatch: 1, maxQueued: 2 });
  const first = [model.score(picture()), model.score(picture())];
  const unknown = await t.throwsAsync<OverloadedError>(model.score(picture()), { instanceOf: OverloadedError });
  t.is(unknown?.retryAfterMs, 1000);
  await Promise.all(first);
  const longest = model.stats().recent.totalMs?.max ?? Number.NaN;
  const second = [model.score(picture()), model.score(picture())];
  const known = await t.throwsAsync<OverloadedError>(model.score(picture()), { code: 'OVERLOADED' });
  await Promise.all(second);
  const expected = known?.retryAfterMs ?? 0;
  t.true(expected >= 1 && expected < 2 * longest + 2, `${expected} after ${longest}`);
  t.regex(known?.message ?? '', /^2 scores .* maxQueued allows: try again in about \d+ s\.$/);
  t.is(model.stats().overloaded, 2);
});

test.serial('without maxQueued 4096 scores may wait, and pictures of a stream are not counted', async (t) => {
  await using model = await Model.load(file);
  const stream = model.scoreMany(Array.from({ length: 20 }, () => picture()));
  const streamed = stream.next();
  const absent = path.join(folder, 'absent.png');
  const settled = Promise.allSettled(Array.from({ length: 4096 }, () => model.score(absent)));
  const error = await t.throwsAsync(model.score(absent), { code: 'OVERLOADED' });
  t.regex(error?.message ?? '', /^4096 scores/);
  t.true((await settled).every((one) => one.status === 'rejected' && one.reason.code === 'FILE_READ'));
  t.false((await streamed).done);
  await stream.return();
});

test.serial(
  'the same picture gives the same score and map bit for bit, alone and among 64 callers with pictures of many sizes',
  async (t) => {
    await using model = await slow.model({ maxBatch: 8, maxDelayMs: 20 });
    const pictures = Array.from({ length: 8 }, (_, index) => picture(40 + 31 * index, 300 - 29 * index, index));
    const alone = [];
    for (const one of pictures) alone.push(await model.score(one));
    const together = await Promise.all(
      Array.from({ length: 64 }, (_, index) => model.score(pictures[index % 8] ?? 'none')),
    );
    t.true(together.some(({ timing }) => timing.batch > 1));
    for (const [index, { score, map }] of together.entries()) {
      const same = alone[index % 8];
      t.is<number | undefined, number | undefined>(score, same?.score);
      t.true(same !== undefined && Buffer.from(map.buffer).equals(Buffer.from(same.map.buffer)));
    }
  },
);

test.serial('stats: what was scored, how it ended, what waits, and how long it took', async (t) => {
  const before = Date.now();
  await using model = await Model.load(file, { device: 'cpu' });
  t.like(model.stats(), {
    scored: 0,
    queued: 0,
    recent: { scores: 0, totalMs: null, batch: null },
    maxQueued: 4096,
    maxBatch: 4,
  });
  await Promise.all([1, 2, 3].map(() => model.score(picture())));
  for await (const _ of model.scoreMany([picture()]));
  await t.throwsAsync(model.score(Buffer.from('no picture')), { code: 'IMAGE_DECODE' });
  await t.throwsAsync(model.score(picture(), { signal: AbortSignal.abort(new Error('enough')) }), {
    message: 'enough',
  });
  const { recent, since, ...counts } = model.stats();
  t.like(counts, { scored: 4, failed: 1, aborted: 0, expired: 0, overloaded: 0, queued: 0, decoding: 0, running: 0 });
  t.true(since >= before && since <= Date.now());
  t.is(recent.scores, 4);
  const { totalMs, queuedMs, decodeMs, computeMs, batch } = recent;
  for (const times of [totalMs, queuedMs, decodeMs, computeMs]) {
    t.true(times !== null && times.p50 <= times.p95 && times.p95 <= times.p99 && times.p99 <= times.max);
  }
  t.true(batch !== null && batch.mean >= 1 && batch.mean <= batch.max && batch.max <= 4);
  t.deepEqual(JSON.parse(JSON.stringify(model.stats())), model.stats());
});

for (const [name, wrong, out] of [
  ['maxQueued', '3', 0],
  ['maxBatch', '3', 0],
  ['maxDelayMs', '3', -1],
] as const) {
  test.serial(`${name}: a wrong kind is a TypeError, a value out of range a RangeError`, async (t) => {
    for (const make of [(options: object) => Model.load(file, options), (options: object) => slow.model(options)]) {
      await t.throwsAsync(make({ [name]: wrong }), { instanceOf: TypeError, message: new RegExp(`options\\.${name}`) });
      await t.throwsAsync(make({ [name]: out }), { instanceOf: RangeError, message: new RegExp(`options\\.${name}`) });
    }
  });
}

test.serial('deadlineMs: a wrong kind is a TypeError, a value out of range a RangeError', async (t) => {
  await using model = await Model.load(file, { maxQueued: Number.POSITIVE_INFINITY });
  await t.throwsAsync(model.score(picture(), { deadlineMs: '3' as never }), { instanceOf: TypeError });
  await t.throwsAsync(model.score(picture(), { deadlineMs: 0 }), { instanceOf: RangeError });
  t.throws(() => model.scoreMany([], { deadlineMs: 2 ** 31 }), { instanceOf: RangeError });
});

test.serial('files that are saved while a training goes on hold the weights between two of its steps', async (t) => {
  const dataset = await openDataset(await writeDataset(path.join(folder, 'saving'), ['disc']));
  const train = async (onProgress: (trainer: Trainer, step: number) => void | Promise<void>): Promise<void> => {
    await using trainer = await Trainer.create({ encoder: TINY, ...TINY_SIZE, weights: null, device: 'cpu', seed: 1 });
    await trainer.train(dataset, { iterations: 12, batchSize: 4, onProgress: ({ step }) => onProgress(trainer, step) });
  };
  const between: number[] = [];
  await train(async (trainer) => {
    await using model = await trainer.model();
    between.push((await model.score(picture())).score);
  });
  const saves: Promise<string>[] = [];
  await train((trainer, step) => {
    const saved = path.join(folder, `step-${step}.safetensors`);
    // Not awaited: the next step is asked for at once.
    if (step < 8) saves.push(trainer.save(saved, { colourScale: false }).then(() => saved));
  });
  t.is(new Set(between).size, 12);
  for (const saved of await Promise.all(saves)) {
    await using model = await Model.load(saved);
    t.true(between.includes((await model.score(picture())).score), saved);
  }
});
