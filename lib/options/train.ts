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

/**
 * Weights have 32 bits, which hold 1e-38 to 3e38: within these bounds no option, and no product of two, becomes 0 or infinite
 * there. No sensible run comes near them.
 */
const RATE = { min: 1e-30, max: 1e6 } as const satisfies Range;
const DECAY = { min: 0, max: 1e6 } as const satisfies Range;
const EPS = { min: 1e-30, max: 1e6 } as const satisfies Range;
/** Large numbers are meant: they turn clipping off. */
const CLIP = { min: 1e-30, max: 1e30 } as const satisfies Range;

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
  const learningRate = number('learningRate', RATE);
  const finalRate = orDefault(given.finalLearningRate, learningRate * FINAL_SHARE);
  return {
    device,
    seed: integer('seed', { min: 0 }),
    learningRate,
    finalLearningRate: checkNumber(finalRate, `${path}.finalLearningRate`, { min: 0, max: RATE.max }),
    warmupSteps: integer('warmupSteps', { min: 0 }),
    beta1: number('beta1', { min: 0, max: 0.9999999 }),
    beta2: number('beta2', { min: 0, max: 0.9999999 }),
    eps: number('eps', EPS),
    weightDecay: number('weightDecay', DECAY),
    amsgrad: checkBoolean(orDefault(given.amsgrad, TRAIN_DEFAULTS.amsgrad), `${path}.amsgrad`),
    clipGradNorm: number('clipGradNorm', CLIP),
    ...resolveLoss(given, path),
    featureCacheBytes: resolveCacheBytes(given.featureCacheBytes, `${path}.featureCacheBytes`, device),
  };
}
