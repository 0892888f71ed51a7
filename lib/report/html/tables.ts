/** The tables of the page: metrics of each class, and decisions at its threshold. */

import { ALL_METRICS, type AnyMetric, type ClassMetrics, type Evaluation } from '../../evaluation/types.js';
import { counted } from '../../lists.js';
import { COLUMNS } from '../columns.js';
import { type ClassDecisions, type Confusion, sumConfusions } from '../decisions.js';
import { html, type Markup } from '../markup.js';
import { figure, percent } from './format.js';

/** A table that scrolls sideways on a narrow screen, by keyboard too, under words that do not. */
export function scrolling(name: string, words: string, table: Markup): Markup {
  return html`<p class="words">${words}</p>
<div class="scroll" role="region" aria-label="${name}" tabindex="0">${table}</div>`;
}

/** The link to a class, as the first cell of its row. */
function classHead(name: string, at: number): Markup {
  return html`<th scope="row" data-value="${name}"><a href="#class-${at}"><bdi>${name}</bdi></a></th>`;
}

function metricCell(row: ClassMetrics, metric: AnyMetric): Markup {
  // Rows of older results lack some.
  const value = (row[metric] as number | null | undefined) ?? null;
  if (value === null) {
    const reason = row.undefinedBecause[metric] ?? 'undefined';
    return html`<td class="number" data-value="" title="${reason}">-<span class="unseen"> undefined: ${reason}</span></td>`;
  }
  return html`<td class="number" data-value="${value}">${(value * 100).toFixed(1)}</td>`;
}

function meanCell({ mean, meanOver, classes }: Evaluation, metric: AnyMetric): Markup {
  const value = (mean[metric] as number | null | undefined) ?? null;
  const over = meanOver[metric];
  const note =
    over === classes.length || value === null ? null : html` <small>over ${over} of ${classes.length}</small>`;
  return html`<td class="number">${value === null ? '-' : (value * 100).toFixed(1)}${note}</td>`;
}

/** The table of the paper's appendix: a row a class, the mean below. */
export function metricsTable(evaluation: Evaluation): Markup {
  const { classes } = evaluation;
  const { mask, map, auproLimit, tiles } = evaluation.conventions;
  const heads = ALL_METRICS.map((metric) => {
    const { short, long } = COLUMNS[metric];
    // Breaks at spaces only: the browser would break at hyphens too.
    const look = short.includes(' ') ? 'number wraps' : 'number';
    return html`<th scope="col" class="${look}" data-sort="number" title="${long}">${short}</th>`;
  });
  const rows = classes.map(
    (row, at) =>
      html`<tr>${classHead(row.name, at)}<td class="number" data-value="${row.images}">${row.images}</td><td class="number" data-value="${row.anomalous}">${row.anomalous}</td>${ALL_METRICS.map((metric) => metricCell(row, metric))}</tr>`,
  );
  const sum = (key: 'images' | 'anomalous'): number => classes.reduce((total, row) => total + row[key], 0);
  const name = 'Metrics of each class in percent';
  const exact =
    'auproExact' in evaluation.mean
      ? ` AUPRO is over the authors' grid of thresholds; 'exact' is the same area over every threshold, 'AUPRO 0.05' that up to a rate of 0.05, and 'PRO at 0.05' the mean overlap of the regions at that rate. SegF1 is the F1 score of pixels at the model's pixel threshold.`
      : '';
  const words = `I: pictures, P: pixels. Maps of ${map[0]} x ${map[1]}${(tiles ?? null) === null ? '' : ' of each tile'}; mask pixels anomalous above ${mask === 'any' ? '0' : '0.5'}; AUPRO up to a false positive rate of ${auproLimit}.${exact}`;
  return scrolling(
    name,
    words,
    html`<table class="sortable">
<caption>${name}</caption>
<thead><tr><th scope="col" data-sort="text">Class</th><th scope="col" class="number" data-sort="number">Pictures</th><th scope="col" class="number" data-sort="number">Anomalous</th>${heads}</tr></thead>
<tbody>
${rows}
</tbody>
<tfoot><tr><th scope="row">Mean of classes</th><td class="number">${sum('images')}</td><td class="number">${sum('anomalous')}</td>${ALL_METRICS.map((metric) => meanCell(evaluation, metric))}</tr></tfoot>
</table>`,
  );
}

function countCells(confusion: Confusion): Markup[] {
  const { truePositives, falseNegatives, falsePositives, trueNegatives } = confusion;
  return [truePositives, falseNegatives, falsePositives, trueNegatives].map(
    (count, at) =>
      html`<td class="${count > 0 && (at === 1 || at === 2) ? 'number wrong' : 'number'}" data-value="${count}">${count}</td>`,
  );
}

function rateCells({ truePositives, falseNegatives, falsePositives, trueNegatives }: Confusion): Markup[] {
  return [
    [falseNegatives, truePositives + falseNegatives],
    [falsePositives, falsePositives + trueNegatives],
  ].map(([count = 0, all = 0]) =>
    all === 0
      ? html`<td class="number" data-value="">-<span class="unseen"> undefined: no such pictures</span></td>`
      : html`<td class="number" data-value="${count / all}">${percent(count / all)}</td>`,
  );
}

function decisionRow({ name, threshold, source, confusion }: ClassDecisions, at: number): Markup {
  const cells =
    confusion === null || threshold === null
      ? Array.from(
          { length: 8 },
          (_, cell) => html`<td class="${cell === 1 ? 'source' : 'number'}" data-value="">-</td>`,
        )
      : [
          html`<td class="number" data-value="${threshold}">${figure(threshold)}</td>`,
          html`<td class="source" data-value="${source ?? ''}">${source === 'model' ? 'model' : 'F1-optimal here'}</td>`,
          ...countCells(confusion),
          ...rateCells(confusion),
        ];
  return html`<tr>${classHead(name, at)}${cells}</tr>`;
}

const DECISION_HEADS = ['Found', 'False accepts', 'False rejects', 'Passed', 'False accept rate', 'False reject rate'];

/** A row a class: what its threshold found, missed, and rejected for nothing. */
export function decisionsTable(decisions: readonly ClassDecisions[]): Markup {
  const total = sumConfusions(decisions);
  const name = 'Decisions at the threshold of each class';
  const heads = DECISION_HEADS.map((title) => html`<th scope="col" class="number" data-sort="number">${title}</th>`);
  const foot =
    total === null
      ? null
      : html`<tfoot><tr><th scope="row">All classes</th><td class="number">-</td><td>-</td>${countCells(total)}${rateCells(total)}</tr></tfoot>`;
  const words =
    'A picture whose score is above the threshold is rejected. False accepts are anomalous pictures that pass, false rejects normal ones that do not.';
  return scrolling(
    name,
    words,
    html`<table class="sortable">
<caption>${name}</caption>
<thead><tr><th scope="col" data-sort="text">Class</th><th scope="col" class="number" data-sort="number">Threshold</th><th scope="col" data-sort="text">From</th>${heads}</tr></thead>
<tbody>
${decisions.map(decisionRow)}
</tbody>
${foot}
</table>`,
  );
}

function errors(count: number, what: string): Markup {
  return html`<td class="${count > 0 ? 'number wrong' : 'number'}">${counted(count, what)}</td>`;
}

/** The four counts of one class as the field draws them. */
export function confusionTable({ name, threshold, confusion }: ClassDecisions): Markup {
  if (confusion === null || threshold === null) {
    return html`<p class="none">No threshold, so no decisions: normal and anomalous pictures are both needed, or a calibrated model.</p>`;
  }
  const { truePositives, falseNegatives, falsePositives, trueNegatives } = confusion;
  return html`<table class="confusion">
<caption>Decisions on <bdi>${name}</bdi> above ${figure(threshold)}</caption>
<thead><tr><th scope="col">Picture</th><th scope="col" class="number">rejected</th><th scope="col" class="number">accepted</th></tr></thead>
<tbody>
<tr><th scope="row">anomalous</th><td class="number right">${truePositives} found</td>${errors(falseNegatives, 'false accept')}</tr>
<tr><th scope="row">normal</th>${errors(falsePositives, 'false reject')}<td class="number right">${trueNegatives} passed</td></tr>
</tbody>
</table>`;
}
