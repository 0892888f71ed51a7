/** What the columns of a report are called. */
import type { AnyMetric } from '../evaluation/types.js';
import { TITLES } from './table.js';

/** A title as columns have it, and in full. */
interface Title {
  readonly short: string;
  readonly long: string;
}

/** The titles of all metrics. */
export const COLUMNS: Readonly<Record<AnyMetric, Title>> = {
  imageAuroc: { short: TITLES.imageAuroc, long: 'Area under the ROC curve of pictures' },
  imageAp: { short: TITLES.imageAp, long: 'Average precision of pictures' },
  imageF1Max: { short: TITLES.imageF1Max, long: 'Highest F1 score of pictures over all thresholds' },
  pixelAuroc: { short: TITLES.pixelAuroc, long: 'Area under the ROC curve of pixels' },
  pixelAp: { short: TITLES.pixelAp, long: 'Average precision of pixels' },
  pixelF1Max: { short: TITLES.pixelF1Max, long: 'Highest F1 score of pixels over all thresholds' },
  aupro: { short: TITLES.aupro, long: 'Area under the per-region overlap curve' },
  auproExact: { short: 'AUPRO exact', long: 'Area under the per-region overlap curve at every threshold' },
  aupro05: { short: 'AUPRO 0.05', long: 'The same area up to a false positive rate of 0.05' },
  proAtFpr05: { short: 'PRO at 0.05', long: 'Mean overlap of the regions at a false positive rate of 0.05' },
  segF1: { short: TITLES.segF1, long: 'F1 score of pixels at the stored pixel threshold' },
};
