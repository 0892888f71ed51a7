/** Thresholds of a report, what they decide, and the curves of pictures from their scores. */
import test from 'ava';
import type { PictureResult } from '../../lib/evaluation/types.js';
import { decideClasses, f1OptimalThreshold, isAbove, sumConfusions } from '../../lib/report/decisions.js';
import { cutAt } from '../../lib/report/html/charts.js';
import { imageCurves, thin } from '../../lib/report/html/curves.js';
import { bentCurve, madeEvaluation, seeded } from '../helpers/evaluation.js';

function picturesOf(scores: readonly (readonly [score: number, label: 0 | 1])[]): PictureResult[] {
  return scores.map(([score, label], at) => {
    const defect = label === 1 ? 'hole' : 'good';
    return { path: `${at}.png`, className: 'a', label, defect, score, decision: null };
  });
}

function f1Of(pictures: readonly PictureResult[], threshold: number): number {
  const found = pictures.filter(({ score, label }) => label === 1 && score > threshold).length;
  const wrong = pictures.filter(({ score, label }) => (label === 1) !== score > threshold).length;
  return (2 * found) / (2 * found + wrong);
}

test('the F1-optimal threshold is as good as the best of all cuts, with ties too', (t) => {
  const next = seeded(5);
  for (let round = 0; round < 50; round++) {
    const made = Array.from({ length: 12 }, (_, at): [number, 0 | 1] => {
      const label = at < 2 ? (at as 0 | 1) : next() < 0.5 ? 0 : 1;
      return [Math.round(next() * 6) / 10 + 0.1 * label, label];
    });
    const pictures = picturesOf(made);
    const threshold = f1OptimalThreshold(pictures) ?? Number.NaN;
    const cuts = [-1, ...made.map(([score]) => score)].map((cut) => f1Of(pictures, cut));
    t.is(f1Of(pictures, threshold), Math.max(...cuts));
  }
});

test('the F1-optimal threshold lies between the scores that it divides', (t) => {
  t.is(
    f1OptimalThreshold(
      picturesOf([
        [0.25, 0],
        [0.75, 1],
      ]),
    ),
    0.5,
  );
  const below =
    f1OptimalThreshold(
      picturesOf([
        [0.5, 1],
        [0.5, 0],
      ]),
    ) ?? Number.NaN;
  t.true(below < 0.5);
  const next = 0.5 + Number.EPSILON / 2;
  const tight =
    f1OptimalThreshold(
      picturesOf([
        [0.5, 0],
        [next, 1],
      ]),
    ) ?? Number.NaN;
  t.true(isAbove(next, tight) && !isAbove(0.5, tight));
});

test('pictures of one kind have no F1-optimal threshold and no curves', (t) => {
  for (const label of [0, 1] as const) {
    const pictures = picturesOf([
      [0.1, label],
      [0.2, label],
    ]);
    t.is(f1OptimalThreshold(pictures), null);
    t.deepEqual(imageCurves(pictures), { imageRoc: null, imagePr: null });
  }
  t.is(f1OptimalThreshold([]), null);
});

test('a score that is no number is on the anomalous side and moves no threshold', (t) => {
  t.true(isAbove(Number.NaN, 0.5));
  t.is(
    f1OptimalThreshold(
      picturesOf([
        [0.25, 0],
        [0.75, 1],
        [Number.NaN, 0],
      ]),
    ),
    0.5,
  );
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

test('the area under the ROC curve of pictures is their AUROC, ties counted half', (t) => {
  const next = seeded(8);
  const pictures = picturesOf(
    Array.from({ length: 60 }, (_, at): [number, 0 | 1] => [
      Math.round(next() * 10) / 10 + 0.2 * (at % 2),
      at % 2 === 1 ? 1 : 0,
    ]),
  );
  const { imageRoc } = imageCurves(pictures);
  const { x = [], y = [] } = imageRoc ?? {};
  let area = 0;
  for (let at = 1; at < x.length; at++) {
    area += (((x[at] ?? 0) - (x[at - 1] ?? 0)) * ((y[at] ?? 0) + (y[at - 1] ?? 0))) / 2;
  }
  const [normal, anomalous] = [0, 1].map((label) => pictures.filter((one) => one.label === label));
  let won = 0;
  for (const high of anomalous ?? []) {
    for (const low of normal ?? []) {
      won += high.score > low.score ? 1 : high.score === low.score ? 0.5 : 0;
    }
  }
  t.true(Math.abs(area - won / 900) < 1e-12, `${area} ${won / 900}`);
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
