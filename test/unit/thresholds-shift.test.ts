/** The alarm for scores that have shifted: the test behind it, how often it is false, and what it finds. */
import test from 'ava';
import { quantileThreshold } from '../../lib/thresholds/choose.js';
import { deviationProbability, largestDeviation } from '../../lib/thresholds/kolmogorov.js';
import { ShiftMonitor } from '../../lib/thresholds/shift.js';
import type { Thresholds } from '../../lib/thresholds/types.js';
import { normal } from '../helpers/random.js';

const range = (length: number, of: (index: number) => number): number[] => Array.from({ length }, (_, i) => of(i));

function thresholdsOf(scores: readonly number[], classes: Record<string, readonly number[]> = {}): Thresholds {
  const of = (list: readonly number[]) => quantileThreshold(list, 0.01, 0.95);
  return {
    method: 'false-reject-rate',
    falseRejectRate: 0.01,
    confidenceLevel: 0.95,
    image: of(scores),
    classes: Object.fromEntries(Object.entries(classes).map(([name, list]) => [name, of(list)])),
    pixel: { value: 1, images: 1, falseRejectRate: 0, falseRejectInterval: [0, 1] },
    pixelClasses: {},
    scoring: { map: [256, 256], scoreRatio: 0.01, precision: 'fp32' },
    notes: [],
  };
}

// Statistics and exact p-values were computed with SciPy's ks_2samp.
const CASES: readonly (readonly [a: number[], b: number[], statistic: number, pValue: number])[] = [
  [[1, 2, 3, 4, 5], [2.5, 6, 7], 2 / 3, 0.2857142857142857],
  [range(20, (i) => i), range(12, (i) => i + 7.5), 0.4, 0.1451037242810711],
  [range(100, (i) => i), range(50, (i) => 0.5 * i + 30.25), 0.45, 1.646707481562346e-6],
  [[1, 1, 2, 2, 3], [1, 2, 2, 2, 3, 3], 0.23333333333333334, 0.9913419913419914],
  [[0, 1, 2, 3], [10, 11, 12, 13, 14], 1, 0.015873015873015872],
];

test('statistic and exact p-value are those of the two-sample test, with ties and without', (t) => {
  for (const [a, b, statistic, pValue] of CASES) {
    for (const [x, y] of [
      [a, b],
      [b, a],
    ] as const) {
      const deviation = largestDeviation(x, y);
      t.true(Math.abs(deviation / (a.length * b.length) - statistic) < 1e-12);
      const p = deviationProbability(deviation, x.length, y.length);
      t.true(Math.abs(p / pValue - 1) < 1e-9, `${p} for ${pValue}`);
    }
  }
});

test('the smallest p-values keep their digits', (t) => {
  // All of one sample above all of the other: two of the (60 choose 30) orders.
  const orders = range(30, (i) => (60 - i) / (30 - i)).reduce((product, factor) => product * factor, 1);
  t.true(Math.abs((deviationProbability(900, 30, 30) * orders) / 2 - 1) < 1e-9);
});

test('a full window of unshifted scores alarms no more often than alpha', (t) => {
  const next = normal(11);
  const windows = 3000;
  let alarms = 0;
  for (let run = 0; run < windows; run++) {
    const monitor = new ShiftMonitor(thresholdsOf(range(60, next)), { window: 20, alpha: 0.05 });
    let alarm = false;
    for (let i = 0; i < 20; i++) {
      alarm = monitor.add(next()).alarm;
    }
    alarms += alarm ? 1 : 0;
  }
  // Three standard errors above alpha; the test is discrete, and so below it as a rule.
  t.true(alarms / windows <= 0.05 + 3 * Math.sqrt((0.05 * 0.95) / windows), String(alarms / windows));
  t.true(alarms / windows >= 0.02, String(alarms / windows));
});

test('scores that are higher, lower or wider raise the alarm within two windows', (t) => {
  const changes: readonly (readonly [string, (score: number) => number])[] = [
    ['higher', (score) => score + 1.2],
    ['lower', (score) => score - 1.2],
    ['wider', (score) => 6 * score],
  ];
  for (const [title, change] of changes) {
    const next = normal(23);
    const monitor = new ShiftMonitor(thresholdsOf(range(300, next)));
    const before = range(100, next).map((score) => monitor.add(score).alarm);
    t.false(before.includes(true), title);
    const after = range(100, next).map((score) => monitor.add(change(score)).alarm);
    t.true(after.includes(true), title);
  }
});

test('a few true anomalies raise no alarm: they move the statistic by no more than their share', (t) => {
  const next = normal(29);
  const [clean, mixed] = [0, 1].map(() => new ShiftMonitor(thresholdsOf(range(300, normal(4))))) as [
    ShiftMonitor,
    ShiftMonitor,
  ];
  for (let i = 0; i < 200; i++) {
    const score = next();
    const a = clean.add(score);
    const b = mixed.add(i % 20 === 7 ? 50 : score);
    if (i >= 50) {
      t.true(Math.abs(a.statistic - b.statistic) <= 3 / 50 + 1e-12);
      t.false(b.alarm);
    }
  }
});

test('no alarm before the window is full, and none after a reset', (t) => {
  const monitor = new ShiftMonitor(thresholdsOf(range(200, normal(2))), { window: 10 });
  const states = range(12, () => 9).map((score) => monitor.add(score));
  t.deepEqual(
    states.map(({ alarm }) => alarm),
    range(12, (i) => i).map((i) => i >= 9),
  );
  t.deepEqual([states[0]?.count, states[11]?.count], [1, 12]);
  t.is(states[11]?.statistic, 1);
  monitor.reset();
  const again = monitor.add(9);
  t.deepEqual([again.count, again.alarm], [1, false]);
});

test('a class is compared with its own scores, and one without is refused by name', (t) => {
  const thresholds = thresholdsOf(
    range(100, (i) => i),
    { nut: range(100, (i) => 1000 + i) },
  );
  const all = new ShiftMonitor(thresholds, { window: 10 });
  const nut = new ShiftMonitor(thresholds, { window: 10, className: 'nut' });
  const scores = range(10, (i) => 1005 + 10 * i);
  t.true(scores.map((score) => all.add(score).alarm).includes(true));
  t.false(scores.map((score) => nut.add(score).alarm).includes(true));
  t.throws(() => new ShiftMonitor(thresholds, { className: 'bolt' }), { instanceOf: RangeError, message: /'nut'/ });
});

test('options out of range, and too few calibrated pictures for alpha, are refused', (t) => {
  const thresholds = thresholdsOf([0.1, 0.2]);
  t.throws(() => new ShiftMonitor(thresholds), { instanceOf: RangeError, message: /0\.0015.*2 calibrated/ });
  t.notThrows(() => new ShiftMonitor(thresholds, { alpha: 0.01 }));
  for (const options of [{ window: 4 }, { window: 1001 }, { alpha: 0 }, { alpha: 0.6 }]) {
    t.throws(() => new ShiftMonitor(thresholds, options), { instanceOf: RangeError });
  }
  for (const options of [{ window: '50' }, { alpha: null }, { windows: 3 }, 5]) {
    t.throws(() => new ShiftMonitor(thresholds, options as never), { instanceOf: TypeError });
  }
  t.throws(() => new ShiftMonitor(null as never), { instanceOf: TypeError, message: /thresholds/ });
  const monitor = new ShiftMonitor(thresholdsOf(range(200, normal(2))));
  t.throws(() => monitor.add(Number.NaN), { instanceOf: RangeError, message: /score/ });
  t.throws(() => monitor.add('1' as never), { instanceOf: TypeError });
  t.is(monitor.add(0).count, 1);
});
