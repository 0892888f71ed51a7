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

/** So many classes are named; of more only the number is told. */
const NAMED = 5;

/** A sentence for each kind of gap: `toothbrush: only normal pictures`; classes that share a reason share a sentence. */
export function gapsOf(rows: readonly ClassMetrics[], metrics: readonly Metric[]): string[] {
  const classes = new Map<string, Set<string>>();
  for (const row of rows) {
    for (const metric of metrics.filter((one) => (row[one] ?? null) === null)) {
      const reason = undefinedReason(row, metric);
      classes.set(reason, (classes.get(reason) ?? new Set()).add(row.name));
    }
  }
  return [...classes].map(([reason, names]) => {
    const who = names.size > NAMED ? `${names.size} of ${rows.length} classes` : [...names].join(', ');
    return `${who}: ${reason}`;
  });
}
