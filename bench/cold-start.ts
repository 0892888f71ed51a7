/**
 * How long a process needs from its start to its first score, and how much memory at most, on a random model: for each precision,
 * the file in the page cache. Prints JSON.
 *
 *   npm run bench:cold-start [-- --encoder dinov2reg_vit_base_14 --precision fp32,bf16,int8 --rounds 5]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { countCosts, type EncoderName } from '../lib/index.js';
import { PRECISIONS } from '../lib/options/precision.js';
import { figure } from './figures.js';
import { describeMachine } from './machine.js';
import { type Prepared, prepare } from './prepare.js';
import { startOurs } from './sides.js';

interface Start {
  /** From the start of the process. */
  readonly firstScoreMs: number;
  readonly importMs: number;
  readonly loadMs: number;
  readonly scoreMs: number;
  readonly mostResident: number;
  readonly resident: number;
}

async function start(precision: string, prepared: Prepared): Promise<Start> {
  const started = performance.now();
  const side = await startOurs(precision, prepared);
  try {
    if (side.absent !== undefined) throw new Error(`${side.name}: ${side.absent}`);
    const { seconds } = await side.ask('score 1');
    const firstScoreMs = performance.now() - started;
    const { importMs, loadMs } = side.hello;
    const { resident, mostResident } = side.memory();
    const scoreMs = 1000 * Number(seconds);
    return { firstScoreMs, importMs: Number(importMs), loadMs: Number(loadMs), scoreMs, mostResident, resident };
  } finally {
    side.stop();
  }
}

/** Bytes of all weights of the model in a precision: what the memory of the process is compared with. */
async function weightBytes({ encoder }: Prepared, precision: string): Promise<number> {
  const { parameters } = await countCosts({ encoder });
  return parameters * (precision === 'fp32' ? 4 : precision === 'int8' ? 1 : 2);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      encoder: { type: 'string', default: 'dinov2reg_vit_base_14' },
      precision: { type: 'string', default: PRECISIONS.join(',') },
      rounds: { type: 'string', default: '5' },
    },
  });
  const folder = mkdtempSync(path.join(tmpdir(), 'dinomaly-bench-'));
  try {
    const prepared = await prepare(folder, values.encoder as EncoderName, 1);
    const precisions = values.precision.split(',');
    const starts = new Map<string, Start[]>(precisions.map((precision) => [precision, []]));
    for (let round = 0; round < Number(values.rounds); ++round) {
      for (const precision of precisions) starts.get(precision)?.push(await start(precision, prepared));
    }
    const rows: object[] = [];
    for (const [precision, found] of starts) {
      const bytes = await weightBytes(prepared, precision);
      const of = (pick: (start: Start) => number): object => figure(found.map(pick));
      rows.push({
        precision,
        firstScoreMs: of(({ firstScoreMs }) => firstScoreMs),
        importMs: of(({ importMs }) => importMs),
        loadMs: of(({ loadMs }) => loadMs),
        scoreMs: of(({ scoreMs }) => scoreMs),
        weightMiB: Math.round(bytes / 2 ** 20),
        mostResidentOverWeights: of(({ mostResident }) => mostResident / bytes),
        residentOverWeights: of(({ resident }) => resident / bytes),
      });
    }
    console.log(JSON.stringify({ encoder: prepared.encoder, machine: describeMachine(), rows }, null, 1));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
