/** How thresholds are chosen from scores, and what they say of one. */
import test from 'ava';
import {
  f1Threshold,
  fewestForClass,
  peakOf,
  pixelThreshold,
  quantileThreshold,
  thresholdRank,
} from '../../lib/thresholds/choose.js';
import { decide, decideScore, thresholdOf } from '../../lib/thresholds/decide.js';
import { clopperPearson } from '../../lib/thresholds/interval.js';
import type { Threshold, Thresholds } from '../../lib/thresholds/types.js';
import { normal, uniform } from '../helpers/random.js';

const draw = (count: number, next: () => number): number[] => Array.from({ length: count }, next);

test('the rank is the largest whose expected false reject rate is within the one asked for', (t) => {
  for (const rate of [0.001, 0.01, 0.05, 0.29, 0.5]) {
    for (let count = 1; count < 400; count++) {
      const rank = thresholdRank(count, rate);
      t.true(rank === 1 || rank / (count + 1) <= rate + 1e-12, `${count} ${rate}`);
      t.true((rank + 1) / (count + 1) > rate - 1e-12, `${count} ${rate}`);
    }
  }
  t.deepEqual(
    [98, 99, 199].map((count) => thresholdRank(count, 0.01)),
    [1, 1, 2],
  );
});

test('new normal scores are rejected at the rate asked for on average, whatever their distribution', (t) => {
  const next = uniform(7);
  // The share above a threshold of uniform scores is one minus the threshold.
  let sum = 0;
  let covered = 0;
  const runs = 4000;
  for (let run = 0; run < runs; run++) {
    const { value, falseRejectInterval } = quantileThreshold(draw(99, next), 0.05, 0.9);
    sum += 1 - value;
    covered += falseRejectInterval[0] <= 1 - value && 1 - value <= falseRejectInterval[1] ? 1 : 0;
  }
  t.true(Math.abs(sum / runs - 0.05) < 0.002, String(sum / runs));
  t.true(covered / runs >= 0.9 - 0.015, String(covered / runs));
});

test('fewer pictures than the rate needs take the maximum, and the interval tells', (t) => {
  const scores = [0.3, 0.1, 0.2];
  const { value, falseRejectRate, falseRejectInterval, images } = quantileThreshold(scores, 0.01, 0.95);
  t.deepEqual([value, falseRejectRate, images], [0.3, 0, 3]);
  t.deepEqual(falseRejectInterval, clopperPearson(0, 3, 0.95));
  t.deepEqual(scores, [0.3, 0.1, 0.2], 'the list of the caller is left alone');
});

test('equal scores at the threshold are no rejects, and the interval counts them', (t) => {
  const { value, falseRejectRate, falseRejectInterval } = quantileThreshold(Array(99).fill(0.5), 0.05, 0.95);
  t.deepEqual([value, falseRejectRate], [0.5, 0]);
  t.is(falseRejectInterval[0], 0);
  t.is(falseRejectInterval[1], clopperPearson(4, 99, 0.95)[1]);
});

test('a class needs 20 pictures, or what its rate needs where that is fewer', (t) => {
  t.deepEqual([0.001, 0.01, 0.05, 0.1, 0.5].map(fewestForClass), [20, 20, 19, 9, 1]);
});

function f1At(cut: number, normals: readonly number[], anomalies: readonly number[]): number {
  const hits = anomalies.filter((score) => score > cut).length;
  const alarms = normals.filter((score) => score > cut).length;
  return (2 * hits) / (hits + alarms + anomalies.length);
}

test('no threshold has a larger F1 than the one chosen for it', (t) => {
  const next = uniform(3);
  for (let run = 0; run < 200; run++) {
    // Few steps, so that scores are often equal.
    const coarse = (shift: number): number => Math.floor(8 * (next() + shift)) / 8;
    const normals = draw(1 + (run % 9), () => coarse(0));
    const anomalies = draw(1 + (run % 5), () => coarse(0.4));
    const { value } = f1Threshold(normals, anomalies, 0.95);
    const cuts = [-1, ...normals, ...anomalies];
    t.is(f1At(value, normals, anomalies), Math.max(...cuts.map((cut) => f1At(cut, normals, anomalies))), `${run}`);
  }
});

test('the F1 threshold lies in the middle of the gap, and its counts are those of the normal pictures', (t) => {
  const threshold = f1Threshold([0.25, 0.125, 0.5], [0.75, 1], 0.95);
  t.is(threshold.value, 0.625);
  t.deepEqual([threshold.images, threshold.falseRejectRate, threshold.low], [5, 0, 0.25]);
  t.deepEqual(threshold.normalScores, [0.125, 0.25, 0.5]);
  const [a, b] = [1, 1 + Number.EPSILON];
  t.is(f1Threshold([a], [b], 0.95).value, a, 'neighbouring numbers have no middle');
});

test('an F1 threshold below all pictures still has a rising confidence', (t) => {
  const threshold = f1Threshold([0.9], [0.1, 0.2, 0.3], 0.95);
  t.true(threshold.value < 0.1 && threshold.low < threshold.value);
  t.is(threshold.falseRejectRate, 1);
  t.true(decide(threshold, 0.2, 'x').confidence > 0.5);
});

const spread = quantileThreshold(draw(201, uniform(5)), 0.01, 0.95);

test('the confidence is 0.5 at the threshold, 0.05 at the median normal picture, and rises strictly between', (t) => {
  t.is(decide(spread, spread.value, 'x').confidence, 0.5);
  t.true(Math.abs(decide(spread, spread.low, 'x').confidence - 0.05) < 1e-12);
  let last = -1;
  for (let score = spread.low - 2; score < spread.value + 2; score += 0.01) {
    const { confidence, isAnomalous } = decide(spread, score, 'x');
    t.true(confidence > last, String(score));
    t.is(isAnomalous, score > spread.value);
    t.is(confidence > 0.5, isAnomalous);
    last = confidence;
  }
});

test('the confidence is between 0 and 1 for any finite score, also without spread', (t) => {
  const flat = quantileThreshold([0.5, 0.5, 0.5], 0.5, 0.95);
  const zero = quantileThreshold([0], 0.5, 0.95);
  for (const threshold of [spread, flat, zero]) {
    t.true(threshold.low < threshold.value);
    for (const score of [0, -0, 1, -1, 1e-320, 1e30, Number.MAX_VALUE, -Number.MAX_VALUE, threshold.value]) {
      const { confidence } = decide(threshold, score, 'x');
      t.true(confidence >= 0 && confidence <= 1, `${score}: ${confidence}`);
    }
    t.is(decide(threshold, threshold.value, 'x').confidence, 0.5);
  }
});

test('a score that is not finite is refused by the name of its picture', (t) => {
  for (const score of [Number.NaN, Number.POSITIVE_INFINITY]) {
    t.throws(() => decide(spread, score, 'a.png'), { code: 'SCORE_NOT_FINITE', message: /a\.png is (NaN|Infinity)/ });
    t.throws(() => decideScore(null, score, 'a.png', { threshold: 1 }), { code: 'SCORE_NOT_FINITE' });
  }
});

const other: Threshold = { ...spread, value: 2, low: 1 };
const thresholds = { image: spread, classes: { nut: other } } as unknown as Thresholds;

test('a class has its own threshold, any other takes the one of all classes', (t) => {
  t.is(thresholdOf(thresholds, 'nut'), other);
  for (const name of [undefined, 'bolt', 'constructor', '__proto__']) {
    t.is(thresholdOf(thresholds, name), spread);
  }
});

test('a score that equals its threshold is normal, with a threshold of the model and with one of the call', (t) => {
  const verdicts = (given: Parameters<typeof decideScore>[3], value: number, of: Thresholds | null): unknown[] =>
    [value, value * (1 + Number.EPSILON)].map((score) => decideScore(of, score, 'x', given).isAnomalous);
  t.deepEqual(verdicts({}, spread.value, thresholds), [false, true]);
  t.deepEqual(verdicts({ className: 'nut' }, other.value, thresholds), [false, true]);
  t.deepEqual(verdicts({ threshold: 3 }, 3, thresholds), [false, true]);
  t.deepEqual(verdicts({ threshold: 3 }, 3, null), [false, true]);
});

test('an override moves the threshold and keeps the steepness', (t) => {
  const { threshold, isAnomalous, confidence } = decideScore(thresholds, 5, 'x', { className: 'nut', threshold: 4 });
  t.deepEqual([threshold, isAnomalous], [4, true]);
  t.is(confidence, decideScore(thresholds, 3, 'x', { className: 'nut' }).confidence);
});

test('without thresholds nothing is decided, and an override decides without a confidence', (t) => {
  const nothing = { threshold: null, isAnomalous: null, confidence: null };
  t.deepEqual(decideScore(null, 1, 'x', {}), nothing);
  t.deepEqual(decideScore(null, Number.NaN, 'x', {}), nothing);
  t.deepEqual(decideScore(null, 1, 'x', { threshold: 0.5 }), { threshold: 0.5, isAnomalous: true, confidence: null });
});

test('many scores are kept thinned evenly by rank, sorted', (t) => {
  const scores = draw(5000, normal(9));
  const { normalScores } = quantileThreshold(scores, 0.01, 0.95);
  t.is(normalScores.length, 1024);
  t.deepEqual(
    [...normalScores].sort((a, b) => a - b),
    normalScores,
  );
  const sorted = [...scores].sort((a, b) => a - b);
  for (const share of [0.1, 0.5, 0.9]) {
    t.true(Math.abs((normalScores[Math.floor(1024 * share)] ?? 0) - (sorted[5000 * share] ?? 0)) < 0.01);
  }
});

test('the pixel threshold bounds the share of normal pictures with any pixel above it', (t) => {
  const next = normal(7);
  const map = (): Float32Array => Float32Array.from(draw(64, next));
  const maps = Array.from({ length: 99 }, map);
  const { value, images, falseRejectRate, falseRejectInterval } = pixelThreshold(maps.map(peakOf), 0.05, 0.95);
  t.is(maps.filter((each) => each.some((pixel) => pixel > value)).length, 4);
  t.deepEqual([images, falseRejectRate], [99, 4 / 99]);
  t.deepEqual(falseRejectInterval, clopperPearson(4, 99, 0.95));
  const rates = Array.from({ length: 200 }, () => {
    const cut = pixelThreshold(Array.from({ length: 99 }, map).map(peakOf), 0.05, 0.95).value;
    return Array.from({ length: 200 }, map).filter((each) => peakOf(each) > cut).length / 200;
  });
  const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
  t.true(Math.abs(mean - 0.05) < 0.005, `${mean}`);
});

test('a map with a value that is not finite has no finite peak', (t) => {
  t.is(peakOf(Float32Array.of(-3, -1, -2)), -1);
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    t.false(Number.isFinite(peakOf(Float32Array.of(0, value, 1, 2))));
  }
});
