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

/** So many classes are named; of more only the number is told. */
const NAMED = 5;

/** A sentence for each kind of gap: `toothbrush: no anomalous picture`; classes that share a reason share a sentence. */
export function gapsOf(rows: readonly ClassMetrics[], metrics: readonly AnyMetric[]): string[] {
  const classes = new Map<string, Set<string>>();
  for (const { name, undefinedBecause } of rows) {
    for (const reason of metrics.flatMap((metric) => undefinedBecause[metric] ?? [])) {
      classes.set(reason, (classes.get(reason) ?? new Set()).add(name));
    }
  }
  return [...classes].map(([reason, names]) => {
    const who = names.size > NAMED ? `${names.size} of ${rows.length} classes` : [...names].join(', ');
    return `${who}: ${reason}`;
  });
}
