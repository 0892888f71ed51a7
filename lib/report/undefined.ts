/** Why a metric of a class is undefined, in words. */
import type { ClassMetrics, Metric } from '../evaluation/types.js';

/** What a class is counted by. */
export type ClassCounts = Pick<ClassMetrics, 'images' | 'anomalous'>;

/** Why there is no telling normal from anomalous pictures; null where there is. */
export function oneSided({ images, anomalous }: ClassCounts): string | null {
  if (anomalous === 0) {
    return 'only normal pictures';
  }
  return anomalous === images ? 'only anomalous pictures' : null;
}

/** A class whose metrics come with the reasons of those that are null. */
type Explained = ClassMetrics & { readonly undefinedBecause?: Readonly<Partial<Record<string, string>>> };

/** Why a metric that is null has no value; for pixels a picture's kind is of no account. */
export function undefinedReason(row: Explained, metric: Metric): string {
  const given = row.undefinedBecause?.[metric];
  if (given !== undefined) {
    return given;
  }
  const pictures = oneSided(row);
  if (metric.startsWith('image')) {
    return pictures ?? 'scores that are no numbers';
  }
  if (row.anomalous === 0) {
    return 'only normal pictures';
  }
  return 'no anomalous pixel in the masks, or none but anomalous ones';
}

/** A sentence for each kind of gap in a class: `toothbrush: only normal pictures`. */
export function gapsOf(row: ClassMetrics, metrics: readonly Metric[]): string[] {
  return [
    ...new Set(
      metrics.filter((metric) => (row[metric] ?? null) === null).map((metric) => undefinedReason(row, metric)),
    ),
  ].map((reason) => `${row.name}: ${reason}`);
}
