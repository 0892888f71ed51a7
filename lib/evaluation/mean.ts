/** Means over classes, and evaluations joined. */
import { wrongKind } from '../check.js';
import { ALL_METRICS, type AllMetrics, type AnyMetric, type Evaluation, type MaskDoubt } from './types.js';

/** Mean of each metric over the classes where it is defined; rows of older results may lack the exact metrics. */
export function meanOf(rows: readonly Partial<AllMetrics>[]): Pick<Evaluation, 'mean' | 'meanOver'> {
  const mean: Partial<Record<AnyMetric, number | null>> = {};
  const meanOver: Partial<Record<AnyMetric, number>> = {};
  for (const metric of ALL_METRICS) {
    const defined = rows.map((row) => row[metric]).filter((value) => typeof value === 'number');
    const sum = defined.reduce((total, value) => total + value, 0);
    mean[metric] = defined.length === 0 ? null : sum / defined.length;
    meanOver[metric] = defined.length;
  }
  return { mean: mean as AllMetrics, meanOver: meanOver as Record<AnyMetric, number> };
}

/**
 * One evaluation out of several on different classes, as of one model a class. The conventions are those of the first.
 *
 * @throws TypeError when there is none
 */
export function mergeEvaluations(parts: readonly Evaluation[]): Evaluation {
  const [first] = parts;
  if (first === undefined) {
    throw wrongKind('at least one evaluation', 'parts', parts);
  }
  const classes = parts.flatMap((part) => part.classes);
  const sum = (of: (part: Evaluation) => number): number => parts.reduce((total, part) => total + of(part), 0);
  const doubted = (doubt: MaskDoubt): string[] => parts.flatMap(({ doubtfulMasks }) => doubtfulMasks[doubt]);
  return {
    classes,
    ...meanOf(classes),
    images: sum((part) => part.images),
    pictures: parts.flatMap((part) => part.pictures),
    // Results of older versions have none.
    leftOut: parts.flatMap((part) => part.leftOut ?? []),
    doubtfulMasks: { empty: doubted('empty'), full: doubted('full'), otherSize: doubted('otherSize') },
    // Not Object.assign, for which a class called __proto__ is no key.
    curves:
      first.curves === null ? null : Object.fromEntries(parts.flatMap((part) => Object.entries(part.curves ?? {}))),
    conventions: first.conventions,
    seconds: sum((part) => part.seconds),
  };
}
