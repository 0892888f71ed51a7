/** Exact intervals of a counted share, and the distributions behind them. Tables were computed with SciPy 1.17. */
import test from 'ava';
import { betaCdf, betaQuantile } from '../../lib/thresholds/beta.js';
import { clopperPearson } from '../../lib/thresholds/interval.js';

const close = (a: number, b: number, within = 1e-9): boolean => Math.abs(a - b) <= within;

const INTERVALS: readonly (readonly [count: number, total: number, level: number, low: number, high: number])[] = [
  [0, 1, 0.95, 0.0, 0.975],
  [0, 10, 0.95, 0.0, 0.30849710781876294],
  [1, 10, 0.95, 0.0025285785444625728, 0.44501611702819543],
  [5, 10, 0.9, 0.22244110100812892, 0.777558898991871],
  [10, 10, 0.99, 0.5887040186524746, 1.0],
  [0, 99, 0.95, 0.0, 0.036575744983513646],
  [1, 100, 0.95, 0.00025314603268189283, 0.054459385392080666],
  [3, 299, 0.95, 0.00207393636328906, 0.029040380893126758],
  [10, 1000, 0.99, 0.003726782924252683, 0.02127605875361651],
  [37, 4000, 0.95, 0.006520979136570809, 0.01272757154659213],
  [1000, 100_000, 0.95, 0.00939255608906815, 0.010636111529339097],
  [1, 1_000_000, 0.999, 5.001412885135032e-10, 9.998632470316828e-6],
];

test('intervals of a share are those of Clopper and Pearson, to 1e-9', (t) => {
  for (const [count, total, level, low, high] of INTERVALS) {
    const interval = clopperPearson(count, total, level);
    t.true(
      close(interval[0], low) && close(interval[1], high),
      `${count} of ${total}: ${interval} for ${low}, ${high}`,
    );
  }
});

test('an interval holds its share whatever the count, and narrows with more pictures', (t) => {
  for (const total of [1, 7, 100]) {
    for (let count = 0; count <= total; count++) {
      const [low, high] = clopperPearson(count, total, 0.95);
      t.true(low <= count / total && count / total <= high && low >= 0 && high <= 1, `${count} of ${total}`);
    }
  }
  const widths = [10, 100, 1000, 10_000].map((total) => clopperPearson(0, total, 0.95)[1]);
  t.deepEqual(
    [...widths].sort((a, b) => b - a),
    widths,
  );
});

test('the incomplete beta function is right at its ends, for small and for large parameters', (t) => {
  for (const [x, a, b, expected] of [
    [0.3, 2, 3, 0.34829999999999994],
    [0.01, 0.5, 0.5, 0.06376856085851985],
    [0.999, 5, 0.1, 0.38710164062500535],
    [0.5, 1e4, 1e4, 0.5],
    [0.2, 0.001, 3, 0.9995103749029407],
    [0.7, 123.4, 56.7, 0.6597230838482813],
    [0, 2, 3, 0],
    [1, 2, 3, 1],
  ] as const) {
    t.true(close(betaCdf(x, a, b), expected, 1e-12), `${x} ${a} ${b}: ${betaCdf(x, a, b)}`);
  }
});

test('a quantile of the beta distribution leads back to its probability', (t) => {
  for (const [a, b] of [
    [1, 1],
    [0.5, 200],
    [3, 0.7],
    [1, 1e6],
    [2000, 31],
  ] as const) {
    for (const p of [1e-9, 0.025, 0.5, 0.975]) {
      t.true(close(betaCdf(betaQuantile(p, a, b), a, b), p, 1e-9), `${a} ${b} ${p}`);
    }
  }
});
