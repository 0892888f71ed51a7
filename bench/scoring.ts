/**
 * Scoring on the CPU: ours in each precision beside PyTorch and ONNX Runtime with the same weights, all on all cores, and beside
 * what the machine's cores can do at best, measured in the same run. Prints a table for each encoder and batch size, then JSON.
 *
 *   npm run bench [-- --encoder dinov2reg_vit_small_14,dinov2reg_vit_base_14 --batch 1,4,8 --rounds 5 --precision fp32,int8
 *     --rivals eager-fp32,onnx-int8 --seconds 700 --json results.json]
 *
 * `--rivals ''` runs ours alone. Encoders and batch sizes, but for the first, that have not begun after
 * `--seconds` are left out, and named. Rivals
 * need a python3 with torch, numpy, onnx, onnxruntime and onnxscript; what is missing is named as absent.
 *
 * Ours begins with pictures of 448 x 448, the rivals with their crops of 392 x 392. Operations are those of the network as
 * `countCosts` counts them and of the products between tokens; a multiply-add counts as two.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { EncoderName } from '../lib/index.js';
import { PRECISION_OPTIONS } from '../lib/options/precision.js';
import { describeMachine } from './machine.js';
import { measure, type Row, type Runner } from './measure.js';
import { type Prepared, prepare } from './prepare.js';
import { Side } from './side.js';
import { type Absent, startSides } from './sides.js';
import { table } from './table.js';

const RIVALS = ['eager-fp32', 'compile-fp32', 'onnx-fp32', 'eager-bf16', 'compile-bf16', 'onnx-bf16', 'onnx-int8'];

const list = (text: string): string[] => text.split(',').filter((part) => part !== '');

function readOptions() {
  const { values } = parseArgs({
    options: {
      encoder: { type: 'string', default: 'dinov2reg_vit_small_14,dinov2reg_vit_base_14' },
      batch: { type: 'string', default: '1,4,8' },
      rounds: { type: 'string', default: '5' },
      precision: { type: 'string', default: PRECISION_OPTIONS.join(',') },
      rivals: { type: 'string', default: RIVALS.join(',') },
      seconds: { type: 'string', default: 'Infinity' },
      json: { type: 'string' },
    },
  });
  return {
    encoders: list(values.encoder) as EncoderName[],
    batches: list(values.batch).map(Number),
    rounds: Number(values.rounds),
    precisions: list(values.precision),
    rivals: list(values.rivals),
    seconds: Number(values.seconds),
    json: values.json,
  };
}

interface Result {
  readonly encoder: string;
  readonly size: readonly number[];
  /** Operations of one picture, in 10^9. */
  readonly gflop: number;
  readonly versions: Record<string, string>;
  readonly rows: Row[];
  readonly peaks: Record<string, number[]>;
  readonly absent: Absent[];
  readonly leftOut: string[];
}

const say = (text: string): void => void process.stderr.write(`${text}\n`);

async function measureEncoder(
  prepared: Prepared,
  runners: readonly Runner[],
  absent: Absent[],
  peak: Side,
  { batches, rounds, late }: { batches: readonly number[]; rounds: number; late: () => boolean },
): Promise<Result> {
  const { encoder, size, gflop } = prepared;
  const versions = Object.fromEntries(runners.map(({ side }) => [side.name, String(side.hello.version)]));
  const result: Result = { encoder, size, gflop, versions, rows: [], peaks: {}, absent, leftOut: [] };
  for (const batch of batches) {
    const title = `${encoder}, batch ${batch}`;
    if (late()) {
      result.leftOut.push(title);
      continue;
    }
    say(`${title} ...`);
    const { rows, peaks, failed } = await measure(runners, peak, { batch, rounds, gflop });
    result.rows.push(...rows);
    for (const [name, found] of Object.entries(peaks)) result.peaks[name] = [...(result.peaks[name] ?? []), ...found];
    for (const [side, reason] of Object.entries(failed)) absent.push({ side, reason: `batch ${batch}: ${reason}` });
    console.log(
      `\n${title}, ${size.join(' x ')}, ${gflop.toFixed(1)} GFLOP a picture, ${rounds} rounds\n${table(rows)}`,
    );
  }
  return result;
}

function closing({ peaks, absent, leftOut }: Result): string {
  const rates = Object.entries(peaks).flatMap(([name, found]) =>
    found.length === 0 ? [] : [`${name} ${(Math.max(...found) / 1e9).toFixed(0)}`],
  );
  const lines = [`peak: ${rates.join(', ') || 'not measured'} GFLOP/s`];
  lines.push(
    ...absent.map(({ side, reason }) => `absent: ${side}: ${reason}`),
    ...leftOut.map((what) => `left out: ${what}`),
  );
  return lines.join('\n');
}

async function main(): Promise<void> {
  const options = readOptions();
  const machine = describeMachine();
  const start = performance.now();
  let begun = false;
  const late = (): boolean => {
    const over = begun && (performance.now() - start) / 1000 > options.seconds;
    begun = true;
    return over;
  };
  console.log(`${machine.cpu}, ${machine.cores} cores: ${machine.instructions.join(' ')}`);
  const folder = mkdtempSync(path.join(tmpdir(), 'dinomaly-bench-'));
  const peak = await Side.start('peak', path.join(__dirname, '../build/cmake/dinomaly_bench'), ['peak']);
  const results: Result[] = [];
  try {
    for (const encoder of options.encoders) {
      const prepared = await prepare(folder, encoder, Math.max(...options.batches));
      const { runners, absent } = await startSides(prepared, options.precisions, options.rivals, say);
      if (peak.absent !== undefined) absent.push({ side: 'peak', reason: peak.absent });
      try {
        const result = await measureEncoder(prepared, runners, absent, peak, { ...options, late });
        console.log(closing(result));
        results.push(result);
      } finally {
        for (const { side } of runners) side.stop();
      }
    }
  } finally {
    peak.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  const json = JSON.stringify({ date: new Date().toISOString(), machine, rounds: options.rounds, results }, null, 1);
  if (options.json === undefined) console.log(`\n${json}`);
  else writeFileSync(options.json, `${json}\n`);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
