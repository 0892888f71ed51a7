/** What a class's metrics hold beside the paper's seven, for results that are made by hand. */
import type { MeasuredMetrics, Metrics } from '../../lib/evaluation/types.js';

const NO_BOUND = { imageAuroc: 0, imageAp: 0, imageF1Max: 0, pixelAuroc: 0, pixelAp: 0, pixelF1Max: 0, aupro: 0 };

/** The seven as an exact count of pixels gives them; the exact metrics are `aupro`, and there are no thresholds. */
export function measured(seven: Metrics): MeasuredMetrics {
  return {
    ...seven,
    auproExact: seven.aupro,
    aupro05: seven.aupro,
    proAtFpr05: seven.aupro,
    imageF1Threshold: null,
    pixelF1Threshold: null,
    undefinedBecause: {},
    counting: 'exact',
    errorBound: { ...NO_BOUND, auproExact: 0, aupro05: 0, proAtFpr05: 0 },
  };
}
