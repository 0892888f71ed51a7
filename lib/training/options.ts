/** The options and the pictures of a training run, checked. */
import { checkFunction, checkInteger, checkOptions, checkSignal, orDefault } from '../check.js';
import { checkDataset } from '../datasets/check.js';
import { isOwn } from '../datasets/own.js';
import type { Dataset, Sample } from '../datasets/types.js';
import { DinomalyError } from '../errors.js';
import { describeSight } from '../maps/sight.js';
import type { PrecisionOptions } from '../options/precision.js';
import type { QueueOptions } from '../options/queue.js';
import type { CheckedTrainer } from '../options/trainer.js';
import type { TrainingSummary } from '../options/types.js';
import type { Thresholds } from '../thresholds/types.js';
import type { TrainProgress } from './progress.js';

/** Options of `trainer.train`. */
export interface TrainOptions {
  /** Steps. Default: 10000, as the paper for MVTec-AD and VisA. */
  readonly iterations?: number | undefined;
  /** Pictures a step; no more than the set has. Default: 16. */
  readonly batchSize?: number | undefined;
  /** Ends the run between two blocks of the network; the promise rejects with its reason and the trainer stays usable. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each step, and awaited; what it throws ends the run and is what the promise rejects with. */
  readonly onProgress?: ((progress: TrainProgress) => void | Promise<void>) | undefined;
}

/** Options of `trainer.save`. */
export interface SaveOptions {
  /**
   * Thresholds that were measured on `trainer.model()` of the present weights, to be stored with them. Default: none.
   */
  readonly thresholds?: Thresholds | null | undefined;
  /**
   * Whether the colour scale is measured where it has not been, as after a run that was stopped. `false` writes the weights at
   * once, for a process that is about to be ended; `model.calibration` of the file is null then. Default: true.
   */
  readonly colourScale?: boolean | undefined;
  /** The promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of `trainer.model`. */
export interface TrainerModelOptions extends PrecisionOptions, QueueOptions {
  /** The promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of `trainer.train` with their defaults. */
export interface CheckedTrain {
  readonly iterations: number;
  readonly batchSize: number;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: TrainOptions['onProgress'];
}

/** The summary of no run. */
export const UNTRAINED: TrainingSummary = {
  iterations: 0,
  plannedIterations: 0,
  batchSize: 0,
  seed: 0,
  loss: 'loose',
  images: 0,
  split: null,
  skippedSteps: 0,
  finalLoss: null,
};

/** As the paper for MVTec-AD and VisA. */
export const DEFAULT_ITERATIONS = 10_000;

const DEFAULTS = { iterations: DEFAULT_ITERATIONS, batchSize: 16 } as const;

/** Checks the options of `trainer.train`. */
export function checkTrainOptions(options: unknown): CheckedTrain {
  const given = checkOptions(options, 'options', ['iterations', 'batchSize', 'signal', 'onProgress']);
  return {
    iterations: checkInteger(orDefault(given.iterations, DEFAULTS.iterations), 'options.iterations', { min: 1 }),
    batchSize: checkInteger(orDefault(given.batchSize, DEFAULTS.batchSize), 'options.batchSize', { min: 1 }),
    signal: checkSignal(given.signal, 'options.signal'),
    onProgress: checkFunction<NonNullable<TrainOptions['onProgress']>>(given.onProgress, 'options.onProgress'),
  };
}

/** Says that the edge of one's own pictures is left out, where nobody asked for that. */
export function warnOfEdge(
  { blindEdge, geometry }: Pick<CheckedTrainer, 'blindEdge' | 'geometry'>,
  dataset: Dataset,
): void {
  if (blindEdge && isOwn(dataset)) {
    const remedy = 'To inspect all of it, give Trainer.create the option dataset; to keep this, the option crop.';
    const message = `${describeSight(geometry)} ${remedy}`;
    process.emitWarning(message, { type: 'DinomalyWarning', code: 'EDGE_NOT_INSPECTED' });
  }
}

/** The training pictures of a dataset, of which every class has some. */
export function checkTrainingSet(dataset: unknown): readonly Sample[] {
  checkDataset(dataset);
  const seen = new Set(dataset.train.map((sample) => sample.className));
  const empty = dataset.classes.find((name) => !seen.has(name));
  if (empty !== undefined || dataset.train.length === 0) {
    const which = empty === undefined ? 'The dataset' : `The class '${empty}'`;
    throw new DinomalyError('DATASET_EMPTY_CLASS', `${which} in ${dataset.root} has no pictures to train on`);
  }
  return dataset.train;
}
