/**
 * Steps a second of training on the CPU, on random weights: ViT-S at 392, batch 4, the encoder in each step. Against the same
 * network in eager PyTorch (eager.py) where a python3 with torch is found; the two take turns, so that the ratio holds on a
 * machine whose speed drifts. Prints JSON.
 *
 *   npm run bench:training [-- --rounds 5 --encoder dinov2reg_vit_small_14]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Dataset, EncoderName } from '../lib/index.js';
import { Trainer } from '../lib/index.js';
import { figure, quantile } from './figures.js';
import { describeMachine } from './machine.js';
import { drawnSet } from './pictures.js';
import { Side } from './side.js';

const BATCH = 4;
const STEPS = 3;

function startRival(trainer: Trainer): Promise<Side> {
  const { encoder, targetLayers } = trainer.config;
  const sizes = [encoder.dim, encoder.heads, encoder.depth, encoder.patch, encoder.registers];
  const args = [...sizes, trainer.geometry.crop[0], targetLayers.at(-1) ?? 0].map(String);
  return Side.start('eager', 'python3', [path.join(__dirname, 'eager.py'), 'cpu', ...args]);
}

/** Seconds of one step; the encoder runs in each, as in the rival, because no picture is seen twice. */
async function secondsOfStep(trainer: Trainer, dataset: Dataset): Promise<number> {
  const times: number[] = [];
  let last = performance.now();
  const onProgress = (): void => {
    times.push((performance.now() - last) / 1000);
    last = performance.now();
  };
  await trainer.train(dataset, { iterations: STEPS, batchSize: BATCH, onProgress });
  // The first step waits for the first pictures to be decoded.
  return quantile(times.slice(1), 0.5);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '5' },
      encoder: { type: 'string', default: 'dinov2reg_vit_small_14' },
    },
  });
  const folder = mkdtempSync(path.join(tmpdir(), 'dinomaly-bench-'));
  await using trainer = await Trainer.create({ encoder: values.encoder as EncoderName, weights: null });
  const rival = await startRival(trainer);
  const ours: number[] = [];
  const theirs: number[] = [];
  try {
    const dataset = await drawnSet(folder, BATCH * STEPS);
    for (let round = 0; round <= Number(values.rounds); ++round) {
      const mine = await secondsOfStep(trainer, dataset);
      const other = rival.absent === undefined ? Number((await rival.ask(`train ${BATCH}`)).seconds) : Number.NaN;
      if (round === 0) continue; // a warm-up
      ours.push(mine);
      theirs.push(other);
    }
  } finally {
    rival.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  const rate = (seconds: readonly number[]): object => figure(seconds.map((time) => 1 / time));
  const compared = {
    what: `eager ${String(rival.hello.version)}, fp32`,
    stepsPerSecond: rate(theirs),
    timesFaster: figure(ours.map((time, round) => (theirs[round] ?? Number.NaN) / time)),
  };
  const head = { encoder: values.encoder, size: trainer.geometry.crop, batch: BATCH, machine: describeMachine() };
  const rivals = rival.absent === undefined ? { rival: compared } : { absent: rival.absent };
  console.log(JSON.stringify({ ...head, rounds: ours.length, stepsPerSecond: rate(ours), ...rivals }, null, 2));
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
