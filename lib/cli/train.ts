/** `dinomaly train`. */
import {
  type Dataset,
  type DeviceOption,
  openDataset,
  Trainer,
  type TrainerOptions,
  type TrainProgress,
} from '../index.js';
import { type EncoderArguments, present, readEncoder } from './arguments.js';
import { checkWritable, createReporter, describeSize, duration, EXIT, note, print } from './output.js';
import { readWeights, type WeightsArguments } from './weights.js';

/** Options of `dinomaly train`, as commander parses them. */
export interface TrainArguments extends EncoderArguments, WeightsArguments {
  readonly data: string;
  readonly out: string;
  readonly size?: number | readonly [number, number];
  readonly crop?: number | readonly [number, number];
  readonly pixelLimit?: number;
  readonly iterations: number;
  readonly batchSize: number;
  readonly seed?: number;
  readonly device?: string;
  readonly dropout?: number;
  readonly class?: readonly string[];
}

const UNTRAINED =
  'no weights: the encoder is random, drawn from the seed. It serves to try the pipeline, not to inspect with.';

function trainerOptions(given: TrainArguments, fail: (message: string) => never): TrainerOptions {
  const { size, crop, pixelLimit, seed, dropout } = given;
  const encoder = readEncoder(given, fail);
  return {
    weights: readWeights(given, encoder, fail),
    ...present({ encoder, size, crop, pixelLimit, seed, bottleneckDropout: dropout }),
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

/** Runs all steps. False when they were interrupted after the first. */
async function runSteps(
  trainer: Trainer,
  dataset: Dataset,
  given: TrainArguments,
  signal: AbortSignal,
): Promise<boolean> {
  const { iterations, batchSize } = given;
  note(`${describeSize(dataset.train, dataset)}, on ${trainer.device}`);
  const reporter = createReporter('step', iterations);
  const onProgress = (progress: TrainProgress): void => reporter.update(progress.step + 1, describe(progress));
  try {
    await trainer.train(dataset, { iterations, batchSize, signal, onProgress });
    return true;
  } catch (error) {
    if (isInterrupt(error, signal) && trainer.summary !== null) {
      return false;
    }
    throw error;
  } finally {
    reporter.stop();
  }
}

function isInterrupt(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted && error === signal.reason;
}

/**
 * Trains and saves. An interrupted run saves what there is.
 *
 * @returns the exit code
 */
export async function trainCommand(given: TrainArguments, fail: (message: string) => never): Promise<number> {
  const options = trainerOptions(given, fail);
  await checkWritable(given.out, '--out', true);
  const dataset = await openDataset(given.data, present({ classes: given.class }));
  const { signal, release } = abortOnInterrupt();
  try {
    await using trainer = await Trainer.create({ ...options, signal });
    if (options.weights === null) {
      note(UNTRAINED);
    }
    const finished = await runSteps(trainer, dataset, given, signal);
    const steps = trainer.summary?.iterations ?? 0;
    if (!finished) {
      note(`stopped at step ${steps} of ${given.iterations}: measuring the colour scale and saving`);
    }
    await trainer.save(given.out);
    print(finished ? `saved ${given.out}` : `saved ${given.out}, stopped at step ${steps}`);
    return finished ? EXIT.ok : EXIT.interrupted;
  } catch (error) {
    if (isInterrupt(error, signal)) {
      note('stopped before the first step: nothing was written');
      return EXIT.interrupted;
    }
    throw error;
  } finally {
    release();
  }
}
