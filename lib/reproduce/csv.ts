/**
 * A report as CSV: a line a row, and for each figure the paper's, ours, and the difference. CSV has no comments, so what the
 * head of the report says stands in a column.
 */
import { type Cell, formatCsv } from '../csv.js';
import type { Report, ReportCell } from './report.js';
import type { Column } from './types.js';

/** Enough digits to compute with, none that mean nothing. */
function figure(value: number | null, decimals: number): number | null {
  return value === null ? null : Number(value.toFixed(decimals));
}

function cellFields(cell: ReportCell | undefined, { decimals }: Column): Cell[] {
  const { paper = null, ours = null, difference = null } = cell ?? {};
  return [figure(paper, decimals), figure(ours, decimals + 2), figure(difference, decimals)];
}

/** The table; the last column repeats the head of the report. */
export function toCsv(report: Report): string {
  const { labels, columns, rows, head, deviations } = report;
  const heads = columns.flatMap(({ title }) => [`${title} paper`, `${title} ours`, `${title} difference`]);
  const note = [head, ...deviations.map(({ text }) => text)].join(' | ');
  const lines = rows.map((row) => [
    row.id,
    ...row.labels,
    row.status,
    ...columns.flatMap((column, at) => cellFields(row.cells[at], column)),
    row.status === 'paper only' ? '' : note,
  ]);
  return formatCsv([['id', ...labels, 'status', ...heads, 'note'], ...lines]);
}
