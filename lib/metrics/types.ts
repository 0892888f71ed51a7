/** What `computeMetrics` and `MetricsStream` take and give. */
import type { ClassCurves, MaskConvention, MeasuredMetrics } from '../evaluation/types.js';

/**
 * Pictures with their anomaly maps and masks. All have one size, `height` x `width`. Arrays may lie in any
 * memory, shared and resizable too, and are copied when the call is made: it is the caller's again at once, to write to or to
 * transfer to another thread. `computeMetrics` holds the copies until it is done; `MetricsStream` those of one call of `add`.
 */
export interface MetricsPictures {
  /** One array of `height * width` values a picture, row by row; or one array with all of them. Finite. */
  readonly maps: readonly Float32Array[] | Float32Array;
  /** As `maps`: grey levels from 0 to 255, or 0 and 1. */
  readonly masks: readonly Uint8Array[] | Uint8Array;
  /** 1 for an anomalous picture, 0 for a normal one. Default: those with an anomalous pixel. */
  readonly labels?: Uint8Array | readonly number[] | undefined;
  /** Anomaly scores of the pictures, finite. Default: none, and the metrics of pictures are null. */
  readonly scores?: Float64Array | Float32Array | readonly number[] | null | undefined;
}

/** Input of {@link computeMetrics}. */
export interface MetricsInput extends MetricsPictures {
  /** Pixels. */
  readonly height: number;
  /** Pixels. */
  readonly width: number;
}

/** How a result is asked for. */
export interface MetricsResultOptions {
  /** Points of each curve at most, 10 to 10,000; `true` for 512. Default: `false`, no curves. */
  readonly curves?: boolean | number | undefined;
  /** The promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called with the fraction done, rising to 1. What it throws ends the work and is what the promise rejects with. */
  readonly onProgress?: ((fraction: number) => void) | undefined;
}

/** Options of {@link computeMetrics}. */
export interface MetricsOptions extends MetricsResultOptions {
  /**
   * `'any'`: a mask pixel above 0 is anomalous. `'half'`: one above 127.5 of 255; masks that hold nothing above 1 are then
   * refused. Default: `'any'`.
   */
  readonly maskConvention?: MaskConvention | undefined;
  /** Above it a pixel counts as anomalous for `segF1`. Default: none, and `segF1` is null. */
  readonly pixelThreshold?: number | undefined;
}

/** What the pictures hold. */
export interface MetricsCounts {
  readonly images: number;
  readonly anomalousImages: number;
  readonly normalPixels: number;
  readonly anomalousPixels: number;
  /** 8-connected regions of anomalous pixels. */
  readonly regions: number;
}

/** Result of {@link computeMetrics} and of `stream.finish`. */
export interface MetricsResult extends MeasuredMetrics {
  readonly counts: MetricsCounts;
  /** Null unless asked for. */
  readonly curves: ClassCurves | null;
}
