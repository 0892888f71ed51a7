/**
 * Thresholds of a model: where a score stops being normal. They stand beside the weights in the model file and change no
 * score.
 */
import type { Precision } from '../options/precision.js';
import type { Extent, Tiles } from '../options/types.js';

/** How thresholds were chosen. */
export type ThresholdMethod = 'false-reject-rate' | 'f1-max';

/** A threshold; what is above it is anomalous. */
export interface Threshold {
  readonly value: number;
  /** Pictures that it was measured on. */
  readonly images: number;
  /** Share of the normal pictures among them whose score is above it: the false rejects. */
  readonly falseRejectRate: number;
  /**
   * Clopper-Pearson interval of the false reject rate that is to be expected, at `Thresholds.confidenceLevel`. With
   * `'f1-max'` it is too good: the threshold was chosen by the labels of the same pictures.
   */
  readonly falseRejectInterval: readonly [low: number, high: number];
  /**
   * Score at which the confidence is 0.05, below `value`: the median normal picture's, where that is below. Sets how fast
   * the confidence rises.
   */
  readonly low: number;
  /** Scores of the normal pictures, sorted, at most 1,024 of them evenly by rank: what incoming scores are compared with. */
  readonly normalScores: readonly number[];
}

/** The threshold of map pixels. */
export interface PixelThreshold {
  readonly value: number;
  /** Normal pictures that it was measured on. */
  readonly images: number;
  /** Share of them with a pixel above it. */
  readonly falseRejectRate: number;
  /** Clopper-Pearson interval of the share of new normal pictures with a pixel above it. */
  readonly falseRejectInterval: readonly [low: number, high: number];
}

/** How the pictures were scored. Thresholds hold for the same map size, rule of the score and tiles. */
export interface ThresholdScoring {
  readonly map: Extent;
  readonly scoreRatio: number;
  readonly precision: Precision;
  /** Not there for pictures that were inspected as one. */
  readonly tiles?: Tiles | undefined;
}

/** All thresholds of a model. */
export interface Thresholds {
  readonly method: ThresholdMethod;
  /** The rate asked for; null with `'f1-max'`. */
  readonly falseRejectRate: number | null;
  /** Of the intervals, e.g. 0.95. */
  readonly confidenceLevel: number;
  /** For pictures of any class. */
  readonly image: Threshold;
  /** For pictures of a known class; one without an entry takes `image`. */
  readonly classes: Readonly<Record<string, Threshold>>;
  /** For pixels of the anomaly map, of pictures of any class. */
  readonly pixel: PixelThreshold;
  /** For pixels of pictures of a known class; one without an entry takes `pixel`. */
  readonly pixelClasses: Readonly<Record<string, PixelThreshold>>;
  readonly scoring: ThresholdScoring;
  /** What a reader should know, in sentences: classes without a threshold of their own, and why. */
  readonly notes: readonly string[];
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

/** A decision where there may be none: null without a threshold; `confidence` also for a threshold without calibration. */
export interface ScoreDecision {
  /** The threshold that was applied. */
  readonly threshold: number | null;
  /** True when the score is above the threshold. */
  readonly isAnomalous: boolean | null;
  /** Rises with the score from 0 to 1: 0.5 at the threshold, 0.05 at the median normal picture. No probability. */
  readonly confidence: number | null;
}
