/** Bounds on work in flight: the gate and the ordered look-ahead. */
import { getEventListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { forEachAhead, Gate, mapAhead } from '../../lib/gate.js';

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a gate runs no more tasks at once than its limit, in order of arrival', async (t) => {
  const gate = new Gate(2);
  const order: number[] = [];
  let running = 0;
  let most = 0;
  const task = (index: number) => async (): Promise<number> => {
    order.push(index);
    most = Math.max(most, ++running);
    await sleep(2);
    running--;
    return index;
  };
  const indices = [0, 1, 2, 3, 4, 5];
  t.deepEqual(await Promise.all(indices.map((index) => gate.run(task(index)))), indices);
  t.deepEqual(order, indices);
  t.is(most, 2);
});

test('a task that fails makes room for the next', async (t) => {
  const gate = new Gate(1);
  const failed = gate.run(() => Promise.reject(new Error('first')));
  const next = gate.run(async () => 'second');
  await t.throwsAsync(failed, { message: 'first' });
  t.is(await next, 'second');
});

test('a waiting task whose signal aborts never starts, and those behind it do', async (t) => {
  const gate = new Gate(1);
  const controller = new AbortController();
  let open = (): void => undefined;
  const first = gate.run(() => new Promise<void>((resolve) => (open = resolve)));
  const second = gate.run(async () => t.fail('started'), controller.signal);
  const third = gate.run(async () => 'third');
  const reason = new Error('enough');
  controller.abort(reason);
  t.is(await t.throwsAsync(second), reason);
  open();
  await first;
  t.is(await third, 'third');
  t.is(getEventListeners(controller.signal, 'abort').length, 0);
});

test('waiting tasks that are rejected never start, those that run go on, and the gate serves on', async (t) => {
  const gate = new Gate(1);
  let open = (): void => undefined;
  const first = gate.run(() => new Promise<void>((resolve) => (open = resolve)));
  const { signal } = new AbortController();
  const waiting = [gate.run(async () => t.fail('started')), gate.run(async () => t.fail('started'), signal)];
  const settled = Promise.allSettled(waiting);
  const reason = new Error('gone');
  t.is(gate.size, 3);
  gate.rejectWaiting(reason);
  t.true((await settled).every((one) => one.status === 'rejected' && one.reason === reason));
  t.is(gate.size, 1);
  t.is(getEventListeners(signal, 'abort').length, 0);
  open();
  await first;
  t.is(await gate.run(async () => 'next'), 'next');
});

test('tasks keep their order where thousands before and between them have given up', async (t) => {
  const gate = new Gate(1);
  const controller = new AbortController();
  const order: number[] = [];
  let open = (): void => undefined;
  const first = gate.run(() => new Promise<void>((resolve) => (open = resolve)));
  const kept: Promise<unknown>[] = [];
  const given: Promise<unknown>[] = [];
  for (let index = 0; index < 6000; ++index) {
    const stays = index % 1500 === 7;
    const run = gate.run(async () => void order.push(index), stays ? undefined : controller.signal);
    (stays ? kept : given).push(run);
  }
  const settled = Promise.allSettled(given);
  controller.abort();
  await settled;
  open();
  await Promise.all([first, ...kept]);
  t.deepEqual(order, [7, 1507, 3007, 4507]);
  t.is(gate.size, 0);
});

test('outcomes come in the order of the items, whatever ends first', async (t) => {
  const seen: number[] = [];
  for await (const outcome of mapAhead([8, 1, 4], 3, async (ms) => sleep(ms, ms))) {
    if (outcome.ok) seen.push(outcome.value);
  }
  t.deepEqual(seen, [8, 1, 4]);
});

test('an error stands at the place of its item and the others go on', async (t) => {
  const seen: unknown[] = [];
  const work = async (item: number): Promise<number> => {
    if (item === 1) throw new Error('bad');
    return item;
  };
  for await (const outcome of mapAhead([0, 1, 2], 2, work)) seen.push(outcome.ok ? outcome.value : 'error');
  t.deepEqual(seen, [0, 'error', 2]);
});

test('an idle consumer pulls nothing past the look-ahead', async (t) => {
  let pulled = 0;
  function* source(): Generator<number> {
    for (;;) yield pulled++;
  }
  const stream = mapAhead(source(), 3, async (item) => item);
  await stream.next();
  for (let turn = 0; turn < 20; turn++) await tick();
  t.true(pulled <= 4, `${pulled}`);
  await stream.return();
});

test('leaving the loop stops the work under way, waits for it and closes the source', async (t) => {
  const log: string[] = [];
  async function* source(): AsyncGenerator<number> {
    try {
      for (let item = 0; ; item++) yield item;
    } finally {
      log.push('closed');
    }
  }
  const work = async (item: number, signal: AbortSignal): Promise<number> => {
    if (item === 0) {
      await sleep(5);
    } else {
      await sleep(10_000, undefined, { signal }).catch(() => log.push(`stopped ${item}`));
    }
    return item;
  };
  for await (const _ of mapAhead(source(), 3, work)) break;
  t.true(log.includes('closed'));
  t.true(log.includes('stopped 1'));
});

test('a source that throws delivers what it gave before', async (t) => {
  const mine = new Error('source');
  function* source(): Generator<number> {
    yield 1;
    yield 2;
    throw mine;
  }
  const seen: unknown[] = [];
  const run = async (): Promise<void> => {
    for await (const outcome of mapAhead(source(), 8, async (item) => item)) seen.push(outcome.ok && outcome.value);
  };
  t.is(await t.throwsAsync(run), mine);
  t.deepEqual(seen, [1, 2]);
});

test('an abort ends a stream whose source never answers, with the reason', async (t) => {
  const controller = new AbortController();
  const silent: AsyncIterable<number> = {
    [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }),
  };
  const reason = new Error('enough');
  setImmediate(() => controller.abort(reason));
  const run = async (): Promise<void> => {
    for await (const _ of mapAhead(silent, 2, async (item) => item, controller.signal)) t.fail();
  };
  t.is(await t.throwsAsync(run), reason);
  t.is(getEventListeners(controller.signal, 'abort').length, 0);
});

test('a signal that has aborted pulls nothing', async (t) => {
  const reason = new Error('before');
  function* source(): Generator<number> {
    t.fail('pulled');
    yield 1;
  }
  const stream = mapAhead(source(), 2, async (item) => item, AbortSignal.abort(reason));
  t.is(await t.throwsAsync(stream.next()), reason);
});

test('a slow source does not hold back an outcome that is ready', async (t) => {
  let more = (): void => undefined;
  async function* source(): AsyncGenerator<number> {
    yield 1;
    await new Promise<void>((resolve) => (more = resolve));
    yield 2;
  }
  const stream = mapAhead(source(), 4, async (item) => item);
  t.like((await stream.next()).value, { index: 0, value: 1 });
  more();
  t.like((await stream.next()).value, { index: 1, value: 2 });
  t.true((await stream.next()).done);
});

test('the first failure in the order of the items wins', async (t) => {
  const work = async (item: number): Promise<void> => {
    await sleep(10 - item);
    if (item > 2) throw new Error(`item ${item}`);
  };
  await t.throwsAsync(forEachAhead([1, 2, 3, 4, 5], 5, work), { message: 'item 3' });
});
