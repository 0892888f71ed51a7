/** `computeMetrics` against scikit-learn's and the authors' figures, and against what callers may hand it. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { computeMetrics, DinomalyError, type MetricsInput, type MetricsPictures } from '../../lib/index.js';
import { f1Threshold } from '../../lib/thresholds/choose.js';
import { uniform } from '../helpers/random.js';

const CASES = path.join(__dirname, '../fixtures/cases');

/** Names of the fixtures, by ours. */
const NAMES = {
  imageAuroc: 'i_auroc',
  imageAp: 'i_ap',
  imageF1Max: 'i_f1max',
  pixelAuroc: 'p_auroc',
  pixelAp: 'p_ap',
  pixelF1Max: 'p_f1max',
  aupro: 'p_aupro',
  auproExact: 'p_aupro_exact',
  aupro05: 'p_aupro_05',
  proAtFpr05: 'p_pro_at_05',
} as const;
const METRICS = Object.keys(NAMES) as (keyof typeof NAMES)[];

const EXPECTED: Record<string, Record<string, number>> = JSON.parse(
  readFileSync(path.join(CASES, 'metrics.json'), 'utf8'),
);

async function readCase(name: string): Promise<MetricsInput & { maps: Float32Array; masks: Uint8Array }> {
  const { readTensors } = await import('../../scripts/preprocess-parity.mjs');
  const tensors = await readTensors(path.join(CASES, `metrics-${name}.safetensors`));
  const values = (key: string): readonly number[] => Array.from(tensors.get(key)?.data ?? []);
  const [, height = 0, width = 0] = tensors.get('maps')?.shape ?? [];
  const [maps, masks] = [Float32Array.from(values('maps')), Uint8Array.from(values('masks'))];
  return { maps, masks, labels: values('labels'), scores: values('scores'), height, width };
}

/** Three pictures of 2 x 3, of which the last is anomalous. */
function small(change: Partial<Record<keyof MetricsInput, unknown>> = {}): MetricsInput {
  const maps = [
    Float32Array.of(0, 1, 2, 3, 4, 5),
    Float32Array.of(5, 4, 3, 2, 1, 0),
    Float32Array.of(1, 9, 8, 2, 2, 1),
  ];
  const masks = [new Uint8Array(6), new Uint8Array(6), Uint8Array.of(0, 255, 255, 0, 0, 0)];
  return { maps, masks, scores: [5, 4, 9], height: 2, width: 3, ...change } as MetricsInput;
}

for (const name of Object.keys(EXPECTED)) {
  test(`metrics equal scikit-learn's and the authors' (${name})`, async (t) => {
    const result = await computeMetrics(await readCase(name));
    for (const metric of METRICS) {
      const error = Math.abs((result[metric] ?? Number.NaN) - (EXPECTED[name]?.[NAMES[metric]] ?? Number.NaN));
      t.true(error < 1e-9, `${metric}: ${error}`);
      t.is(result.errorBound[metric], 0);
    }
    t.is(result.counting, 'exact');
    t.deepEqual(result.undefinedBecause, { segF1: 'no pixel threshold' });
  });
}

test('one array of all maps and a list of arrays are the same pictures', async (t) => {
  const whole = await readCase('ties');
  const pixels = whole.height * whole.width;
  const split = <T extends Float32Array | Uint8Array>(all: T): T[] =>
    Array.from({ length: all.length / pixels }, (_, i) => all.slice(i * pixels, (i + 1) * pixels) as T);
  const { masks, maps } = whole;
  t.deepEqual(await computeMetrics({ ...whole, maps: split(maps), masks: split(masks) }), await computeMetrics(whole));
});

test('labels are those of the masks unless given, and without scores the metrics of pictures say so', async (t) => {
  const { counts, ...told } = await computeMetrics(small());
  t.deepEqual(counts, { images: 3, anomalousImages: 1, normalPixels: 16, anomalousPixels: 2, regions: 1 });
  t.is(told.imageAuroc, 1);
  t.is(told.imageF1Threshold, 7);
  t.is(told.pixelF1Threshold, 6.5);
  const swapped = await computeMetrics(small({ labels: Uint8Array.of(0, 1, 0) }));
  t.is(swapped.imageAuroc, 0);
  for (const scores of [null, undefined]) {
    const bare = await computeMetrics(small({ scores }));
    t.is(bare.imageAuroc, null);
    t.is(bare.undefinedBecause.imageF1Threshold, 'no scores');
    t.is(bare.pixelAuroc, told.pixelAuroc);
  }
});

test('segF1 is the F1 of the pixels above the threshold that is given, as counting them gives it', async (t) => {
  for (const name of Object.keys(EXPECTED)) {
    const input = await readCase(name);
    const { maps, masks }: { maps: Float32Array; masks: Uint8Array } = input;
    for (const pixelThreshold of [0.2, 0.5, Math.max(...maps) + 1, -10]) {
      let [right, found, anomalous] = [0, 0, 0];
      for (const [at, value] of maps.entries()) {
        const bad = (masks[at] ?? 0) > 0;
        right += +(bad && value > pixelThreshold);
        found += +(value > pixelThreshold);
        anomalous += +bad;
      }
      const result = await computeMetrics(input, { pixelThreshold });
      t.is(result.segF1, (2 * right) / (found + anomalous));
      t.is(result.errorBound.segF1, 0);
      t.true((result.segF1 ?? 1) <= (result.pixelF1Max ?? 0) + 1e-6);
    }
  }
  const clean = await computeMetrics(small({ masks: new Uint8Array(18) }), { pixelThreshold: 0 });
  t.is(clean.undefinedBecause.segF1, 'no anomalous pixel');
  const half = await computeMetrics(small(), { pixelThreshold: 6.5, maskConvention: 'half' });
  t.is(half.segF1, 1);
  await t.throwsAsync(computeMetrics(small(), { pixelThreshold: '1' } as never), { instanceOf: TypeError });
});

test('every null has its reason', async (t) => {
  const clean = [new Uint8Array(6), new Uint8Array(6), new Uint8Array(6)];
  const normal = await computeMetrics(small({ masks: clean }));
  t.deepEqual(
    [normal.imageAp, normal.pixelF1Max, normal.auproExact, normal.pixelF1Threshold],
    [null, null, null, null],
  );
  t.is(normal.undefinedBecause.imageAuroc, 'no anomalous picture');
  t.is(normal.undefinedBecause.pixelAp, 'no anomalous pixel');
  const filled = clean.map((mask) => mask.map(() => 255));
  const anomalous = await computeMetrics(small({ masks: filled }));
  t.deepEqual([anomalous.imageAuroc, anomalous.imageAp], [null, 1]);
  t.is(anomalous.undefinedBecause.imageAuroc, 'no normal picture');
  t.is(anomalous.undefinedBecause.aupro, 'no normal pixel');
  t.false('imageAp' in anomalous.undefinedBecause);
  const flat = await computeMetrics(small({ maps: new Float32Array(18) }));
  t.is(flat.aupro, null);
  t.is(flat.undefinedBecause.aupro, 'all map values are equal');
  const separated = await computeMetrics(
    small({ maps: Float32Array.from({ length: 18 }, (_, i) => +(i === 13 || i === 14)) }),
  );
  t.deepEqual([separated.aupro, separated.auproExact], [null, 1]);
  t.regex(separated.undefinedBecause.aupro ?? '', /or that rate is 0 at all of them/);
  for (const result of [normal, anomalous, flat, separated]) {
    for (const key of [...METRICS, 'imageF1Threshold', 'pixelF1Threshold'] as const) {
      t.is(result[key] === null, key in result.undefinedBecause, key);
    }
  }
});

test('curves come when asked for, with at most the points asked for', async (t) => {
  const input = await readCase('smooth');
  t.is((await computeMetrics(input)).curves, null);
  for (const [curves, most] of [
    [true, 512],
    [20, 20],
  ] as const) {
    const result = await computeMetrics(input, { curves });
    for (const curve of Object.values(result.curves ?? {})) {
      t.true(curve !== null && curve.x.length > 2 && curve.x.length <= most);
      t.is(curve?.y.length, curve?.x.length);
      t.is(curve?.threshold.length, curve?.x.length);
    }
    t.is(Object.keys(result.curves ?? {}).length, 5);
  }
});

test('no metric exceeds 1 by rounding', async (t) => {
  // Regions of 1 to 12 pixels, whose shares add up to a little more than their number.
  const masks = Uint8Array.from({ length: 12 * 13 }, (_, i) => (i % 13 <= i / 13 ? 1 : 0));
  for (const raised of [1, 0.5]) {
    const maps = Float32Array.from(masks, (mask, i) => (mask === 1 ? 1 : raised === 1 ? 0 : (i % 7) / 14));
    const result = await computeMetrics({ maps, masks, height: 1, width: 13 });
    for (const metric of METRICS) {
      t.true((result[metric] ?? 0) <= 1, `${metric}: ${result[metric]}`);
    }
  }
});

test("'half' takes what is above half of 255, and refuses masks of 0 and 1", async (t) => {
  const grey = [new Uint8Array(6), new Uint8Array(6), Uint8Array.of(0, 127, 128, 255, 0, 0)];
  t.is((await computeMetrics(small({ masks: grey }), { maskConvention: 'half' })).counts.anomalousPixels, 2);
  t.is((await computeMetrics(small({ masks: grey }))).counts.anomalousPixels, 3);
  const binary = grey.map((mask) => mask.map((value) => Math.min(1, value)));
  const refused = computeMetrics(small({ masks: binary }), { maskConvention: 'half' });
  await t.throwsAsync(refused, {
    instanceOf: DinomalyError,
    code: 'INVALID_INPUT',
    message: /'any' for masks of 0 and 1/,
  });
});

test('values that are not finite are refused with the picture', async (t) => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    const maps = small().maps as Float32Array[];
    maps[1]?.set([value], 4);
    await t.throwsAsync(computeMetrics(small({ maps })), { code: 'INVALID_INPUT', message: /picture 1 holds/ });
    const scored = computeMetrics(small({ scores: [1, 2, value] }));
    await t.throwsAsync(scored, { instanceOf: RangeError, message: /input\.scores\[2\]/ });
  }
});

function detached(): Float32Array {
  const array = new Float32Array(6);
  structuredClone(array.buffer, { transfer: [array.buffer] });
  return array;
}

const one = Float32Array.of(0, 1, 2, 3, 4, 5);
const none = new Uint8Array(6);
const WRONG: readonly (readonly [string, Partial<Record<keyof MetricsPictures, unknown>>, ErrorConstructor, RegExp])[] =
  [
    [
      'maps of another kind',
      { maps: [one, one, new Float64Array(6)] },
      TypeError,
      /Float32Array.* for input\.maps\[2\]/,
    ],
    ['maps that are a string', { maps: 'maps' }, TypeError, /input\.maps /],
    ['no maps', { maps: [] }, RangeError, /at least one map/],
    ['undefined among the maps', { maps: [one, undefined, one] }, TypeError, /input\.maps\[1\]/],
    ['a map of another size', { maps: [one, one, one.subarray(1)] }, RangeError, /= 6 values for input\.maps\[2\]/],
    ['one array of broken length', { maps: new Float32Array(17) }, RangeError, /multiple of 6 values/],
    ['a mask of another size', { masks: [none, none.subarray(2), none] }, RangeError, /input\.masks\[1\]/],
    ['clamped masks', { masks: [none, none, new Uint8ClampedArray(6)] }, TypeError, /input\.masks\[2\]/],
    ['fewer masks than maps', { masks: [none, none] }, RangeError, /the 3 maps for input\.masks/],
    ['fewer labels than maps', { labels: [0, 1] }, RangeError, /input\.labels/],
    ['a label of 2', { labels: [0, 1, 2] }, RangeError, /0 or 1 for input\.labels\[2\]/],
    ['a label of true', { labels: [0, 1, true] }, TypeError, /input\.labels\[2\]/],
    ['more scores than maps', { scores: new Float64Array(4) }, RangeError, /input\.scores/],
    ['a score of text', { scores: [1, 2, '3'] }, TypeError, /input\.scores\[2\]/],
    [
      'memory given away',
      { maps: [one, one, detached()] },
      TypeError,
      /transferred away or cut short for input\.maps\[2\]/,
    ],
    ['all memory given away', { maps: detached() }, TypeError, /transferred away or cut short for input\.maps/],
    ['an unknown key', { label: [0, 0, 1] } as object, TypeError, /Did you mean labels/],
  ];

for (const [title, change, kind, message] of WRONG) {
  test(`${title}: refused`, async (t) => {
    await t.throwsAsync(computeMetrics(small(change)), { instanceOf: kind, message });
  });
}

test('options and sizes of the wrong kind are refused', async (t) => {
  const refuse = async (change: object, options: object, message: RegExp): Promise<void> => {
    const error = await t.throwsAsync(computeMetrics(small(change), options), { message });
    t.true(error instanceof TypeError || error instanceof RangeError);
  };
  await refuse({ height: 0 }, {}, /input\.height/);
  await refuse({ width: 2.5 }, {}, /input\.width/);
  await refuse({ height: 3 }, {}, /input\.maps\[0\]/);
  await refuse({}, { maskConvention: 'most' }, /options\.maskConvention/);
  await refuse({}, { curves: 9 }, /options\.curves/);
  await refuse({}, { curves: '100' }, /options\.curves/);
  await refuse({}, { signal: {} }, /options\.signal/);
  await refuse({}, { onProgress: 1 }, /options\.onProgress/);
  await refuse({}, { points: 10 }, /options\.points/);
});

/** Enough pixels that the work has many steps. */
function large(): MetricsInput {
  const maps = Float32Array.from({ length: 40 * 65_536 }, (_, i) => Math.sin(i * 12.9898) ** 2);
  const masks = Uint8Array.from({ length: maps.length }, (_, i) => (i % 97 === 0 ? 1 : 0));
  return { maps, masks, height: 256, width: 256 };
}

test('progress rises to 1, and what a listener throws ends the work', async (t) => {
  const told: number[] = [];
  await computeMetrics(large(), { onProgress: (fraction) => void told.push(fraction) });
  t.true(told.length > 0);
  t.deepEqual(
    told,
    [...told].sort((a, b) => a - b),
  );
  t.is(told.at(-1), 1);
  const failure = new Error('enough');
  const listener = (): void => {
    throw failure;
  };
  t.is(await t.throwsAsync(computeMetrics(large(), { onProgress: listener })), failure);
});

test('an abort before and in the middle rejects with the reason', async (t) => {
  const reason = new Error('stop');
  t.is(await t.throwsAsync(computeMetrics(large(), { signal: AbortSignal.abort(reason) })), reason);
  const controller = new AbortController();
  const onProgress = (): void => controller.abort(reason);
  t.is(await t.throwsAsync(computeMetrics(large(), { signal: controller.signal, onProgress })), reason);
});

test('the F1 threshold of a calibration is that of the metrics, to the bit, with ties too', async (t) => {
  const next = uniform(11);
  const blank = new Float32Array(1);
  for (let round = 0; round < 200; round++) {
    const steps = [3, 8, 1e6][round % 3] ?? 8;
    const labels = Uint8Array.from({ length: 2 + (round % 12) }, (_, at) => (at < 2 ? at : next() < 0.4 ? 1 : 0));
    const scores = Float64Array.from(labels, (label) => Math.floor(steps * (next() - 0.5 + 0.2 * label)) / steps);
    const masks = Array.from(labels, () => Uint8Array.of(0));
    const maps = Array.from(labels, () => blank);
    const { imageF1Threshold } = await computeMetrics({ maps, masks, labels, scores, height: 1, width: 1 });
    const of = (kind: number): number[] => [...scores].filter((_, at) => labels[at] === kind);
    t.is(f1Threshold(of(0), of(1), 0.95).value, imageF1Threshold ?? Number.NaN, `${round}`);
  }
});
