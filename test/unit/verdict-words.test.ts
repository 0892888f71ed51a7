/** When a verdict in words is not sure. */
import test from 'ava';
import { quantileThreshold } from '../../lib/thresholds/choose.js';
import type { Thresholds } from '../../lib/thresholds/types.js';
import { isUnsure, unsureMargin } from '../../lib/thresholds/unsure.js';
import { judge } from '../../lib/verdict.js';
import { uniform } from '../helpers/random.js';

function scores(count: number): number[] {
  const next = uniform(5);
  return Array.from({ length: count }, () => next());
}

test('a verdict is not sure as far around the threshold as the interval of its false rejects reaches', (t) => {
  const few = quantileThreshold(scores(40), 0.05, 0.95);
  const above = Math.floor(few.falseRejectInterval[1] * 40);
  const reached = [...few.normalScores].sort((a, b) => b - a)[above] ?? Number.NaN;
  t.is(unsureMargin(few), few.value - reached);
  t.true(unsureMargin(few) > 0);
  for (const side of [-1, 1]) {
    t.true(isUnsure(few, few.value + side * 0.9 * unsureMargin(few)));
    t.false(isUnsure(few, few.value + side * 1.1 * unsureMargin(few)));
  }
});

test('more pictures leave fewer verdicts unsure, and equal scores none', (t) => {
  const margins = [20, 100, 1000].map((count) => unsureMargin(quantileThreshold(scores(count), 0.05, 0.95)));
  t.true((margins[0] ?? 0) > (margins[1] ?? 0) && (margins[1] ?? 0) > (margins[2] ?? 0), String(margins));
  const flat = quantileThreshold(Array(30).fill(0.5), 0.05, 0.95);
  t.is(unsureMargin(flat), 0);
  t.false(isUnsure(flat, 0.5));
});

test('a result says GOOD, NOT SURE or BAD by its threshold, and takes a given one as it is', (t) => {
  const threshold = quantileThreshold(scores(40), 0.05, 0.95);
  const thresholds: Thresholds = {
    method: 'false-reject-rate',
    falseRejectRate: 0.05,
    confidenceLevel: 0.95,
    image: threshold,
    classes: {},
    pixel: threshold,
    pixelClasses: {},
    scoring: { map: [2, 2], scoreRatio: 0, precision: 'fp32' },
    notes: [],
  };
  const model = { thresholds, descriptions: null };
  const timing = { decodeMs: 0, queuedMs: 0, computeMs: 0, batch: 1 };
  const word = (score: number, given?: number): unknown => {
    const map = new Float32Array(4).fill(score);
    const inspected = { left: 0, top: 0, width: 2, height: 2 };
    const scored = {
      score,
      map,
      height: 2,
      width: 2,
      inspected,
      timing,
      floor: score,
      peak: score,
      features: new Float32Array(),
    };
    return judge(model, scored, 'p.png', given === undefined ? {} : { threshold: given }).verdict;
  };
  const margin = unsureMargin(threshold);
  t.is(word(threshold.value - 2 * margin), 'GOOD');
  t.is(word(threshold.value), 'NOT SURE');
  t.is(word(threshold.value + margin / 2), 'NOT SURE');
  t.is(word(threshold.value + 2 * margin), 'BAD');
  t.is(word(threshold.value, threshold.value), 'GOOD');
});
