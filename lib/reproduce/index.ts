/** Reproduces a table of the paper: opens the data, plans, runs, and writes the report after each row. */
import { join } from 'node:path';
import { wrongKind } from '../check.js';
import { writeWhole } from '../files.js';
import { datasetFiles, refuseOverwrite } from '../overwrite.js';
import { toSvg } from './chart.js';
import { toCsv } from './csv.js';
import { type OpenData, openData } from './data.js';
import type { ReproduceHooks } from './hooks.js';
import { toMarkdown } from './markdown.js';
import { type CheckedReproduce, checkReproduceOptions, type ReproduceOptions } from './options.js';
import { planTable } from './plan.js';
import { buildReport, type Report } from './report.js';
import { PlanRun } from './run.js';
import { Store } from './store.js';
import type { Plan, PlannedRun, Results, TableName } from './types.js';
import { type FoundWeights, findWeights } from './weights.js';

export type { ReproduceHooks, ReproduceProgress } from './hooks.js';
export { toMarkdown } from './markdown.js';
export type { ReproduceOptions } from './options.js';
export type { Report } from './report.js';

/** Name of a table's files, without their ending. */
function reportName(table: TableName): string {
  return table === 'figure5' ? 'figure-5' : `table-${table}`;
}

async function writeReport(folder: string, plan: Plan, results: Results): Promise<Report> {
  const report = buildReport(plan, results);
  const base = join(folder, reportName(plan.table));
  await writeWhole(`${base}.md`, toMarkdown(report));
  await writeWhole(`${base}.csv`, toCsv(report));
  await writeWhole(`${base}.json`, `${JSON.stringify(report, null, 2)}\n`);
  if (plan.table === 'figure5') {
    await writeWhole(`${base}.svg`, toSvg(report));
  }
  return report;
}

/** Where all rows have the same encoder, its weights are asked for before anything is opened for long. */
function checkSomeWeights(plan: Plan, weightsOf: (run: PlannedRun) => FoundWeights): void {
  const wanted = plan.runs.filter(({ skip }) => skip === null);
  const missing = wanted.flatMap((run) => {
    const found = weightsOf(run);
    return 'missing' in found ? [found.missing] : [];
  });
  const [first] = missing;
  if (first !== undefined && new Set(missing).size === 1 && missing.length === wanted.length) {
    throw wrongKind(`weights, or null for an untrained encoder (${first}),`, 'options.weights', undefined);
  }
}

/** A report must not take the place of what it is made from. */
async function refuse(
  plan: Plan,
  { out }: CheckedReproduce,
  data: readonly OpenData[],
  weightsOf: (run: PlannedRun) => FoundWeights,
): Promise<void> {
  const base = join(out, reportName(plan.table));
  const outputs = ['md', 'csv', 'json', 'svg'].map((ending) => ({ path: `${base}.${ending}`, what: 'options.out' }));
  const weights = plan.runs
    .map(weightsOf)
    .flatMap((found) => ('file' in found && found.file !== null ? [found.file] : []));
  await refuseOverwrite(outputs, [
    ...[...new Set(weights)].map((path) => ({ path, what: 'the weights' })),
    ...data.flatMap(({ dataset }) => [...datasetFiles(dataset)]),
  ]);
}

async function runPlan(checked: CheckedReproduce, hooks: ReproduceHooks): Promise<Report> {
  const data = await openData(checked.data, checked.classes, hooks.signal);
  const sets = data.map(({ facts: { name, label } }) => ({ name, label }));
  const plan = planTable(checked.table, sets, checked.plan);
  const weightsOf = (run: PlannedRun): FoundWeights =>
    findWeights(run.options.encoder, checked.weights, checked.weightsDir);
  checkSomeWeights(plan, weightsOf);
  await refuse(plan, checked, data, weightsOf);
  const store = await Store.open(checked.out);
  const { device, maskConvention, keepModels } = checked;
  const context = { store, device, maskConvention, keepModels, hooks };
  const onResults = async (results: Results): Promise<void> => {
    await writeReport(store.folder, plan, results);
  };
  const run = new PlanRun({ plan, data, context, weightsOf, onResults });
  await run.run();
  return writeReport(store.folder, plan, run.results);
}

/**
 * Reproduces a table. What has run before with the same settings is taken from the folder `out`.
 *
 * @returns the report, as it is written to `out` in Markdown, CSV and JSON
 * @throws TypeError, RangeError naming the option at fault; DinomalyError of a failure that concerns all rows; the
 * signal's reason. The report of what has finished is written before
 */
export async function reproduce(options: ReproduceOptions, hooks: ReproduceHooks = {}): Promise<Report> {
  return runPlan(checkReproduceOptions(options), hooks);
}
