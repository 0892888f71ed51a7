/** What results that are made by hand hold beside the paper's seven metrics. */
import {
  ALL_METRICS,
  type Evaluation,
  type MeasuredMetrics,
  type Metrics,
  type UndefinedReason,
} from '../../lib/evaluation/types.js';

/** How the authors' figures are made. */
export const CONVENTIONS: Evaluation['conventions'] = {
  mask: 'any',
  size: [448, 448],
  crop: [392, 392],
  map: [256, 256],
  orientation: 'ignore',
  scoreRatio: 0.01,
  auproLimit: 0.3,
};

const NO_BOUND = { imageAuroc: 0, imageAp: 0, imageF1Max: 0, pixelAuroc: 0, pixelAp: 0, pixelF1Max: 0, aupro: 0 };

/**
 * The seven as an exact count of pixels gives them; the exact metrics are `aupro`, there are no thresholds, and what is null
 * lacks anomalous pixels, or what is said of pictures.
 */
export function measured(seven: Metrics, pictures: UndefinedReason = 'no anomalous picture'): MeasuredMetrics {
  const all = { ...seven, auproExact: seven.aupro, aupro05: seven.aupro, proAtFpr05: seven.aupro, segF1: null };
  const gaps = ALL_METRICS.filter((metric) => all[metric] === null);
  const reasons = gaps.map((metric) => [
    metric,
    metric === 'segF1' ? 'no pixel threshold' : metric.startsWith('image') ? pictures : 'no anomalous pixel',
  ]);
  return {
    ...all,
    imageF1Threshold: null,
    pixelF1Threshold: null,
    undefinedBecause: Object.fromEntries(reasons),
    counting: 'exact',
    errorBound: { ...NO_BOUND, auproExact: 0, aupro05: 0, proAtFpr05: 0, segF1: 0 },
  };
}
