/** What an evaluation returns: metrics by class, their mean, and each picture's score. */
import type { Extent } from '../options/types.js';
import type { Decision } from '../thresholds/types.js';

/** Names of the metrics, in the order of the paper's tables. */
export const METRICS = ['imageAuroc', 'imageAp', 'imageF1Max', 'pixelAuroc', 'pixelAp', 'pixelF1Max', 'aupro'] as const;

/** A metric of the paper's tables. */
export type Metric = (typeof METRICS)[number];

/** Fractions in [0, 1]; null where the data leaves a metric undefined. */
export type Metrics = Readonly<Record<Metric, number | null>>;

/**
 * When a mask pixel is anomalous once the mask has been brought to map size: `'any'` above 0, the authors' convention;
 * `'half'` above 0.5, common elsewhere.
 */
export type MaskConvention = 'any' | 'half';

/** Metrics of one class. */
export interface ClassMetrics extends Metrics {
  readonly name: string;
  /** Test pictures. */
  readonly images: number;
  /** Anomalous ones among them. */
  readonly anomalous: number;
}

/** Points of a curve from the lowest threshold to the highest or back, thinned where they are many. */
export interface Curve {
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** What is above it counts as anomalous at the point. */
  readonly threshold: readonly number[];
}

/** The curves of one class; null where the data leaves one undefined. */
export interface ClassCurves {
  /** False positive rate against true positive rate, of pictures. */
  readonly imageRoc: Curve | null;
  /** Recall against precision, of pictures. */
  readonly imagePr: Curve | null;
  readonly pixelRoc: Curve | null;
  readonly pixelPr: Curve | null;
  /** False positive rate of pixels against mean overlap of the regions. */
  readonly pro: Curve | null;
}

/** A test picture and what the model made of it. */
export interface PictureResult {
  readonly path: string;
  readonly className: string;
  readonly label: 0 | 1;
  /** Kind of defect; `'good'` for a normal picture. */
  readonly defect: string;
  readonly score: number;
  /** By the model's threshold of the class; null for a model without thresholds. */
  readonly decision: Decision | null;
}

/** Result of `evaluator.evaluate`. */
export interface Evaluation {
  readonly classes: readonly ClassMetrics[];
  /** Mean over the classes where the metric is defined; null where it is for none. */
  readonly mean: Metrics;
  /** Over how many classes each mean is. */
  readonly meanOver: Readonly<Record<Metric, number>>;
  readonly images: number;
  /** Every test picture, class by class. */
  readonly pictures: readonly PictureResult[];
  /** By class; null unless asked for. */
  readonly curves: Readonly<Record<string, ClassCurves>> | null;
  /** How the figures were made. */
  readonly conventions: {
    readonly mask: MaskConvention;
    readonly size: Extent;
    readonly crop: Extent;
    readonly map: Extent;
    readonly scoreRatio: number;
    /** AUPRO is the area up to this false positive rate, over the rate. */
    readonly auproLimit: number;
  };
  /** Wall time of scoring and metrics. */
  readonly seconds: number;
}

/** State of an evaluation after a picture. */
export interface EvaluateProgress {
  readonly className: string;
  /** Pictures scored, over all classes. */
  readonly done: number;
  readonly total: number;
  readonly imagesPerSecond: number;
  readonly remainingSeconds: number;
}
