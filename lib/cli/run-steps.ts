/** The steps of a training, with their progress. */
import { type Dataset, DinomalyError, type Trainer, type TrainProgress } from '../index.js';
import { createReporter, describeSize, duration, note } from './output.js';
import type { Early } from './save-trained.js';

/** What to train on, and how long. */
export interface Steps {
  readonly dataset: Dataset;
  readonly iterations: number;
  readonly batchSize: number;
}

function describe(progress: TrainProgress): string {
  const { loss, learningRate, imagesPerSecond, remainingSeconds, skipped } = progress;
  const rate = `${imagesPerSecond.toFixed(1)} images/s`;
  const skip = skipped ? ' skipped' : '';
  return `loss ${loss.toFixed(4)} lr ${learningRate.toExponential(1)} ${rate} left ${duration(remainingSeconds)}${skip}`;
}

/** Runs all steps. Why they ended early, where there are weights to save; throws where there are none. */
export async function runSteps(
  trainer: Trainer,
  job: Steps,
  signal: AbortSignal,
  onStep?: (progress: TrainProgress) => void,
): Promise<Early | null> {
  const { dataset, iterations, batchSize } = job;
  note(`${describeSize(dataset.train, dataset)}, on ${trainer.device}`);
  const reporter = createReporter('step', iterations);
  const onProgress = (progress: TrainProgress): void => {
    reporter.update(progress.step + 1, describe(progress));
    onStep?.(progress);
  };
  try {
    await trainer.train(dataset, { iterations, batchSize, signal, onProgress });
    return null;
  } catch (error) {
    const ruined = error instanceof DinomalyError && error.code === 'TRAINING_DIVERGED';
    if (trainer.summary === null || ruined) {
      throw error;
    }
    return { reason: error };
  } finally {
    reporter.stop();
  }
}
