/**
 * Images a second of scoring and steps a second of training, on random weights: ViT-S at 392, batch 4, CPU. Against the
 * same network in eager PyTorch (eager.py) where a python3 with torch is found; the two take turns, so that the ratio
 * holds on a machine whose speed drifts. Prints JSON.
 *
 *   npm run bench [-- --rounds 5 --precision fp32 --encoder dinov2reg_vit_small_14]
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import type { Dataset, EncoderName, Model, Precision, RawImage } from '../lib/index.js';
import { Trainer } from '../lib/index.js';
import { drawnPicture, drawnSet } from './pictures.js';

const BATCH = 4;
const STEPS = 3;

interface Rival {
  readonly version: string;
  /** Seconds of one batch. */
  time(what: 'score' | 'train'): Promise<number>;
  stop(): void;
}

interface Figure {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

function summary(values: readonly number[]): Figure {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number): number => Number((sorted[index] ?? Number.NaN).toPrecision(4));
  return { median: at(Math.floor(sorted.length / 2)), min: at(0), max: at(sorted.length - 1) };
}

/** `count` things per batch, as a rate. */
function rate(seconds: readonly number[], count: number): Figure {
  return summary(seconds.map((time) => count / time));
}

/** The eager rival, or undefined without a python3 that has torch. */
async function startRival(trainer: Trainer): Promise<Rival | undefined> {
  if (spawnSync('python3', ['-c', 'import torch']).status !== 0) {
    return undefined;
  }
  const { encoder, targetLayers } = trainer.config;
  const sizes = [encoder.dim, encoder.heads, encoder.depth, encoder.patch, encoder.registers];
  const args = ['cpu', ...sizes, trainer.geometry.crop[0], targetLayers.at(-1) ?? 0].map(String);
  const child: ChildProcess = spawn('python3', [path.join(__dirname, 'eager.py'), ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => String((await lines.next()).value);
  const version = await next();
  return {
    version,
    async time(what) {
      child.stdin?.write(`${what} ${BATCH} fp32\n`);
      return Number(await next());
    },
    stop: () => void child.kill(),
  };
}

async function secondsToScore(model: Model, images: readonly RawImage[]): Promise<number> {
  const start = performance.now();
  await Promise.all(images.map((image) => model.score(image)));
  return (performance.now() - start) / 1000;
}

/** Seconds of one training step; the encoder runs in each, as in the rival, because no picture is seen twice. */
async function secondsToTrain(trainer: Trainer, dataset: Dataset): Promise<number> {
  const times: number[] = [];
  let last = performance.now();
  const onProgress = (): void => {
    times.push((performance.now() - last) / 1000);
    last = performance.now();
  };
  await trainer.train(dataset, { iterations: STEPS, batchSize: BATCH, onProgress });
  // The first step waits for the first pictures to be decoded.
  return summary(times.slice(1)).median;
}

interface Times {
  readonly score: number[];
  readonly train: number[];
}

interface Measured {
  readonly ours: Times;
  readonly theirs: Times;
}

/** `rounds` rounds after a warm-up, the two taking turns within each. */
async function measure(
  trainer: Trainer,
  model: Model,
  rival: Rival | undefined,
  rounds: number,
  folder: string,
): Promise<Measured> {
  const dataset = await drawnSet(folder, BATCH * STEPS);
  const images = Array.from({ length: BATCH }, (_, index) => drawnPicture(index));
  const ours: Times = { score: [], train: [] };
  const theirs: Times = { score: [], train: [] };
  for (let round = 0; round <= rounds; ++round) {
    ours.score.push(await secondsToScore(model, images));
    if (rival) theirs.score.push(await rival.time('score'));
    ours.train.push(await secondsToTrain(trainer, dataset));
    if (rival) theirs.train.push(await rival.time('train'));
  }
  for (const list of [ours.score, ours.train, theirs.score, theirs.train]) list.shift();
  return { ours, theirs };
}

function rivalReport(rival: Rival, { ours, theirs }: Measured): object {
  const ratio = (mine: readonly number[], other: readonly number[]): Figure =>
    summary(mine.map((time, index) => (other[index] ?? Number.NaN) / time));
  return {
    what: `eager ${rival.version}, fp32`,
    scoreImagesPerSecond: rate(theirs.score, BATCH),
    trainStepsPerSecond: rate(theirs.train, 1),
    scoreTimesFaster: ratio(ours.score, theirs.score),
    trainTimesFaster: ratio(ours.train, theirs.train),
  };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '5' },
      encoder: { type: 'string', default: 'dinov2reg_vit_small_14' },
      precision: { type: 'string', default: 'fp32' },
    },
  });
  const precision = values.precision as Precision;
  const folder = mkdtempSync(path.join(tmpdir(), 'dinomaly-bench-'));
  await using trainer = await Trainer.create({ encoder: values.encoder as EncoderName, weights: null });
  await using model = await trainer.model({ precision });
  const rival = await startRival(trainer);
  try {
    const measured = await measure(trainer, model, rival, Number(values.rounds), folder);
    const report = {
      encoder: values.encoder,
      size: trainer.geometry.crop,
      batch: BATCH,
      precision,
      cpu: cpus()[0]?.model,
      cores: cpus().length,
      node: process.version,
      rounds: measured.ours.score.length,
      scoreImagesPerSecond: rate(measured.ours.score, BATCH),
      trainStepsPerSecond: rate(measured.ours.train, 1),
      ...(rival && { rival: rivalReport(rival, measured) }),
    };
    console.log(JSON.stringify(report, null, 2));
  } finally {
    rival?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
