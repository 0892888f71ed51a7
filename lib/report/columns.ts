/** The metrics that a report has columns for, and what they are called. */
import { type Evaluation, METRICS, type Metric } from '../evaluation/types.js';
import { TITLES } from './table.js';

/** A title as columns have it, and in full. */
interface Title {
  readonly short: string;
  readonly long: string;
}

const LONG_TITLES: Readonly<Record<Metric, string>> = {
  imageAuroc: 'Area under the ROC curve of pictures',
  imageAp: 'Average precision of pictures',
  imageF1Max: 'Highest F1 score of pictures over all thresholds',
  pixelAuroc: 'Area under the ROC curve of pixels',
  pixelAp: 'Average precision of pixels',
  pixelF1Max: 'Highest F1 score of pixels over all thresholds',
  aupro: 'Area under the per-region overlap curve',
};

/** Metrics besides the paper's. */
const OTHER_TITLES: Readonly<Record<string, Title>> = {
  auproExact: { short: 'AUPRO exact', long: 'Area under the per-region overlap curve at every threshold' },
  aupro05: { short: 'AUPRO 0.05', long: 'The same area up to a false positive rate of 0.05' },
  proAtFpr05: { short: 'PRO at 0.05', long: 'Mean overlap of the regions at a false positive rate of 0.05' },
};

/** The paper's metrics in its order, then what else the evaluation has. */
export function columnsOf({ mean }: Evaluation): readonly Metric[] {
  return [...new Set([...METRICS, ...(Object.keys(mean) as Metric[])])];
}

/** What a metric is called. */
export function titleOfMetric(metric: Metric): Title {
  const other = OTHER_TITLES[metric] ?? { short: metric, long: metric };
  return { short: TITLES[metric] ?? other.short, long: LONG_TITLES[metric] ?? other.long };
}
