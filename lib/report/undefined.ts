/** Why a metric of a class is undefined, in words. */
import type { AnyMetric, ClassMetrics } from '../evaluation/types.js';

/** What a class is counted by. */
export type ClassCounts = Pick<ClassMetrics, 'images' | 'anomalous'>;

/** Why there is no telling normal from anomalous pictures; null where there is. */
export function oneSided({ images, anomalous }: ClassCounts): string | null {
  if (anomalous === 0) {
    return 'only normal pictures';
  }
  return anomalous === images ? 'only anomalous pictures' : null;
}

/** A sentence for each kind of gap in a class: `toothbrush: no anomalous picture`. */
export function gapsOf({ name, undefinedBecause }: ClassMetrics, metrics: readonly AnyMetric[]): string[] {
  return [...new Set(metrics.flatMap((metric) => undefinedBecause[metric] ?? []))].map(
    (reason) => `${name}: ${reason}`,
  );
}
