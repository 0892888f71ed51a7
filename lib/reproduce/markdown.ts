/** A report as Markdown, which is what the terminal shows too. Pure. */
import { count, type Deviation, sides } from './deviations.js';
import type { Report, ReportCell, ReportRun } from './report.js';
import type { Column } from './types.js';

function figure(value: number | null, decimals: number): string {
  return value === null ? '-' : value.toFixed(decimals);
}

function signed(value: number, decimals: number): string {
  return value > 0 ? `+${value.toFixed(decimals)}` : value.toFixed(decimals);
}

/** `99.6 (paper) / 99.5 (-0.1)`; one of them where there is only one. */
function cellText(cell: ReportCell, { decimals }: Column): string {
  const { own: wanted, paper, ours, difference } = cell;
  if (!wanted) {
    return paper === null ? 'n/a' : figure(paper, decimals);
  }
  const own = figure(ours, decimals) + (difference === null ? '' : ` (${signed(difference, decimals)})`);
  return paper === null ? own : `${figure(paper, decimals)} (paper) / ${own}`;
}

function escapeCell(text: string): string {
  return text.replace(/[\\|]/g, '\\$&').replace(/\s+/g, ' ');
}

/** A table whose columns are as wide as their cells; those behind `left` are right-aligned. */
function table(head: readonly string[], rows: readonly (readonly string[])[], left: number): string[] {
  const all = [head, ...rows].map((row) => row.map(escapeCell));
  const widths = head.map((_, column) => Math.max(3, ...all.map((row) => (row[column] ?? '').length)));
  const pad = (text: string, column: number): string => {
    const width = widths[column] ?? 0;
    return column < left ? text.padEnd(width) : text.padStart(width);
  };
  const rule = widths.map((width, column) => (column < left ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  const [first = [], ...rest] = all;
  const lines = [first.map(pad), rule, ...rest.map((row) => row.map(pad))];
  return lines.map((cells) => `| ${cells.join(' | ')} |`);
}

function figures(report: Report): string[] {
  const { labels, columns, rows } = report;
  const body = rows.map((row) => [
    ...row.labels,
    ...columns.map((column, at) => {
      const cell = row.cells[at];
      return cell === undefined ? '' : cellText(cell, column);
    }),
  ]);
  return table([...labels, ...columns.map(({ title }) => title)], body, labels.length);
}

function deviationLine({ text, runs }: Deviation, all: number): string {
  return runs.length === all ? `- All rows of ours: ${text}.` : `- ${runs.join(', ')}: ${text}.`;
}

function seconds(value: number): string {
  return `${value < 10 ? value.toFixed(1) : count(Math.round(value))} s`;
}

function runRow({ id, models }: ReportRun): string[] {
  const [first] = models;
  if (first === undefined) {
    return [];
  }
  const { encoder, training, conventions, device } = first;
  const trained = models.map(({ trainSeconds }) => trainSeconds);
  const known = trained.flatMap((value) => value ?? []);
  const evaluated = models.reduce((sum, { evaluateSeconds }) => sum + evaluateSeconds, 0);
  return [
    id,
    encoder.name,
    encoder.sha256 === null ? 'untrained' : encoder.sha256.slice(0, 12),
    models.length === 1 ? '1' : `${models.length} (one a class)`,
    count(training.iterations),
    String(training.batchSize),
    String(training.seed),
    `${sides(conventions.size)}/${sides(conventions.crop)}`,
    device,
    known.length < trained.length ? '-' : seconds(known.reduce((sum, value) => sum + value, 0)),
    seconds(evaluated),
  ];
}

const RUN_HEAD = [
  'Row',
  'Encoder',
  'Weights',
  'Models',
  'Iterations',
  'Batch',
  'Seed',
  'Size/crop',
  'Device',
  'Training',
  'Evaluation',
];

function conventions(report: Report): string[] {
  const first = report.runs.flatMap(({ models }) => models)[0];
  if (first === undefined) {
    return [];
  }
  const { mask, map, scoreRatio, auproLimit } = first.conventions;
  const above = mask === 'any' ? '0' : '0.5';
  const score =
    scoreRatio === 0 ? 'the largest map pixel' : `the mean of the largest ${100 * scoreRatio} % of map pixels`;
  return [
    `Conventions of ours: maps of ${map[0]} x ${map[1]}, mask pixels anomalous above ${above} ('${mask}'), image score ${score}, ` +
      `AUPRO up to a false positive rate of ${auproLimit}, mean over classes.`,
  ];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', `## ${title}`, '', ...lines];
}

function speedLines(runs: readonly ReportRun[]): string[] {
  return runs.flatMap(({ id, measured }) => {
    if (measured === null) {
      return [];
    }
    const { imagesPerSecond, device, batch } = measured;
    const speed = imagesPerSecond.toPrecision(3);
    return [`- ${id}: ${speed} images/s on ${device}; batches of up to ${batch}, fp32, without decoding`];
  });
}

/** Rows that share a reason on one line. */
function restLines(runs: readonly ReportRun[]): string[] {
  const ids = new Map<string, string[]>();
  for (const { id, status, reason } of runs) {
    const why = reason === null ? status : `${status} (${reason})`;
    ids.set(why, [...(ids.get(why) ?? []), id]);
  }
  return [...ids].map(([why, own]) => `- ${own.join(', ')}: ${why}`);
}

/** The whole report. */
export function toMarkdown(report: Report): string {
  const { title, head, deviations, remarks, runs, data } = report;
  const done = runs.filter(({ status }) => status === 'done');
  const rest = runs.filter(({ status }) => status !== 'done');
  const cell = "Cells: the paper's figure (paper) / ours (difference).";
  const sets = data.map(
    ({ name, root, classes, trainImages, testImages }) =>
      `- ${name}: ${classes.length === 1 ? '1 class' : `${classes.length} classes`}, ${count(trainImages)} training and ${count(testImages)} test pictures, ${root}`,
  );
  return [
    `# ${title}`,
    '',
    `**${head}**`,
    ...section(
      'Departures from the paper',
      deviations.map((deviation) => deviationLine(deviation, done.length)),
    ),
    ...section('Figures', [
      ...figures(report),
      '',
      ...[cell, ...conventions(report), ...remarks].map((line) => `- ${line}`),
    ]),
    ...section('Rows of ours without metrics', restLines(rest)),
    ...section('Data', sets),
    ...section('Speed', speedLines(runs)),
    ...section('Runs', done.length === 0 ? [] : table(RUN_HEAD, done.map(runRow), 3)),
    '',
  ].join('\n');
}
