import test from 'ava';
import { figure, quantile } from '../../bench/figures.js';
import { measure, type Runner } from '../../bench/measure.js';
import { Side } from '../../bench/side.js';
import { table } from '../../bench/table.js';

/** A side that answers its lines one after the other, whatever it is asked, and then ends. */
function side(name: string, ...lines: readonly unknown[]): Promise<Side> {
  const program = `
    const lines = ${JSON.stringify(lines)};
    const next = () => (lines.length === 0 ? process.exit(1) : console.log(JSON.stringify(lines.shift())));
    next();
    require('node:readline').createInterface({ input: process.stdin }).on('line', next);`;
  return Side.start(name, process.execPath, ['-e', program]);
}

function runner(of: Side, ours: boolean): Runner {
  return { side: of, ours, precision: 'fp32', mapError: 0 };
}

const HELLO = { version: 'made up' };

test('rates, shares of the peak and ratios are those of each round, and the warm-up is none', async (t) => {
  const ours = await side('ours-fp32', HELLO, { seconds: 99 }, { seconds: 1 }, { seconds: 2 }, { seconds: 4 });
  const rival = await side('eager-fp32', HELLO, 99, 2, 8, 2);
  const rate = (loop: number, product: number): object => ({ loop: loop * 1e9, product: product * 1e9 });
  const peak = await side('peak', HELLO, rate(400, 10), rate(10, 200), rate(100, 0));
  const { rows, peaks, failed } = await measure([runner(ours, true), runner(rival, false)], peak, {
    batch: 2,
    rounds: 3,
    gflop: 100,
  });
  t.deepEqual(failed, {});
  t.deepEqual(peaks, { fp32: [400e9, 200e9, 100e9] });
  const [mine, other] = rows;
  t.deepEqual(mine?.imagesPerSecond, { median: 1, min: 0.5, max: 2 });
  t.deepEqual(mine?.shareOfPeak, { median: 0.5, min: 0.5, max: 0.5 });
  t.deepEqual(other?.timesFaster['ours-fp32'], { median: 2, min: 0.5, max: 4 });
  t.is(mine?.latency, null);
  t.regex(table(rows), /eager-fp32 .* 2\.00 \(0\.50 - 4\.00\)$/m);
  for (const one of [ours, rival, peak]) one.stop();
});

test('a batch of one is timed picture by picture, and tells the quantiles of all of them', async (t) => {
  const seconds = [9, 9, 9, 9, 1, 2, 3, 6];
  const ours = await side('ours-fp32', HELLO, ...seconds);
  const none = await Side.start('peak', '/nowhere/dinomaly_bench', []);
  t.regex(String(none.absent), /ENOENT/);
  const { rows } = await measure([runner(ours, true)], none, { batch: 1, rounds: 1, gflop: 1 });
  t.like(rows[0], { imagesPerSecond: figure([1 / 3]), shareOfPeak: null, latency: { p50: 2500, count: 4 } });
  ours.stop();
});

test('a side that ends or fails between is named with the reason, and the others go on', async (t) => {
  const ours = await side('ours-fp32', HELLO, 9, 1, 1);
  const gone = await side('onnx-fp32', HELLO, 9, 2);
  const failing = await side('compile-fp32', HELLO, { failed: 'no compiler' });
  const none = await Side.start('peak', process.execPath, ['-e', 'console.error("no peak here")']);
  t.is(none.absent, 'no peak here');
  const runners = [runner(ours, true), runner(gone, false), runner(failing, false)];
  const { rows, failed } = await measure(runners, none, { batch: 4, rounds: 2, gflop: 1 });
  t.deepEqual(failed, { 'onnx-fp32': 'it ended without a word', 'compile-fp32': 'no compiler' });
  t.deepEqual(
    rows.map((row) => row.side),
    ['ours-fp32'],
  );
  for (const one of [ours, gone, failing]) one.stop();
});

test('a quantile lies between the two values next to its place', (t) => {
  t.is(quantile([4, 1, 3, 2], 0.5), 2.5);
  t.is(quantile([1, 2], 0.99), 1.99);
  t.true(Number.isNaN(quantile([], 0.5)));
});
