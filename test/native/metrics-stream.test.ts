/** `MetricsStream` against `computeMetrics`, and an evaluator that uses either. */
import test from 'ava';
import {
  ALL_METRICS,
  computeMetrics,
  DisposedError,
  Evaluator,
  type MetricsInput,
  MetricsStream,
  Model,
  openDataset,
} from '../../lib/index.js';
import { temporaryFolder, writeModel } from '../helpers/drawn-set.js';

const { folder, remove } = temporaryFolder();
test.after.always(remove);

const SIDE = 32;
const PIXELS = SIDE * SIDE;
const MIB = 2 ** 20;

/** A generator of [0, 1): the same pictures in every run. */
function drawing(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** `octaves`: over how many powers of two the values are spread. */
function pictures(count: number, octaves: number): MetricsInput & { maps: Float32Array; masks: Uint8Array } {
  const draw = drawing(count + octaves);
  const masks = Uint8Array.from({ length: count * PIXELS }, (_, i) => (i % PIXELS < 60 && i > PIXELS ? 255 : 0));
  const maps = Float32Array.from(masks, (mask) => (draw() + mask / 500) * 2 ** Math.floor(draw() * octaves));
  const scores = Float64Array.from({ length: count }, draw);
  return { maps, masks, scores, height: SIDE, width: SIDE };
}

async function stream(input: ReturnType<typeof pictures>, maxBytes: number): ReturnType<MetricsStream['finish']> {
  await using counted = new MetricsStream({ height: SIDE, width: SIDE, maxBytes, pixelThreshold: 0.7 });
  for (let i = 0; i * PIXELS < input.maps.length; i += 3) {
    const part = <T extends Float32Array | Uint8Array>(all: T): T => all.subarray(i * PIXELS, (i + 3) * PIXELS) as T;
    const scores = (input.scores as Float64Array).subarray(i, i + 3);
    await counted.add({ maps: part(input.maps), masks: part(input.masks), scores });
  }
  return counted.finish({ curves: 40 });
}

test('with room for every value a stream gives the exact metrics', async (t) => {
  const input = pictures(9, 3);
  const [counted, exact] = [
    await stream(input, 768 * MIB),
    await computeMetrics(input, { curves: 40, pixelThreshold: 0.7 }),
  ];
  t.is(counted.counting, 'streaming');
  t.deepEqual(Object.values(counted.errorBound), Object.values(exact.errorBound));
  for (const metric of ALL_METRICS) {
    t.true(Math.abs((counted[metric] ?? Number.NaN) - (exact[metric] ?? Number.NaN)) < 1e-12, metric);
  }
  t.deepEqual(counted.counts, exact.counts);
  t.is(counted.pixelF1Threshold, exact.pixelF1Threshold);
  t.deepEqual(counted.curves?.pixelRoc, exact.curves?.pixelRoc);
});

test('with room for few values a stream stays within the bounds that it states', async (t) => {
  const input = pictures(12, 40);
  const [counted, exact] = [await stream(input, MIB), await computeMetrics(input, { pixelThreshold: 0.7 })];
  t.true(counted.errorBound.pixelAuroc > 0);
  for (const metric of ALL_METRICS) {
    const error = Math.abs((counted[metric] ?? Number.NaN) - (exact[metric] ?? Number.NaN));
    t.true(error <= counted.errorBound[metric] + 1e-12, `${metric}: ${error} above ${counted.errorBound[metric]}`);
  }
  t.is(counted.errorBound.imageAuroc, 0);
});

test('calls that overlap are counted in their order, and finish may be asked again after more', async (t) => {
  const { maps, masks } = pictures(4, 2);
  await using counted = new MetricsStream({ height: SIDE, width: SIDE });
  const half = { maps: maps.subarray(0, 2 * PIXELS), masks: masks.subarray(0, 2 * PIXELS) };
  const rest = { maps: maps.subarray(2 * PIXELS), masks: masks.subarray(2 * PIXELS) };
  const [first, before, second] = await Promise.all([counted.add(half), counted.finish(), counted.add(rest)]);
  t.deepEqual([first, second, before.counts.images], [2, 4, 2]);
  const whole = await computeMetrics({ maps, masks, height: SIDE, width: SIDE });
  t.is((await counted.finish()).pixelAuroc, whole.pixelAuroc);
});

test('what a stream refuses leaves it as it was', async (t) => {
  const { maps, masks } = pictures(2, 2);
  await using counted = new MetricsStream({ height: SIDE, width: SIDE, maskConvention: 'half' });
  await t.throwsAsync(counted.finish(), { code: 'INVALID_INPUT', message: /at least one picture/ });
  await counted.add({ maps, masks });
  const bad = maps.slice();
  bad[PIXELS] = Number.NaN;
  await t.throwsAsync(counted.add({ maps: bad, masks }), { code: 'INVALID_INPUT', message: /picture 3 / });
  const scores = [1, 2];
  await t.throwsAsync(counted.add({ maps, masks, scores }), { instanceOf: RangeError, message: /input\.scores/ });
  await t.throwsAsync(counted.add({ maps: maps.subarray(1), masks }), { instanceOf: RangeError });
  t.is((await counted.finish()).counts.images, 2);
});

test("'half' refuses a stream whose masks hold nothing above 1", async (t) => {
  const { maps, masks } = pictures(2, 2);
  await using counted = new MetricsStream({ height: SIDE, width: SIDE, maskConvention: 'half' });
  await counted.add({ maps, masks: masks.map((value) => Math.min(1, value)) });
  await t.throwsAsync(counted.finish(), { code: 'INVALID_INPUT', message: /'half'/ });
});

test('a stream that was disposed of refuses every call, and options are checked', async (t) => {
  const { maps, masks } = pictures(2, 2);
  const counted = new MetricsStream({ height: SIDE, width: SIDE });
  const running = counted.add({ maps, masks });
  counted.dispose();
  counted.dispose();
  t.is(await running, 2);
  await t.throwsAsync(counted.add({ maps, masks }), { instanceOf: DisposedError, message: /MetricsStream/ });
  await t.throwsAsync(counted.finish(), { instanceOf: DisposedError });
  const size = { height: SIDE, width: SIDE };
  t.throws(() => new MetricsStream({ ...size, maxBytes: 1000 }), { instanceOf: RangeError, message: /maxBytes/ });
  t.throws(() => new MetricsStream({ ...size, height: 0 }), { instanceOf: RangeError, message: /options\.height/ });
  t.throws(() => new MetricsStream({ ...size, bytes: 1 } as never), {
    instanceOf: TypeError,
    message: /options\.bytes/,
  });
});

test('an aborted finish rejects with the reason and leaves the stream whole', async (t) => {
  const { maps, masks } = pictures(2, 2);
  await using counted = new MetricsStream({ height: SIDE, width: SIDE });
  await counted.add({ maps, masks });
  const reason = new Error('stop');
  t.is(await t.throwsAsync(counted.finish({ signal: AbortSignal.abort(reason) })), reason);
  t.is((await counted.finish()).counts.images, 2);
});

test('options of an evaluator for metrics are checked', async (t) => {
  t.throws(() => new Evaluator({ metricsMemory: -1 }), { instanceOf: RangeError, message: /options\.metricsMemory/ });
  t.throws(() => new Evaluator({ metricsMemory: '1' } as never), { instanceOf: TypeError });
});

test('an evaluator counts what exceeds its memory, says so, and finds the same', async (t) => {
  const written = await writeModel(folder);
  const dataset = await openDataset(written.data);
  await using model = await Model.load(written.model, { mapSize: 32 });
  const kept = await new Evaluator().evaluate(model, dataset, { curves: 64 });
  const refused = new Evaluator().evaluate(model, dataset, { curves: 5 });
  await t.throwsAsync(refused, { instanceOf: RangeError, message: /options\.curves/ });
  const counted = await new Evaluator({ metricsMemory: 0 }).evaluate(model, dataset, { curves: true });
  const named = (evaluation: typeof kept): (readonly [string, string])[] =>
    evaluation.classes.map(({ name, counting }) => [name, counting] as const);
  t.deepEqual(
    named(kept).map(([, counting]) => counting),
    dataset.classes.map(() => 'exact'),
  );
  t.true(named(counted).every(([, counting]) => counting === 'streaming'));
  for (const [i, row] of kept.classes.entries()) {
    const other = counted.classes[i];
    for (const metric of ALL_METRICS) {
      const error = Math.abs((row[metric] ?? -1) - (other?.[metric] ?? -1));
      t.true(error <= (other?.errorBound[metric] ?? 0) + 1e-12, `${row.name} ${metric}: ${error}`);
    }
  }
  t.deepEqual(Object.keys(kept.curves ?? {}), [...dataset.classes]);
  t.true((kept.curves?.[dataset.classes[0] ?? '']?.pixelRoc?.x.length ?? 0) > 10);
  t.is(kept.meanOver.auproExact, dataset.classes.length);
});
