/** The table of the paper's appendix as text: one row a class, percent, image metrics before pixel metrics. */
import { isRecord, wrongKind } from '../check.js';
import { type Evaluation, METRICS, type Metric, type Metrics } from '../evaluation/types.js';
import { describeUnmasked } from '../evaluation/unmasked.js';
import { gapsOf } from './undefined.js';

/** Short titles of the metrics, as columns have them. */
export const TITLES: Readonly<Record<Metric, string>> = {
  imageAuroc: 'I-AUROC',
  imageAp: 'I-AP',
  imageF1Max: 'I-F1max',
  pixelAuroc: 'P-AUROC',
  pixelAp: 'P-AP',
  pixelF1Max: 'P-F1max',
  aupro: 'AUPRO',
};

const MEAN = 'mean';

function cells(name: string, metrics: Metrics): string[] {
  const values = METRICS.map((metric) => {
    const value = metrics[metric];
    return value === null ? '-' : (value * 100).toFixed(1);
  });
  return [name, ...values];
}

/** Rows with their columns in line: the first to the left, the others to the right. */
export function layOut(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

function notes(evaluation: Evaluation): string[] {
  const partial = METRICS.filter((metric) => {
    const over = evaluation.meanOver[metric];
    return over > 0 && over < evaluation.classes.length;
  });
  const lines = partial.map((metric) => `${TITLES[metric]}: mean over ${evaluation.meanOver[metric]} classes.`);
  const gaps = gapsOf(evaluation.classes, METRICS);
  lines.push(...describeUnmasked(evaluation.classes));
  return gaps.length > 0 ? [`-: undefined (${gaps.join('; ')}).`, ...lines] : lines;
}

/**
 * The metrics of an evaluation as a table in percent, with the mean as its last row and the conventions below.
 *
 * @returns lines joined by newlines, none at the end
 * @throws TypeError for what is no evaluation
 */
export function formatTable(evaluation: Evaluation): string {
  const keys = ['classes', 'mean', 'meanOver', 'conventions'] as const;
  if (!isRecord(evaluation) || !keys.every((key) => typeof evaluation[key] === 'object' && evaluation[key] !== null)) {
    throw wrongKind('the result of evaluator.evaluate', 'evaluation', evaluation);
  }
  const head = ['class', ...METRICS.map((metric) => TITLES[metric])];
  const rows = evaluation.classes.map((row) => cells(row.name, row));
  const lines = layOut([head, ...rows, cells(MEAN, evaluation.mean)]);
  const width = Math.max(...lines.map((line) => line.length));
  const rule = '-'.repeat(width);
  const [first = '', ...rest] = lines;
  const { mask, map, auproLimit } = evaluation.conventions;
  const above = mask === 'any' ? '0' : '0.5';
  const convention = `%, maps of ${map[0]} x ${map[1]}, mask pixels anomalous above ${above} ('${mask}'), AUPRO up to FPR ${auproLimit}.`;
  const last = rest.pop() ?? '';
  return [first, rule, ...rest, rule, last, ...notes(evaluation), convention].join('\n');
}
