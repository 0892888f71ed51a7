/** What the addon counted, as a result; and the way there with its progress. */
import { Follower } from '../abort.js';
import { call } from '../binding/call.js';
import type { NativeMetrics, NativeProgress } from '../binding/metric-types.js';
import type { NativeStop } from '../binding/types.js';
import type { MeasuredMetrics, UndefinedReason } from '../evaluation/types.js';
import type { CheckedResultOptions } from './options.js';
import type { MetricsResult } from './types.js';

type Reasons = MeasuredMetrics['undefinedBecause'];

interface Samples {
  readonly anomalous: UndefinedReason | undefined;
  readonly normal: UndefinedReason | undefined;
}

/** Only the keys that have a reason. */
function present(reasons: { readonly [Key in keyof Reasons]: UndefinedReason | undefined }): Reasons {
  return Object.fromEntries(Object.entries(reasons).filter(([, reason]) => reason !== undefined));
}

function imageSamples({ counts }: NativeMetrics, scored: boolean): Samples {
  if (!scored) {
    return { anomalous: 'no scores', normal: 'no scores' };
  }
  return {
    anomalous: counts.anomalousImages === 0 ? 'no anomalous picture' : undefined,
    normal: counts.anomalousImages === counts.images ? 'no normal picture' : undefined,
  };
}

function pixelSamples({ counts }: NativeMetrics): Samples {
  return {
    anomalous: counts.anomalousPixels === 0 ? 'no anomalous pixel' : undefined,
    normal: counts.normalPixels === 0 ? 'no normal pixel' : undefined,
  };
}

function gridReason({ values, lowest, highest }: NativeMetrics): UndefinedReason | undefined {
  if (values.aupro !== null) {
    return undefined;
  }
  return lowest === highest
    ? 'all map values are equal'
    : 'fewer than two grid thresholds with a false positive rate below 0.3, or that rate is 0 at all of them';
}

/** F1 of the pixels at the threshold. */
function segmentationOf({ segmentation, counts }: NativeMetrics): number | null {
  if (segmentation === null || counts.anomalousPixels === 0) {
    return null;
  }
  const { truePositives, falsePositives, falseNegatives } = segmentation;
  return (2 * truePositives) / (2 * truePositives + falsePositives + falseNegatives);
}

function reasonsOf(native: NativeMetrics, scored: boolean): Reasons {
  const image = imageSamples(native, scored);
  const pixel = pixelSamples(native);
  const pro = pixel.anomalous ?? pixel.normal;
  return present({
    imageAuroc: image.anomalous ?? image.normal,
    imageAp: image.anomalous,
    imageF1Max: image.anomalous,
    pixelAuroc: pixel.anomalous ?? pixel.normal,
    pixelAp: pixel.anomalous,
    pixelF1Max: pixel.anomalous,
    aupro: pro ?? gridReason(native),
    auproExact: pro,
    aupro05: pro,
    proAtFpr05: pro,
    segF1: native.segmentation === null ? 'no pixel threshold' : pixel.anomalous,
    imageF1Threshold: image.anomalous,
    pixelF1Threshold: pixel.anomalous,
  });
}

/** How the metrics were asked for and counted. */
export interface ResultContext {
  readonly counting: MetricsResult['counting'];
  /** Whether pictures had scores. */
  readonly scored: boolean;
  /** Of the curves; 0 for none. */
  readonly points: number;
}

/** The public result. */
export function toResult(native: NativeMetrics, { counting, scored, points }: ResultContext): MetricsResult {
  const { values, bounds, imageF1Threshold, pixelF1Threshold, counts, curves } = native;
  return {
    ...values,
    segF1: segmentationOf(native),
    imageF1Threshold,
    pixelF1Threshold,
    undefinedBecause: reasonsOf(native, scored),
    counting,
    errorBound: { ...bounds, segF1: 0 },
    counts,
    curves: points === 0 ? null : curves,
  };
}

/** Runs a job that reports how far it is. What the listener throws stops the job and is what the promise rejects with. */
export async function callReporting<T>(
  start: (stop: NativeStop | undefined, onProgress: NativeProgress | undefined) => Promise<T>,
  { signal, onProgress }: Pick<CheckedResultOptions, 'signal' | 'onProgress'>,
  owner: string,
): Promise<T> {
  if (onProgress === undefined) {
    return call((stop) => start(stop, undefined), { signal, owner });
  }
  const follower = new Follower(signal);
  let told = 0;
  const listen = (fraction: number): void => {
    // Threads that finish their tasks together may report them in either order.
    if (follower.signal.aborted || fraction <= told) {
      return;
    }
    told = fraction;
    try {
      onProgress(fraction);
    } catch (error) {
      follower.abort(error);
    }
  };
  try {
    return await call((stop) => start(stop, listen), { signal: follower.signal, owner });
  } finally {
    follower.release();
  }
}
