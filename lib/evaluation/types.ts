/** What an evaluation returns: metrics by class, their mean, and each picture's score. */
import type { Orientation } from '../image/orientation.js';
import type { Extent, Tiles } from '../options/types.js';
import type { Decision } from '../thresholds/types.js';

/** Names of the metrics, in the order of the paper's tables. */
export const METRICS = ['imageAuroc', 'imageAp', 'imageF1Max', 'pixelAuroc', 'pixelAp', 'pixelF1Max', 'aupro'] as const;

/** A metric of the paper's tables. */
export type Metric = (typeof METRICS)[number];

/**
 * Metrics beside the paper's, of the PRO curve at every threshold instead of the authors' grid of some 200: `auproExact` and
 * `aupro05` are its area up to a false positive rate of 0.3 and 0.05, divided by that rate, and `proAtFpr05` is the mean
 * overlap of the regions at a rate of 0.05. Between two thresholds the curve is straight.
 */
export const EXACT_METRICS = ['auproExact', 'aupro05', 'proAtFpr05'] as const;

/** A metric of {@link EXACT_METRICS}. */
export type ExactMetric = (typeof EXACT_METRICS)[number];

/**
 * MVTec AD 2's SegF1: F1 of the pixels above the class's stored pixel threshold, over all pixels of its pictures,
 * 2 TP / (2 TP + FP + FN). Null without a pixel threshold.
 */
export type SegmentationMetric = 'segF1';

/** All metrics. */
export const ALL_METRICS = [...METRICS, ...EXACT_METRICS, 'segF1'] as const;

/** A metric of the paper's tables, an exact one, or that of a threshold. */
export type AnyMetric = Metric | ExactMetric | SegmentationMetric;

/** Fractions in [0, 1]; null where the data leaves a metric undefined. */
export type Metrics = Readonly<Record<Metric, number | null>>;

/** All metrics: fractions in [0, 1]; null where the data leaves a metric undefined. */
export type AllMetrics = Readonly<Record<AnyMetric, number | null>>;

/** Why a metric or a threshold is null. */
export type UndefinedReason =
  | 'no scores'
  | 'no anomalous picture'
  | 'no normal picture'
  | 'no anomalous pixel'
  | 'no masks of the anomalous pictures'
  | 'no normal pixel'
  | 'no pixel threshold'
  | 'all map values are equal'
  | 'fewer than two grid thresholds with a false positive rate below 0.3, or that rate is 0 at all of them';

/** Metrics of a set of pictures, and how far they are to be trusted. */
export interface MeasuredMetrics extends AllMetrics {
  /**
   * Threshold of the largest F1 of pictures: halfway between the lowest score that counts as anomalous there and the next
   * score below. What is above it reaches `imageF1Max`. Of several such thresholds the highest. Null without anomalous
   * pictures.
   */
  readonly imageF1Threshold: number | null;
  /** The same of pixels, rounded down to a float32, so that map values compare with it as they are. */
  readonly pixelF1Threshold: number | null;
  /** The reason for each null among the metrics and thresholds. */
  readonly undefinedBecause: Readonly<
    Partial<Record<AnyMetric | 'imageF1Threshold' | 'pixelF1Threshold', UndefinedReason>>
  >;
  /** `'exact'`: every pixel was kept and ranked. `'streaming'`: pixels were counted by value. */
  readonly counting: 'exact' | 'streaming';
  /**
   * No metric is further from its exact value than this. 0 with `'exact'`, and with `'streaming'` as long as every float32
   * value had a counter of its own.
   */
  readonly errorBound: Readonly<Record<AnyMetric, number>>;
}

/**
 * When a mask pixel is anomalous once the mask has been brought to map size: `'any'` above 0, the authors' convention;
 * `'half'` above 0.5, common elsewhere.
 */
export type MaskConvention = 'any' | 'half';

/** Metrics of one class. */
export interface ClassMetrics extends MeasuredMetrics {
  readonly name: string;
  /** Test pictures. */
  readonly images: number;
  /** Anomalous ones among them. */
  readonly anomalous: number;
  /**
   * Anomalous ones without a mask. The metrics of pixels leave them out: they are of the normal pictures and of the anomalous
   * ones with a mask, and null where none has one.
   */
  readonly unmasked: number;
}

/**
 * Points of a curve from the highest threshold to the lowest, thinned where they are many: the way along the curve is cut
 * into equal cells, and the first point in each is kept, and both ends.
 */
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
  /** Recall against precision, of pictures. Begins at recall 0, precision 1, and ends where recall reaches 1. */
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
  /** Class that the model finds by itself; null for an unknown part. Not there where it can find none. */
  readonly foundClass?: string | null | undefined;
}

/** A picture that could not be scored. */
export interface LeftOutPicture {
  readonly path: string;
  readonly className: string;
  /** What was wrong with it. */
  readonly reason: string;
}

/** What the mask of an anomalous picture can be doubted for. */
export const DOUBTS = ['empty', 'full', 'otherSize'] as const;

/** One of {@link DOUBTS}. */
export type MaskDoubt = (typeof DOUBTS)[number];

/**
 * Paths of anomalous test pictures whose masks make the pixel metrics doubtful. `empty`: the mask leaves no anomalous pixel on
 * the map, as it is empty, outside the crop or too small. `full`: it leaves no normal one. `otherSize`: it has another size
 * than its picture, and was stretched over it.
 */
export type DoubtfulMasks = Readonly<Record<MaskDoubt, readonly string[]>>;

/** Result of `evaluator.evaluate`. */
export interface Evaluation {
  readonly classes: readonly ClassMetrics[];
  /** Mean over the classes where the metric is defined; null where it is for none. */
  readonly mean: AllMetrics;
  /** Over how many classes each mean is. */
  readonly meanOver: Readonly<Record<AnyMetric, number>>;
  /** Pictures scored. */
  readonly images: number;
  /** Every test picture that was scored, class by class. */
  readonly pictures: readonly PictureResult[];
  /** The other test pictures, on which no metric rests; none unless `onError` was given. */
  readonly leftOut: readonly LeftOutPicture[];
  readonly doubtfulMasks: DoubtfulMasks;
  /** By class; null unless asked for. */
  readonly curves: Readonly<Record<string, ClassCurves>> | null;
  /** How the figures were made. */
  readonly conventions: {
    readonly mask: MaskConvention;
    readonly size: Extent;
    readonly crop: Extent;
    readonly map: Extent;
    readonly scoreRatio: number;
    /** Whether the orientation tags of pictures and masks counted. */
    readonly orientation: Orientation;
    /** The parts that large pictures were inspected in; null for none. Results of older versions do not say. */
    readonly tiles?: Tiles | null | undefined;
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
