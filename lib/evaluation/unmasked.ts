/** Metrics of a class of which anomalous pictures lack their masks: all count as pictures, the others as pixels. */
import type { MetricsResult } from '../metrics/types.js';
import { type AnyMetric, type ClassMetrics, EXACT_METRICS, type UndefinedReason } from './types.js';

const IMAGE_METRICS = ['imageAuroc', 'imageAp', 'imageF1Max'] as const satisfies readonly AnyMetric[];
const PIXEL_METRICS = ['pixelAuroc', 'pixelAp', 'pixelF1Max', 'aupro', ...EXACT_METRICS, 'segF1'] as const;
const NO_MASKS: UndefinedReason = 'no masks of the anomalous pictures';

function pick<Key extends string, Value>(from: Readonly<Partial<Record<Key, Value>>>, keys: readonly Key[]): object {
  return Object.fromEntries(keys.filter((key) => from[key] !== undefined).map((key) => [key, from[key]]));
}

/** Metrics of pictures where no pixel is known to be anomalous. */
export function withoutPixels(pictures: MetricsResult): MetricsResult {
  const { undefinedBecause, counts, curves } = pictures;
  const nothing = Object.fromEntries(PIXEL_METRICS.map((metric) => [metric, null]));
  const reasons = [...PIXEL_METRICS, 'pixelF1Threshold'].map((metric) => [metric, NO_MASKS]);
  return {
    ...pictures,
    ...nothing,
    pixelF1Threshold: null,
    undefinedBecause: { ...undefinedBecause, ...Object.fromEntries(reasons) },
    counts: { ...counts, normalPixels: 0, anomalousPixels: 0, regions: 0 },
    curves: curves === null ? null : { ...curves, pixelRoc: null, pixelPr: null, pro: null },
  };
}

/** Metrics of the pixels that are known, beside those of all pictures. */
export function withPictures(pixels: MetricsResult, pictures: MetricsResult): MetricsResult {
  const { images, anomalousImages } = pictures.counts;
  const reasons = [...IMAGE_METRICS, 'imageF1Threshold'] as const;
  return {
    ...pixels,
    ...pick(pictures, IMAGE_METRICS),
    imageF1Threshold: pictures.imageF1Threshold,
    undefinedBecause: {
      ...pick(pixels.undefinedBecause, [...PIXEL_METRICS, 'pixelF1Threshold']),
      ...pick(pictures.undefinedBecause, reasons),
    },
    errorBound: { ...pixels.errorBound, ...pick(pictures.errorBound, IMAGE_METRICS) },
    counts: { ...pixels.counts, images, anomalousImages },
    curves:
      pixels.curves === null || pictures.curves === null
        ? null
        : { ...pixels.curves, imageRoc: pictures.curves.imageRoc, imagePr: pictures.curves.imagePr },
  };
}

/** A sentence for each class whose pixel metrics are of some of its anomalous pictures; older results tell nothing of it. */
export function describeUnmasked(classes: readonly Partial<ClassMetrics>[]): string[] {
  return classes.flatMap(({ name, anomalous = 0, unmasked = 0 }) =>
    unmasked === 0 || unmasked === anomalous
      ? []
      : [`${name}: ${unmasked} of ${anomalous} anomalous pictures have no mask, and the pixel metrics leave them out.`],
  );
}
