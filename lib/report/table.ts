/** The table of the paper's appendix as text: one row a class, percent, image metrics before pixel metrics. */
import { isRecord, wrongKind } from '../check.js';
import {
  type AllMetrics,
  type Evaluation,
  METRICS,
  type Metric,
  type Metrics,
  type SegmentationMetric,
} from '../evaluation/types.js';
import { describeUnmasked } from '../evaluation/unmasked.js';
import { visible } from '../text.js';
import { gapsOf } from './undefined.js';

/** Short titles of the paper's metrics and of SegF1, as columns have them. */
export const TITLES: Readonly<Record<Metric | SegmentationMetric, string>> = {
  imageAuroc: 'I-AUROC',
  imageAp: 'I-AP',
  imageF1Max: 'I-F1max',
  pixelAuroc: 'P-AUROC',
  pixelAp: 'P-AP',
  pixelF1Max: 'P-F1max',
  aupro: 'AUPRO',
  segF1: 'SegF1',
};

/** What the row of the means is called: by no name that a class has. */
export function meanName(classes: readonly { readonly name: string }[]): string {
  let name = 'mean';
  while (classes.some((row) => row.name === name)) {
    name = name === 'mean' ? 'mean of classes' : `${name}*`;
  }
  return name;
}

type Shown = Metrics & Partial<Pick<AllMetrics, SegmentationMetric>>;

function cells(name: string, metrics: Shown, shown: readonly (keyof Shown)[]): string[] {
  const values = shown.map((metric) => {
    const value = metrics[metric] ?? null;
    return value === null ? '-' : (value * 100).toFixed(1);
  });
  return [visible(name), ...values];
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
  // Results of older versions have none.
  const lost = evaluation.leftOut?.length ?? 0;
  if (lost > 0) {
    lines.push(`Left out, as they could not be scored: ${lost} ${lost === 1 ? 'picture' : 'pictures'}.`);
  }
  const gaps = gapsOf(evaluation.classes, METRICS);
  lines.push(...describeUnmasked(evaluation.classes).map(visible));
  return gaps.length > 0 ? [`-: undefined (${gaps.map(visible).join('; ')}).`, ...lines] : lines;
}

/**
 * The paper's metrics of an evaluation as a table in percent, and SegF1 where the model has a pixel threshold, with the mean as its last row and the conventions below. The row is
 * called `mean`, or `mean of classes` where a class is called so.
 *
 * @returns lines joined by newlines, none at the end
 * @throws TypeError for what is no evaluation
 */
export function formatTable(evaluation: Evaluation): string {
  const keys = ['classes', 'mean', 'meanOver', 'conventions'] as const;
  if (!isRecord(evaluation) || !keys.every((key) => typeof evaluation[key] === 'object' && evaluation[key] !== null)) {
    throw wrongKind('the result of evaluator.evaluate', 'evaluation', evaluation);
  }
  // Only a model with a pixel threshold has it.
  const segmented = evaluation.classes.some(({ segF1 }) => typeof segF1 === 'number');
  const shown = segmented ? ([...METRICS, 'segF1'] as const) : METRICS;
  const head = ['class', ...shown.map((metric) => TITLES[metric])];
  const rows = evaluation.classes.map((row) => cells(row.name, row, shown));
  const lines = layOut([head, ...rows, cells(meanName(evaluation.classes), evaluation.mean, shown)]);
  const width = Math.max(...lines.map((line) => line.length));
  const rule = '-'.repeat(width);
  const [first = '', ...rest] = lines;
  const { mask, map, auproLimit, tiles } = evaluation.conventions;
  const above = mask === 'any' ? '0' : '0.5';
  const convention = `%, maps of ${map[0]} x ${map[1]}${(tiles ?? null) === null ? '' : ' of each tile'}, mask pixels anomalous above ${above} ('${mask}'), AUPRO up to FPR ${auproLimit}.`;
  const last = rest.pop() ?? '';
  return [first, rule, ...rest, rule, last, ...notes(evaluation), convention].join('\n');
}
