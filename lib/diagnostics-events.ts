/** What the subscribers of the package's channels get. */
import type { Dataset } from './datasets/types.js';
import type { DiagnosticsName } from './diagnostics.js';
import type { Evaluation } from './evaluation/types.js';
import type { Evaluator } from './evaluator.js';
import type { Model } from './model.js';
import type { Device } from './options/device.js';
import type { Precision } from './options/precision.js';
import type { TrainingSummary } from './options/types.js';
import type { RawScore } from './scoring.js';
import type { Thresholds } from './thresholds/types.js';
import type { Trainer } from './trainer.js';

/** How an event ended; both are missing until it has. */
interface Outcome<T> {
  readonly result?: T;
  readonly error?: unknown;
}

/** What the subscribers of each tracing channel get. */
export interface DiagnosticsEvents extends Record<DiagnosticsName, Outcome<unknown>> {
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
