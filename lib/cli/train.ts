/** `dinomaly train`. */
import { type DeviceOption, openDataset, Trainer, type TrainerOptions, type TrainProgress } from '../index.js';
import { type EncoderArguments, present, readEncoder } from './arguments.js';
import { checkWritable, createReporter, duration, EXIT, note, print } from './output.js';

/** Options of `dinomaly train`, as commander parses them. */
export interface TrainArguments extends EncoderArguments {
  readonly data: string;
  readonly out: string;
  readonly weights?: string;
  readonly untrained?: boolean;
  readonly size?: number | readonly [number, number];
  readonly crop?: number | readonly [number, number];
  readonly iterations: number;
  readonly batchSize: number;
  readonly seed?: number;
  readonly device?: string;
  readonly dropout?: number;
  readonly class?: readonly string[];
}

function trainerOptions(given: TrainArguments, fail: (message: string) => never): TrainerOptions {
  if ((given.weights === undefined) === (given.untrained !== true)) {
    return fail('give --weights FILE, or --untrained to try the pipeline with a random encoder');
  }
  const { size, crop, seed, dropout } = given;
  return {
    weights: given.weights ?? null,
    ...present({ encoder: readEncoder(given, fail), size, crop, seed, bottleneckDropout: dropout }),
    ...present({ device: given.device as DeviceOption | undefined }),
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
async function runSteps(trainer: Trainer, given: TrainArguments, signal: AbortSignal): Promise<boolean> {
  const dataset = await openDataset(given.data, present({ classes: given.class }));
  const { iterations, batchSize } = given;
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

/**
 * Trains and saves. An interrupted run saves what there is.
 *
 * @returns the exit code
 */
export async function trainCommand(given: TrainArguments, fail: (message: string) => never): Promise<number> {
  const options = trainerOptions(given, fail);
  await checkWritable(given.out);
  await using trainer = await Trainer.create(options);
  const { signal, release } = abortOnInterrupt();
  try {
    const finished = await runSteps(trainer, given, signal);
    const steps = trainer.summary?.iterations ?? 0;
    if (!finished && steps === 0) {
      note('stopped before the first step: nothing was written');
      return EXIT.interrupted;
    }
    if (!finished) {
      note(`stopped at step ${steps} of ${given.iterations}: measuring the colour scale and saving`);
    }
    await trainer.save(given.out);
    print(finished ? `saved ${given.out}` : `saved ${given.out}, stopped at step ${steps}`);
    return finished ? EXIT.ok : EXIT.interrupted;
  } finally {
    release();
  }
}
