/** From a plan and what has run to the table that is shown: the paper's figures with ours beside them. Pure. */
import { meanOf } from '../evaluation/mean.js';
import type { ClassMetrics, Evaluation, Metrics } from '../evaluation/types.js';
import type { EncoderSource, TrainingSummary } from '../options/types.js';
import { type Deviation, findDeviations } from './deviations.js';
import type { Column, DataFacts, Measured, Outcome, Plan, PlanCell, PlannedRun, Quantity, Results } from './types.js';

/** A cell: figures as in the table, percent for metrics, not rounded. */
export interface ReportCell {
  /** Whether there is to be a figure of ours. */
  readonly own: boolean;
  readonly paper: number | null;
  readonly ours: number | null;
  /** Ours less the paper's, as printed: both rounded to the table's decimals. */
  readonly difference: number | null;
}

/** A row of the table. */
export interface ReportRow {
  readonly id: string;
  readonly labels: readonly string[];
  /** `'paper only'` for other methods and for data that was not given. */
  readonly status: Outcome['status'] | 'paper only' | 'partly done';
  /** Why there is no figure of ours. */
  readonly reason: string | null;
  readonly cells: readonly ReportCell[];
}

/** A row of ours, with all that it came from. */
export interface ReportRun {
  readonly id: string;
  readonly label: string;
  readonly status: Outcome['status'];
  readonly reason: string | null;
  readonly mean: Metrics | null;
  readonly classes: readonly ClassMetrics[];
  /** One, or one a class. */
  readonly models: readonly {
    readonly key: string;
    readonly classes: readonly string[];
    readonly encoder: EncoderSource;
    readonly training: TrainingSummary;
    readonly conventions: Evaluation['conventions'];
    readonly device: string;
    readonly trainSeconds: number | null;
    readonly evaluateSeconds: number;
    readonly finished: string;
  }[];
  readonly measured: Measured | null;
}

/** A table with its results; what the JSON file holds. */
export interface Report {
  readonly format: 1;
  readonly table: Plan['table'];
  readonly title: string;
  /** True when nothing that ran departs from the paper's settings. */
  readonly paperSettings: boolean;
  /** What a reader must know before the figures. */
  readonly head: string;
  readonly deviations: readonly Deviation[];
  readonly remarks: readonly string[];
  readonly data: readonly DataFacts[];
  readonly labels: readonly string[];
  readonly columns: readonly Column[];
  readonly rows: readonly ReportRow[];
  readonly runs: readonly ReportRun[];
}

/** What a run without an outcome is, before its turn. */
const WAITING: Outcome = { status: 'not run', reason: 'not its turn yet' };

function classesOf(outcome: Outcome): readonly ClassMetrics[] {
  return outcome.status === 'done' ? outcome.units.flatMap(({ classes }) => classes) : [];
}

function quantityOf(quantity: Quantity, outcome: Outcome, measured: Measured | undefined): number | null {
  switch (quantity) {
    case 'paramsM':
      return measured === undefined ? null : measured.parameters / 1e6;
    case 'macsG':
      return measured === undefined ? null : measured.macs / 1e9;
    case 'imagesPerSecond':
      return measured?.imagesPerSecond ?? null;
    default: {
      const value = outcome.status === 'done' ? meanOf(classesOf(outcome)).mean[quantity] : null;
      return value === null ? null : 100 * value;
    }
  }
}

function cellOf(cell: PlanCell, column: Column, results: Results): ReportCell {
  const { paper, run } = cell;
  if (run === undefined) {
    return { own: false, paper, ours: null, difference: null };
  }
  const ours = quantityOf(column.quantity, results.outcomes.get(run) ?? WAITING, results.measured.get(run));
  const rounded = ours === null ? null : Number(ours.toFixed(column.decimals));
  const difference = rounded === null || paper === null ? null : Number((rounded - paper).toFixed(column.decimals));
  // -0 reads as a loss.
  return { own: true, paper, ours, difference: difference === 0 ? 0 : difference };
}

function statusOf(cells: readonly PlanCell[], results: Results): Pick<ReportRow, 'status' | 'reason'> {
  const ids = [...new Set(cells.flatMap(({ run }) => run ?? []))];
  const outcomes = ids.map((id) => results.outcomes.get(id) ?? WAITING);
  const [first] = outcomes;
  if (first === undefined) {
    return { status: 'paper only', reason: null };
  }
  const reasons = outcomes.flatMap((outcome) => (outcome.status === 'done' ? [] : [outcome.reason]));
  const reason = reasons.length === 0 ? null : [...new Set(reasons)].join('; ');
  const same = outcomes.every(({ status }) => status === first.status);
  const partly = outcomes.some(({ status }) => status === 'done');
  return { status: same ? first.status : partly ? 'partly done' : first.status, reason };
}

function runOf(run: PlannedRun, results: Results): ReportRun {
  const outcome = results.outcomes.get(run.id) ?? WAITING;
  const classes = classesOf(outcome);
  const models = outcome.status === 'done' ? outcome.units : [];
  return {
    id: run.id,
    label: run.label,
    status: outcome.status,
    reason: outcome.status === 'done' ? null : outcome.reason,
    mean: classes.length === 0 ? null : meanOf(classes).mean,
    classes,
    models: models.map(({ format: _, settings: __, classes: own, ...rest }) => ({
      ...rest,
      classes: own.map(({ name }) => name),
    })),
    measured: results.measured.get(run.id) ?? null,
  };
}

function headOf(plan: Plan, runs: readonly ReportRun[], deviations: readonly Deviation[]): string {
  const what = plan.table === 'figure5' ? 'This figure' : 'This table';
  const done = runs.filter(({ status }) => status === 'done').length;
  if (done === 0) {
    return `No model of ours was trained and evaluated: ${what.toLowerCase()} does not reproduce the paper's figures.`;
  }
  if (deviations.length > 0) {
    return `${what} does not reproduce the paper's figures: it was made with other settings or on other data (departures are listed in the report).`;
  }
  const rest = done < runs.length ? ` ${done} of the ${runs.length} rows of ours have run.` : '';
  return `Rows of ours were made with the paper's settings.${rest}`;
}

/** The table as it stands. */
export function buildReport(plan: Plan, results: Results): Report {
  const deviations = findDeviations(plan, results);
  const runs = plan.runs.map((run) => runOf(run, results));
  return {
    format: 1,
    table: plan.table,
    title: plan.title,
    paperSettings: deviations.length === 0 && runs.some(({ status }) => status === 'done'),
    head: headOf(plan, runs, deviations),
    deviations,
    remarks: plan.remarks,
    data: results.data,
    labels: plan.labels,
    columns: plan.columns,
    rows: plan.rows.map(({ id, labels, cells }) => ({
      id,
      labels,
      ...statusOf(cells, results),
      cells: plan.columns.map((column, at) => cellOf(cells[at] ?? { paper: null }, column, results)),
    })),
    runs,
  };
}
