/**
 * A threshold out of scores: as an order statistic of normal ones, or where F1 is largest on labelled ones. Nothing here
 * knows pictures or models.
 */
import { clopperPearson } from './interval.js';
import { nextBelow } from './next-below.js';
import type { PixelThreshold, Threshold } from './types.js';

/** Most scores kept with a threshold. */
export const MOST_SCORES = 1024;

/** Pictures from which a class has a threshold of its own, whatever the rate. */
const ENOUGH_IMAGES = 20;

/**
 * Which of the largest scores is the threshold: the k-th. The share of new normal scores above the k-th largest of n has the
 * distribution Beta(k, n - k + 1), whatever the scores' own, and so the mean k / (n + 1). The largest k whose mean is within
 * `rate` is taken; with fewer than 1 / rate - 1 scores there is none, and the maximum, k = 1, is the best there is.
 */
export function thresholdRank(count: number, rate: number): number {
  // 0.29 x 100 is 28.999999999999996.
  return Math.max(1, Math.floor(rate * (count + 1) * (1 + 1e-12)));
}

/** Fewest pictures for a threshold of a class's own: 20, or what the rate asked for needs where that is fewer. */
export function fewestForClass(rate: number): number {
  return Math.max(1, Math.min(ENOUGH_IMAGES, Math.ceil((1 / rate) * (1 - 1e-12)) - 1));
}

function sorted(scores: readonly number[]): number[] {
  return [...scores].sort((a, b) => a - b);
}

function at(values: readonly number[], index: number): number {
  return values[Math.min(Math.max(index, 0), values.length - 1)] ?? 0;
}

function median(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const [low, high] = [at(values, Math.floor(middle)), at(values, Math.ceil(middle))];
  return low + (high - low) / 2;
}

function thinned(values: readonly number[]): readonly number[] {
  const { length } = values;
  return length <= MOST_SCORES
    ? values
    : Array.from({ length: MOST_SCORES }, (_, index) => at(values, Math.floor(((index + 0.5) * length) / MOST_SCORES)));
}

/** A step that is small beside `value` and yet not lost in it. */
function step(value: number): number {
  return Math.max(Math.abs(value) * 1e-6, 1e-12);
}

/** Where the confidence is 0.05: the median normal score, or as far below the threshold as the scores are spread. */
function lowOf(values: readonly number[], value: number): number {
  const middle = median(values);
  return value - middle > step(value)
    ? middle
    : value - Math.max(at(values, values.length - 1) - at(values, 0), step(value));
}

function measured(
  normals: readonly number[],
  value: number,
  images: number,
  interval: (above: number) => Threshold['falseRejectInterval'],
): Threshold {
  const above = normals.filter((score) => score > value).length;
  return {
    value,
    images,
    falseRejectRate: above / normals.length,
    falseRejectInterval: interval(above),
    low: lowOf(normals, value),
    normalScores: thinned(normals),
  };
}

/**
 * The threshold of at least one normal score whose expected false reject rate is at most `rate`, or the maximum. The interval
 * holds although threshold and rate come from the same scores: its high end is the quantile of the very distribution of the
 * rate above the k-th largest, and its low end is below.
 */
export function quantileThreshold(scores: readonly number[], rate: number, level: number): Threshold {
  const normals = sorted(scores);
  const rank = thresholdRank(normals.length, rate);
  const value = at(normals, normals.length - rank);
  // Equal scores at the threshold are not above it, and may yet be a hair's breadth from it: the high end counts them.
  const interval = (above: number): Threshold['falseRejectInterval'] => [
    clopperPearson(above, normals.length, level)[0],
    clopperPearson(rank - 1, normals.length, level)[1],
  ];
  return measured(normals, value, normals.length, interval);
}

/** The largest value of a map; one that is not finite where the map holds any. */
export function peakOf(map: Float32Array): number {
  let peak = Number.NEGATIVE_INFINITY;
  for (const value of map) {
    if (!Number.isFinite(value)) {
      return value;
    }
    peak = Math.max(peak, value);
  }
  return peak;
}

/**
 * The threshold of pixels: that of the pictures' largest ones. A share of all pixels would be easier to reach and of no use:
 * at a rate of 0.01 nearly every normal picture has some among its largest hundredth.
 */
export function pixelThreshold(peaks: readonly number[], rate: number, level: number): PixelThreshold {
  const { value, images, falseRejectRate, falseRejectInterval } = quantileThreshold(peaks, rate, level);
  return { value, images, falseRejectRate, falseRejectInterval };
}

/** Between two neighbouring scores, `lower` counting as normal. */
function between(lower: number, upper: number): number {
  const middle = lower + (upper - lower) / 2;
  return middle > lower && middle < upper ? middle : lower;
}

/** As the authors define it, who keep the quotient from 0 / 0; it also tells cuts apart whose F1 is equal otherwise. */
function f1(found: number, wrong: number, positives: number): number {
  const [precision, recall] = [found / (found + wrong), found / positives];
  return (2 * precision * recall) / (precision + recall + 1e-7);
}

/**
 * Where F1 of the anomalous is largest; of several the highest, which rejects least. The very `imageF1Threshold` of the
 * metrics, whose core ranks scores only together with maps and masks, of which a calibration has none.
 */
function bestCut(normals: readonly number[], anomalies: readonly number[]): number {
  const values = sorted([...new Set([...normals, ...anomalies])]);
  let [normal, anomalous] = [normals.length, anomalies.length];
  let [best, cut] = [-1, 0];
  let [beforeNormal, beforeAnomalous] = [0, 0];
  for (const [index, value] of values.entries()) {
    // All from `value` on count as anomalous.
    const here = f1(anomalous, normal, anomalies.length);
    if (here >= best) {
      best = here;
      cut = index === 0 ? nextBelow(value) : between(at(values, index - 1), value);
    }
    while (beforeNormal < normals.length && at(normals, beforeNormal) <= value) {
      beforeNormal++;
      normal--;
    }
    while (beforeAnomalous < anomalies.length && at(anomalies, beforeAnomalous) <= value) {
      beforeAnomalous++;
      anomalous--;
    }
  }
  return cut;
}

/** The threshold with the largest F1 on labelled scores, of which there is at least one of each kind. */
export function f1Threshold(normals: readonly number[], anomalies: readonly number[], level: number): Threshold {
  const clean = sorted(normals);
  const value = bestCut(clean, sorted(anomalies));
  const interval = (above: number): Threshold['falseRejectInterval'] => clopperPearson(above, clean.length, level);
  return measured(clean, value, clean.length + anomalies.length, interval);
}
