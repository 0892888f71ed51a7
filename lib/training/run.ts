/** One training run: feeds the native trainer step by step. */
import { call } from '../binding/call.js';
import type { NativeImage, NativeRun, NativeTrainer } from '../binding/types.js';
import type { Gate } from '../gate.js';
import { Feed, type Needed } from './feed.js';
import { ProgressMeter, type TrainProgress } from './progress.js';

/** What a run needs from outside. */
export interface RunInput {
  readonly native: NativeTrainer;
  readonly run: NativeRun;
  /** Which pictures a coming batch needs; throws once the trainer is disposed. */
  readonly needed: Needed;
  /** Decodes picture `index` of the training set. */
  readonly decode: (index: number) => Promise<NativeImage>;
  /** Bytes of picture `index` once decoded. */
  readonly bytesOf: (index: number) => number;
  readonly signal: AbortSignal | undefined;
  /** Lets in one at a time of those that change the weights or write them. */
  readonly weights: Gate;
  /** Awaited after each step; what it throws ends the run. */
  readonly onStep: (progress: TrainProgress) => void | Promise<void>;
}

/** Runs all steps. Rejects with the error of a picture, of a step, of `onStep`, or with the signal's reason. */
export async function runTraining(input: RunInput): Promise<void> {
  const { native, run, needed, decode, bytesOf, signal, weights, onStep } = input;
  const options = { signal, owner: 'Trainer' };
  await call(() => native.begin(run), options);
  const feed = new Feed(needed, decode, bytesOf);
  const meter = new ProgressMeter(run.iterations);
  for (let batch = await feed.next(); batch !== undefined; batch = await feed.next()) {
    const { indices, images } = batch;
    const step = await weights.run(() => call((stop) => native.step(indices, images, stop), options), signal);
    await onStep(meter.measure(step));
  }
}
