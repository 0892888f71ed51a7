/** What keeps count of a model's scores, and what holds them to their deadline. */
import { spawnSync } from 'node:child_process';
import { getEventListeners } from 'node:events';
import path from 'node:path';
import { mock } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { decoderCount } from '../../lib/image/decoders.js';
import { queueOn } from '../../lib/options/queue.js';
import { Deadline } from '../../lib/queue/deadline.js';
import { percentiles, ScoreLog } from '../../lib/queue/stats.js';

const timing = { queuedMs: 1, decodeMs: 2, computeMs: 3, batch: 1 };

test('percentiles are the nearest ranks; there are none of nothing', (t) => {
  t.is(percentiles(new Float64Array()), null);
  t.deepEqual(percentiles(Float64Array.of(7)), { p50: 7, p95: 7, p99: 7, max: 7 });
  const hundred = Float64Array.from({ length: 100 }, (_, index) => 100 - index);
  t.deepEqual(percentiles(hundred), { p50: 50, p95: 95, p99: 99, max: 100 });
});

test('the times are those of the last 1024 scores, and batches are weighed as passes', (t) => {
  const log = new ScoreLog();
  for (let index = 0; index < 1100; ++index) {
    log.begin(index);
    log.scored({ ...timing, batch: index < 1100 - 1024 ? 500 : 1 + 2 * (index % 2), computeMs: index }, 9, index);
  }
  const { scores, computeMs, batch } = log.recent();
  t.is(scores, 1024);
  t.is(computeMs?.max, 1099);
  t.is(computeMs?.p50, 1100 - 513);
  // As many pictures had a pass of their own as shared one with two others: three passes of one for each pass of three.
  t.is(batch?.max, 3);
  t.is(batch?.mean.toFixed(9), '1.500000000');
});

test('the expected wait goes by the time between results while there was work', (t) => {
  const log = new ScoreLog();
  t.is(log.expectedMs(64), 1000);
  for (const start of [0, 1_000_000]) {
    log.begin(start);
    log.begin(start);
    log.scored(timing, 50, start + 50);
    log.scored(timing, 100, start + 100);
  }
  t.is(log.expectedMs(1), 50);
  t.is(log.expectedMs(64), 64 * 50);
});

test('a deadline aborts what waits, with an error that names the picture', async (t) => {
  const deadline = new Deadline(1, 'part.png', undefined);
  await sleep(20);
  t.true(deadline.signal.aborted);
  t.is(deadline.signal.reason.code, 'DEADLINE');
  t.regex(deadline.signal.reason.message, /^part\.png waited for 1 ms/);
  deadline.release();
});

test.serial('a deadline leaves alone what has started', (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  const deadline = new Deadline(1000, 'part.png', undefined);
  deadline.handOver(() => false);
  mock.timers.tick(5000);
  t.false(deadline.signal.aborted);
  deadline.release();
  mock.timers.reset();
});

test("a deadline passes on the caller's own abort, and listens to it no longer than the score lasts", (t) => {
  const controller = new AbortController();
  const [kept, released] = [1, 2].map(() => new Deadline(60_000, 'part.png', controller.signal)) as [
    Deadline,
    Deadline,
  ];
  released.release();
  controller.abort(new Error('enough'));
  t.is(kept.signal.reason, controller.signal.reason);
  t.false(released.signal.aborted);
  kept.release();
  t.is(getEventListeners(controller.signal, 'abort').length, 0);
});

test('as many pictures are decoded at once as have a core and a thread of libuv', (t) => {
  t.is(decoderCount(1, undefined), 2);
  t.is(decoderCount(2, undefined), 2);
  t.is(decoderCount(16, undefined), 4);
  t.is(decoderCount(16, '12'), 12);
  t.is(decoderCount(8, '12'), 8);
  t.is(decoderCount(8, 'many'), 2);
});

test('the command line has as many threads of libuv as there are cores, unless the environment says how many', (t) => {
  const script = `
    require('node:os').availableParallelism = () => 9;
    require(process.argv[1]);
    const { promises, readdirSync } = require('node:fs');
    const before = readdirSync('/proc/self/task').length;
    promises.readFile(process.argv[1]).then(() => console.log(readdirSync('/proc/self/task').length - before));`;
  const { UV_THREADPOOL_SIZE: _, ...plain } = process.env;
  for (const [env, threads] of [
    [plain, 9],
    [{ ...plain, UV_THREADPOOL_SIZE: '3' }, 3],
  ] as const) {
    const args = ['-e', script, path.join(__dirname, '../../dist/cli/pool.js')];
    t.is(Number(spawnSync(process.execPath, args, { env, encoding: 'utf8' }).stdout), threads);
  }
});

test('a batch is 4 pictures on the CPU and 32 on a GPU, or as many as are asked for', (t) => {
  const queue = { maxQueued: 1, maxBatch: undefined, maxDelayMs: 0 };
  t.is(queueOn('cpu', queue).maxBatch, 4);
  t.is(queueOn('cuda:1', queue).maxBatch, 32);
  t.is(queueOn('cpu', { ...queue, maxBatch: 7 }).maxBatch, 7);
});
