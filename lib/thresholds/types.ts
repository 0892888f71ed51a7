/**
 * Thresholds of a model: where a score stops being normal. They stand beside the weights in the model file and change no
 * score.
 */

/** How thresholds were chosen. */
export type ThresholdMethod = 'false-reject-rate' | 'f1-max';

/** A threshold; what is above it is anomalous. */
export interface Threshold {
  readonly value: number;
  /** Pictures that it was measured on. */
  readonly images: number;
  /** Share of the normal pictures among them whose score is above it: the false rejects. */
  readonly falseRejectRate: number;
  /** Clopper-Pearson interval of the false reject rate that is to be expected, at `Thresholds.confidenceLevel`. */
  readonly falseRejectInterval: readonly [low: number, high: number];
  /** Score at which the confidence is 0.05, below `value`: the median normal picture's. Sets how fast it rises. */
  readonly low: number;
  /** Scores of the normal pictures, sorted, at most 1,024 of them evenly by rank: what incoming scores are compared with. */
  readonly normalScores: readonly number[];
}

/** All thresholds of a model. */
export interface Thresholds {
  readonly method: ThresholdMethod;
  /** The rate asked for; null with `'f1-max'`. */
  readonly falseRejectRate: number | null;
  /** Of the interval, e.g. 0.95. */
  readonly confidenceLevel: number;
  /** For pictures of any class. */
  readonly image: Threshold;
  /** For pictures of a known class. */
  readonly classes: Readonly<Record<string, Threshold>>;
  /** For pixels of the anomaly map. */
  readonly pixel: {
    readonly value: number;
    /** Share of normal pixels above it, as measured. */
    readonly falseRejectRate: number;
  };
}

/** What a threshold says of one score. */
export interface Decision {
  /** The threshold that was applied. */
  readonly threshold: number;
  /** True when the score is above the threshold. */
  readonly isAnomalous: boolean;
  /** Rises with the score from 0 to 1: 0.5 at the threshold, 0.05 at the median normal picture. No probability. */
  readonly confidence: number;
}
