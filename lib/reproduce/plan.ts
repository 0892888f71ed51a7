/**
 * From the name of a table to its rows and to the models they need, with the paper's settings and what the user changed
 * of them. Pure: nothing is read and nothing runs.
 */
import { checkOneOf, outOfRange } from '../check.js';
import { reasonOf } from '../kinds.js';
import { describeOptions } from '../options/trainer.js';
import { createPlanner, type Planner } from './planner.js';
import { planTable1, planTable2 } from './tables.js';
import { planFigure5, planTable3, planTable4, planTable5 } from './tables-ablation.js';
import type { Plan, PlanData, PlannedRun, PlanOptions, TableName } from './types.js';

const PLANS: Readonly<Record<TableName, (planner: Planner) => Plan>> = {
  '1': planTable1,
  '2': planTable2,
  '3': planTable3,
  '4': planTable4,
  '5': planTable5,
  figure5: planFigure5,
};

function checkData(data: readonly PlanData[]): void {
  if (data.length === 0) {
    throw outOfRange('at least one data set', 'options.data', data);
  }
  const names = data.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) {
    throw outOfRange('data sets of different names', 'options.data', twice);
  }
}

function refusalOf({ options }: PlannedRun): unknown {
  const { seed: _seed, loss: _loss, eps: _eps, ...network } = options;
  try {
    describeOptions(network);
    return undefined;
  } catch (error) {
    return error;
  }
}

/** Options that make no network in any row are a fault of the caller; in some rows they are a fact to report. */
function refuseImpossible(runs: readonly PlannedRun[]): PlannedRun[] {
  const refusals = new Map(runs.map((run) => [run.id, run.skip === null ? refusalOf(run) : undefined]));
  const wanted = runs.filter(({ skip }) => skip === null);
  const first = wanted[0] === undefined ? undefined : refusals.get(wanted[0].id);
  if (first !== undefined && wanted.every(({ id }) => refusals.get(id) !== undefined)) {
    throw first;
  }
  return runs.map((run) => {
    const refusal = refusals.get(run.id);
    return refusal === undefined ? run : { ...run, skip: reasonOf(refusal) };
  });
}

/** Table 5 is about these. */
function checkSides(table: TableName, options: PlanOptions): void {
  for (const key of ['size', 'crop'] as const) {
    if (table === '5' && options[key] !== undefined) {
      throw outOfRange('no value in table 5, whose rows are the input sizes,', `options.${key}`, options[key]);
    }
  }
}

/**
 * Plans a table.
 *
 * @param data - what there is to run on
 * @throws RangeError naming the option at fault
 */
export function planTable(table: TableName, data: readonly PlanData[], options: PlanOptions = {}): Plan {
  checkData(data);
  checkSides(table, options);
  const plan = PLANS[table](createPlanner(data, options));
  const rows = [...new Set(plan.runs.map(({ row }) => row))];
  for (const [at, row] of (options.rows ?? []).entries()) {
    checkOneOf(row, `options.rows[${at}]`, rows);
  }
  return { ...plan, runs: refuseImpossible(plan.runs) };
}
