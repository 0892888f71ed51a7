/** The options of `Trainer.create` that are not the network: optimiser, schedule, loss, seed, device, memory. */
import os from 'node:os';
import type { NativeTrainOptions } from '../binding/types.js';
import { checkBoolean, checkInteger, checkNumber, orDefault, type Range } from '../check.js';
import { LOSS_KEYS, resolveLoss } from './loss.js';

/** Defaults of the published runs (paper, section 4.1). */
const TRAIN_DEFAULTS = {
  seed: 1,
  learningRate: 2e-3,
  warmupSteps: 100,
  beta1: 0.9,
  beta2: 0.999,
  eps: 1e-10,
  weightDecay: 1e-4,
  amsgrad: true,
  clipGradNorm: 0.1,
} as const;

/** What the authors change for one model a class (paper, table 2). */
export const CLASS_SEPARATED_DEFAULTS = { eps: 1e-8, iterations: 5000 } as const;

/** `finalLearningRate` is this share of `learningRate`. */
const FINAL_SHARE = 0.1;

/** Share of the free memory that encoder features may take on the CPU. A GPU's is measured there, after the first step. */
const CACHE_SHARE = 0.25;

/** Keys of the options that describe a training run. */
export const TRAIN_KEYS = [
  'seed',
  'learningRate',
  'finalLearningRate',
  'warmupSteps',
  'beta1',
  'beta2',
  'eps',
  'weightDecay',
  'amsgrad',
  'clipGradNorm',
  ...LOSS_KEYS,
  'featureCacheBytes',
] as const;

/** All of the native options but the files. */
export type TrainingOptions = Omit<NativeTrainOptions, 'initial'>;

type Given = Readonly<Partial<Record<(typeof TRAIN_KEYS)[number], unknown>>>;
type Key = keyof typeof TRAIN_DEFAULTS;

function defaultCacheBytes(): number {
  const limit = process.constrainedMemory?.() ?? 0;
  const free = os.freemem();
  // constrainedMemory() is 0 or a huge number where nothing limits the process.
  return Math.floor((limit > 0 ? Math.min(limit, free) : free) * CACHE_SHARE);
}

function resolveCacheBytes(given: unknown, path: string, device: string): number | null {
  if (given === undefined) {
    return device === 'cpu' ? defaultCacheBytes() : null;
  }
  return checkInteger(given, path, { min: 0 });
}

/** Checks and completes the training options. `device` is resolved by the caller. */
export function resolveTraining(given: Given, path: string, device: string): TrainingOptions {
  const number = (key: Exclude<Key, 'amsgrad'>, range: Range): number =>
    checkNumber(orDefault(given[key], TRAIN_DEFAULTS[key]), `${path}.${key}`, range);
  const integer = (key: Exclude<Key, 'amsgrad'>, range: Range): number =>
    checkInteger(orDefault(given[key], TRAIN_DEFAULTS[key]), `${path}.${key}`, range);
  const learningRate = number('learningRate', { min: 0, above: true });
  const finalRate = orDefault(given.finalLearningRate, learningRate * FINAL_SHARE);
  return {
    device,
    seed: integer('seed', { min: 0 }),
    learningRate,
    finalLearningRate: checkNumber(finalRate, `${path}.finalLearningRate`, { min: 0 }),
    warmupSteps: integer('warmupSteps', { min: 0 }),
    beta1: number('beta1', { min: 0, max: 0.9999999 }),
    beta2: number('beta2', { min: 0, max: 0.9999999 }),
    eps: number('eps', { min: 0, above: true }),
    weightDecay: number('weightDecay', { min: 0 }),
    amsgrad: checkBoolean(orDefault(given.amsgrad, TRAIN_DEFAULTS.amsgrad), `${path}.amsgrad`),
    clipGradNorm: number('clipGradNorm', { min: 0, above: true }),
    ...resolveLoss(given, path),
    featureCacheBytes: resolveCacheBytes(given.featureCacheBytes, `${path}.featureCacheBytes`, device),
  };
}
