/** `dinomaly train`. */
import { mkdir } from 'node:fs/promises';
import { classModelFile } from '../class-separated.js';
import {
  type DeviceOption,
  DinomalyError,
  openDataset,
  Trainer,
  type TrainerOptions,
  type TrainProgress,
} from '../index.js';
import { CLASS_SEPARATED_DEFAULTS } from '../options/train.js';
import { DEFAULT_ITERATIONS } from '../training/options.js';
import { type EncoderArguments, present, readEncoder } from './arguments.js';
import { checkWritable, createReporter, duration, EXIT, note, print } from './output.js';
import { readVariant, type VariantArguments } from './variant.js';

/** Options of `dinomaly train`, as commander parses them. */
export interface TrainArguments extends EncoderArguments, VariantArguments {
  readonly data: string;
  readonly out: string;
  readonly weights?: string;
  readonly untrained?: boolean;
  readonly size?: number | readonly [number, number];
  readonly crop?: number | readonly [number, number];
  readonly iterations?: number;
  readonly batchSize: number;
  readonly seed?: number;
  readonly device?: string;
  readonly class?: readonly string[];
  readonly classSeparated?: boolean;
}

/** One model to train. */
interface Job {
  readonly options: TrainerOptions;
  readonly data: string;
  /** All when undefined. */
  readonly classes: readonly string[] | undefined;
  readonly out: string;
  readonly iterations: number;
  readonly batchSize: number;
}

function trainerOptions(given: TrainArguments, fail: (message: string) => never): TrainerOptions {
  if ((given.weights === undefined) === (given.untrained !== true)) {
    return fail('give --weights FILE, or --untrained to try the pipeline with a random encoder');
  }
  const { size, crop, seed } = given;
  return {
    weights: given.weights ?? null,
    ...present({ encoder: readEncoder(given, fail), size, crop, seed }),
    ...present({ device: given.device as DeviceOption | undefined }),
    ...readVariant(given),
  };
}

/** The first Ctrl-C aborts, the second ends the process. */
function abortOnInterrupt(): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const interrupt = (): void => {
    if (controller.signal.aborted) {
      note('interrupted again: nothing was written');
      process.exit(EXIT.interrupted);
    }
    note('interrupted: stopping after this block (again to leave without saving)');
    controller.abort();
  };
  process.on('SIGINT', interrupt);
  return { signal: controller.signal, release: () => void process.off('SIGINT', interrupt) };
}

function describe(progress: TrainProgress): string {
  const { loss, learningRate, imagesPerSecond, remainingSeconds, skipped } = progress;
  const rate = `${imagesPerSecond.toFixed(1)} images/s`;
  const skip = skipped ? ' skipped' : '';
  return `loss ${loss.toFixed(4)} lr ${learningRate.toExponential(1)} ${rate} left ${duration(remainingSeconds)}${skip}`;
}

/** Runs all steps. False when they were interrupted. */
async function runSteps(trainer: Trainer, job: Job, signal: AbortSignal): Promise<boolean> {
  const dataset = await openDataset(job.data, present({ classes: job.classes }));
  const { iterations, batchSize } = job;
  note(`${dataset.train.length} pictures of ${dataset.classes.length} classes, on ${trainer.device}`);
  const reporter = createReporter('step', iterations);
  const onProgress = (progress: TrainProgress): void => reporter.update(progress.step + 1, describe(progress));
  try {
    await trainer.train(dataset, { iterations, batchSize, signal, onProgress });
    return true;
  } catch (error) {
    if (signal.aborted && error === signal.reason) {
      return false;
    }
    throw error;
  } finally {
    reporter.stop();
  }
}

/** Trains and saves one model. An interrupted run saves what there is. False when it was interrupted. */
async function trainModel(job: Job, signal: AbortSignal): Promise<boolean> {
  await checkWritable(job.out);
  await using trainer = await Trainer.create(job.options);
  const finished = await runSteps(trainer, job, signal);
  const steps = trainer.summary?.iterations ?? 0;
  if (!finished && steps === 0) {
    note('stopped before the first step: nothing was written');
    return false;
  }
  if (!finished) {
    note(`stopped at step ${steps} of ${job.iterations}: measuring the colour scale and saving`);
  }
  await trainer.save(job.out);
  print(finished ? `saved ${job.out}` : `saved ${job.out}, stopped at step ${steps}`);
  return finished;
}

async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw new DinomalyError('FILE_WRITE', `Cannot make the folder ${folder}: ${String(error)}`, { cause: error });
  });
}

/** The models to train: one, or one a class. */
async function plan(given: TrainArguments, options: TrainerOptions): Promise<readonly Job[]> {
  const { data, out, batchSize, iterations, class: classes } = given;
  if (given.classSeparated !== true) {
    return [{ options, data, classes, out, batchSize, iterations: iterations ?? DEFAULT_ITERATIONS }];
  }
  const dataset = await openDataset(data, present({ classes }));
  await makeFolder(out);
  return dataset.classes.map((name) => ({
    options: { eps: CLASS_SEPARATED_DEFAULTS.eps, ...options },
    data,
    classes: [name],
    out: classModelFile(out, name),
    batchSize,
    iterations: iterations ?? CLASS_SEPARATED_DEFAULTS.iterations,
  }));
}

/**
 * Trains and saves, all classes in one model or each in its own.
 *
 * @returns the exit code
 */
export async function trainCommand(given: TrainArguments, fail: (message: string) => never): Promise<number> {
  const jobs = await plan(given, trainerOptions(given, fail));
  const { signal, release } = abortOnInterrupt();
  try {
    for (const [at, job] of jobs.entries()) {
      if (given.classSeparated === true) {
        note(`class ${at + 1} of ${jobs.length}: ${job.classes?.join()}`);
      }
      if (!(await trainModel(job, signal))) {
        return EXIT.interrupted;
      }
    }
    return EXIT.ok;
  } finally {
    release();
  }
}
