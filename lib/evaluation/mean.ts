/** Means over classes, and evaluations joined. */
import { wrongKind } from '../check.js';
import { type Evaluation, METRICS, type Metric, type Metrics } from './types.js';

/** Mean of each metric over the classes where it is defined. */
export function meanOf(rows: readonly Metrics[]): Pick<Evaluation, 'mean' | 'meanOver'> {
  const mean: Partial<Record<Metric, number | null>> = {};
  const meanOver: Partial<Record<Metric, number>> = {};
  for (const metric of METRICS) {
    const defined = rows.map((row) => row[metric]).filter((value) => value !== null);
    const sum = defined.reduce((total, value) => total + value, 0);
    mean[metric] = defined.length === 0 ? null : sum / defined.length;
    meanOver[metric] = defined.length;
  }
  return { mean: mean as Metrics, meanOver: meanOver as Record<Metric, number> };
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
  return {
    classes,
    ...meanOf(classes),
    images: sum((part) => part.images),
    pictures: parts.flatMap((part) => part.pictures),
    curves: first.curves === null ? null : Object.assign({}, ...parts.map((part) => part.curves)),
    conventions: first.conventions,
    seconds: sum((part) => part.seconds),
  };
}
