/** An evaluation as CSV: what is undefined is an empty field. */
import { type Cell, formatCsv } from '../csv.js';
import { ALL_METRICS, type Evaluation } from '../evaluation/types.js';
import { type ClassDecisions, isRejected } from './decisions.js';
import { shownPath } from './paths.js';
import { meanName } from './table.js';

/** Lines that are made at a time: a sheet of 100,000 pictures need not be one string. */
const LINES_AT_ONCE = 4096;

/** A line a class and as the last one of the means: metrics as fractions, the threshold, and the decisions it makes. */
export function classesCsv({ classes, mean }: Evaluation, decisions: readonly ClassDecisions[]): string {
  const counts = ['true_positives', 'false_negatives', 'false_positives', 'true_negatives'];
  const head = ['class', 'images', 'anomalous', ...ALL_METRICS, 'threshold', 'threshold_source', ...counts];
  const rows = classes.map((row, at): Cell[] => {
    const { threshold = null, source = null, confusion } = decisions[at] ?? {};
    const {
      truePositives = null,
      falseNegatives = null,
      falsePositives = null,
      trueNegatives = null,
    } = confusion ?? {};
    const figures = ALL_METRICS.map((metric) => row[metric]);
    const decided = [truePositives, falseNegatives, falsePositives, trueNegatives];
    return [row.name, row.images, row.anomalous, ...figures, threshold, source, ...decided];
  });
  const total = (key: 'images' | 'anomalous'): number => classes.reduce((sum, row) => sum + row[key], 0);
  const means = ALL_METRICS.map((metric) => mean[metric]);
  const last: Cell[] = [
    meanName(classes),
    total('images'),
    total('anomalous'),
    ...means,
    null,
    null,
    null,
    null,
    null,
    null,
  ];
  return formatCsv([head, ...rows, last]);
}

/**
 * A line a picture, class by class.
 *
 * @param root - folder that paths are told from, where they lie in it
 */
export function* picturesCsv(decisions: readonly ClassDecisions[], root: string | null): Generator<string> {
  const head = ['class', 'path', 'label', 'defect', 'score', 'threshold', 'is_anomalous', 'confidence'];
  let lines: Cell[][] = [head];
  for (const { pictures, threshold } of decisions) {
    for (const picture of pictures) {
      const { className, path, label, defect, score, decision } = picture;
      const rejected = threshold === null ? null : isRejected(picture, threshold) ? 1 : 0;
      const confidence = decision?.confidence ?? null;
      lines.push([className, shownPath(path, root), label, defect, score, threshold, rejected, confidence]);
      if (lines.length >= LINES_AT_ONCE) {
        yield formatCsv(lines);
        lines = [];
      }
    }
  }
  yield formatCsv(lines);
}
