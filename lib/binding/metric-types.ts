/** The addon's metrics; a part of the seam in types.ts. */
import type { AllMetrics, AnyMetric, ClassCurves, SegmentationMetric } from '../evaluation/types.js';
import type { MetricsCounts } from '../metrics/types.js';
import type { NativeStop } from './shared-types.js';

export interface NativePictures {
  /** One map a picture, each `height * width`. Viewed until the promise settles: memory that nobody else has. */
  readonly maps: readonly Float32Array[];
  /** One mask a picture, each `height * width`, anomalous above the mask limit. Viewed too. */
  readonly masks: readonly Uint8Array[];
  /** Width of each map where they differ; without it all have the height and width that are said elsewhere. */
  readonly widths?: readonly number[];
  /** Above it a pixel counts as anomalous in `segmentation`. */
  readonly threshold?: number;
  /** 1 where the picture is anomalous; null: where its mask is. */
  readonly labels: Uint8Array | null;
  /** Null: no metrics of pictures. */
  readonly scores: Float64Array | null;
}

export interface NativeMetricsInput extends NativePictures {
  readonly height: number;
  readonly width: number;
  /** 0, or 127 for grey levels of which half is anomalous. */
  readonly maskLimit: number;
}

/** Pixels above and below a threshold; the normal ones below are not told. */
export interface NativePixelCounts {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
}

export interface NativeMetrics {
  /** Fractions in [0, 1]; null where the data leaves a metric undefined. */
  readonly values: Omit<AllMetrics, SegmentationMetric>;
  readonly bounds: Readonly<Record<Exclude<AnyMetric, SegmentationMetric>, number>>;
  /** Pixels at the threshold; null where pictures came without one. */
  readonly segmentation: NativePixelCounts | null;
  readonly imageF1Threshold: number | null;
  readonly pixelF1Threshold: number | null;
  /** Each null where it is undefined, or no points were asked for. */
  readonly curves: ClassCurves;
  readonly counts: MetricsCounts;
  /** Range of the maps. */
  readonly lowest: number;
  readonly highest: number;
  /** Of the 32 bits of a value, those that a stream no longer tells apart. */
  readonly droppedBits: number;
}

/** Hears of the fraction that is done, on the JavaScript thread; must not throw. */
export type NativeProgress = (fraction: number) => void;

/** Jobs run one after the other, in the order of the calls. */
export interface NativeMetricsStream {
  /** Pictures in all. */
  add(pictures: NativePictures, stop?: NativeStop): Promise<number>;
  /** Of all pictures so far. `points`: at most so many of a curve, 0 for no curves. */
  metrics(points: number, stop?: NativeStop, onProgress?: NativeProgress): Promise<NativeMetrics>;
  /** Later calls reject with `DISPOSED`. Idempotent. */
  dispose(): void;
}

/** The addon's functions on maps and masks at the size of maps. */
export interface NativeMetricFunctions {
  readonly MetricsStream: new (
    height: number,
    width: number,
    maskLimit: number,
    maxBytes: number,
  ) => NativeMetricsStream;
  /** `points`: at most so many of a curve, 0 for no curves. */
  computeMetrics(
    input: NativeMetricsInput,
    points: number,
    stop?: NativeStop,
    onProgress?: NativeProgress,
  ): Promise<NativeMetrics>;
  /** Quantiles (each in [0, 1], linear interpolation) over all values of all arrays. */
  quantiles(arrays: readonly Float32Array[], q: readonly number[]): Promise<number[]>;
}
