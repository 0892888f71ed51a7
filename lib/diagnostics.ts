/**
 * Events for monitoring, by `node:diagnostics_channel`. Each name is a tracing channel: `tracing:<name>:start` and `:end` tell of
 * the call, `:asyncStart` and `:asyncEnd` of its result, `:error` of its failure; all share one object, to which Node adds
 * `result` or `error`. Without subscribers an event costs one comparison.
 */
import { channel, tracingChannel } from 'node:diagnostics_channel';
import type { Dataset } from './datasets/types.js';
import type { Evaluation } from './evaluation/types.js';
import type { Evaluator } from './evaluator.js';
import type { Model } from './model.js';
import type { Device } from './options/device.js';
import type { Precision, TrainingSummary } from './options/types.js';
import type { RawScore } from './scoring.js';
import type { Thresholds } from './thresholds/types.js';
import type { Trainer } from './trainer.js';
import type { TrainProgress } from './training/progress.js';

/** How an event ended; both are missing until it has. */
interface Outcome<T> {
  readonly result?: T;
  readonly error?: unknown;
}

/** What the subscribers of each tracing channel get. */
export interface DiagnosticsEvents {
  /** {@link Model.load}. */
  readonly 'dinomaly:load': Outcome<Model> & { readonly path: string };
  /**
   * A pass of one picture, of {@link Model.score}, `scoreMany` or an evaluation, from the start of decoding; the verdict follows.
   * `result.timing` tells decoding, waiting and computing apart.
   */
  readonly 'dinomaly:score': Outcome<RawScore> & {
    /** Its path, or what stands for a picture without one. */
    readonly image: string;
    readonly device: Device;
    readonly precision: Precision;
  };
  /** {@link Trainer.train}. */
  readonly 'dinomaly:train': Outcome<TrainingSummary> & { readonly trainer: Trainer; readonly dataset: Dataset };
  /** {@link Evaluator.evaluate}. */
  readonly 'dinomaly:evaluate': Outcome<Evaluation> & { readonly model: Model; readonly dataset: Dataset };
  /** {@link Evaluator.calibrate} and `calibrateF1`. */
  readonly 'dinomaly:calibrate': Outcome<Thresholds> & { readonly model: Model; readonly evaluator: Evaluator };
}

/** Name of the plain channel that gets a {@link TrainProgress} after each step of a training. */
const STEP = channel('dinomaly:train:step');

const CHANNELS = {
  'dinomaly:load': tracingChannel('dinomaly:load'),
  'dinomaly:score': tracingChannel('dinomaly:score'),
  'dinomaly:train': tracingChannel('dinomaly:train'),
  'dinomaly:evaluate': tracingChannel('dinomaly:evaluate'),
  'dinomaly:calibrate': tracingChannel('dinomaly:calibrate'),
} as const satisfies Record<keyof DiagnosticsEvents, unknown>;

type Name = keyof DiagnosticsEvents;
type Result<N extends Name> = NonNullable<DiagnosticsEvents[N]['result']>;

/** Runs work as an event of a channel. */
export function traced<N extends Name, R extends Result<N>>(
  name: N,
  context: Omit<DiagnosticsEvents[N], 'result' | 'error'>,
  work: () => Promise<R>,
): Promise<R> {
  const tracing = CHANNELS[name];
  return tracing.hasSubscribers ? tracing.tracePromise(work, context) : work();
}

/** Tells of a step of a training. */
export function traceStep(progress: TrainProgress): void {
  if (STEP.hasSubscribers) {
    STEP.publish(progress);
  }
}
