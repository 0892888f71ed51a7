/** Thresholds of a report, what they decide, and curves as they are drawn. */
import test from 'ava';
import { decideClasses, isAbove, sumConfusions } from '../../lib/report/decisions.js';
import { cutAt } from '../../lib/report/html/charts.js';
import { thin } from '../../lib/report/html/curves.js';
import { bentCurve, madeEvaluation } from '../helpers/evaluation.js';

test('without thresholds of the model the F1-optimal one of each class decides, where it has both kinds', (t) => {
  const evaluation = madeEvaluation([
    { name: 'both', normal: 3, anomalous: 2 },
    { name: 'normal', normal: 3, anomalous: 0 },
    { name: 'anomalous', normal: 0, anomalous: 3 },
  ]);
  const [both, ...others] = decideClasses(evaluation);
  t.is(both?.threshold, evaluation.classes[0]?.imageF1Threshold ?? Number.NaN);
  t.is(both?.source, 'f1-optimal');
  t.not(evaluation.classes[2]?.imageF1Threshold, null, 'below all of them: it divides nothing');
  for (const one of others) {
    t.like(one, { source: null, threshold: null, confusion: null });
  }
});

test('a score that is no number is on the anomalous side', (t) => {
  t.true(isAbove(Number.NaN, 0.5));
  t.false(isAbove(0.5, 0.5));
});

test("the model's own decisions stand where it made them, and their sum is over all classes", (t) => {
  const made = madeEvaluation([
    { name: 'a', normal: 2, anomalous: 1 },
    { name: 'b', normal: 2, anomalous: 0 },
  ]);
  const decision = { threshold: 0, isAnomalous: true, confidence: 0.9 };
  const pictures = made.pictures.map((one) => (one.className === 'a' ? { ...one, decision } : one));
  const [a, b] = decideClasses({ ...made, pictures });
  t.like(a, { source: 'model', threshold: 0 });
  t.deepEqual(a?.confusion, { truePositives: 1, falseNegatives: 0, falsePositives: 2, trueNegatives: 0 });
  t.like(b, { source: null, threshold: null, confusion: null });
  t.deepEqual(sumConfusions(decideClasses({ ...made, pictures })), a?.confusion ?? null);
  t.is(sumConfusions(b === undefined ? [] : [b]), null);
});

test('a curve of 100,000 points is drawn by about a thousand and keeps its ends', (t) => {
  const kept = thin(bentCurve(100_000));
  t.true(kept.x.length < 1100 && kept.x.length > 200, String(kept.x.length));
  t.deepEqual([kept.x[0], kept.x.at(-1)], [0, 1]);
});

test('a curve is cut where the axis ends, on the line between its points', (t) => {
  const { x, y } = cutAt({ x: [0, 0.2, 0.4, 1], y: [0, 0.5, 0.9, 1], threshold: [4, 3, 2, 1] }, 0.3);
  t.deepEqual(x, [0, 0.2, 0.3]);
  t.true(Math.abs((y[2] ?? 0) - 0.7) < 1e-12);
  const whole = { x: [0, 0.1], y: [0, 1], threshold: [1, 0] };
  t.deepEqual(cutAt(whole, 0.3), whole);
});
