/** What the plans of all tables share: the runs of a row, with the paper's settings, and cells and columns. Pure. */
import { outOfRange } from '../check.js';
import { FACTS, SETTINGS } from './paper.js';
import type { Column, PlanCell, PlanData, PlannedRun, PlanOptions, PlanRow, Published } from './types.js';

/** What a table asks of a row of ours; the rest are the paper's settings. */
export interface RowSpec {
  readonly row: string;
  readonly label: string;
  /** Twice the iterations. */
  readonly long?: boolean;
  /** One model a class. */
  readonly separated?: boolean;
  /** The encoder of a row that the table names by it. */
  readonly encoder?: PlannedRun['options']['encoder'];
  /** What the row varies beside it. */
  readonly variant?: Omit<PlannedRun['options'], 'encoder' | 'seed'>;
  /** The paper's sizes in this row; null where it does not say. */
  readonly sides?: Published['sides'];
  /** False for a row that the paper does not have. */
  readonly inPaper?: boolean;
  /** Why there is nothing to run. */
  readonly skip?: string | null;
  readonly measure?: boolean;
}

/** Makes the runs of a table. */
export interface Planner {
  readonly data: readonly PlanData[];
  readonly options: PlanOptions;
  /** The run of a row on data set number `at`. */
  run(spec: RowSpec, at: number): PlannedRun;
}

function iterationsOf(
  spec: RowSpec,
  data: PlanData,
  given: number | undefined,
): readonly [ours: number, paper: number] {
  const facts = FACTS[data.label === 'other' ? 'MVTec-AD' : data.label];
  const usual = spec.separated === true ? SETTINGS.separatedIterations : facts.iterations;
  const paper = spec.long === true ? facts.longIterations : usual;
  return [given === undefined ? paper : given * (spec.long === true ? 2 : 1), paper];
}

function optionsOf(spec: RowSpec, data: PlanData, options: PlanOptions): PlannedRun['options'] {
  const facts = FACTS[data.label === 'other' ? 'MVTec-AD' : data.label];
  const separated = spec.separated === true;
  return {
    encoder: spec.encoder ?? options.encoder ?? SETTINGS.encoder,
    size: options.size,
    crop: options.crop,
    seed: options.seed ?? SETTINGS.seed,
    bottleneckDropout: separated ? SETTINGS.dropout : facts.dropout,
    ...(separated ? { eps: facts.separatedEps } : {}),
    ...spec.variant,
  };
}

function skipOf(spec: RowSpec, options: PlanOptions): string | null {
  if (options.rows !== undefined && !options.rows.includes(spec.row)) {
    return 'not chosen by --row';
  }
  if (options.rows === undefined && spec.long === true && options.long !== true) {
    return '--long runs it';
  }
  return spec.skip ?? null;
}

/** The planner of one table. */
export function createPlanner(data: readonly PlanData[], options: PlanOptions): Planner {
  const run = (spec: RowSpec, at: number): PlannedRun => {
    const set = data[at];
    if (set === undefined) {
      throw outOfRange(`the place of one of ${data.length} data sets`, 'at', at);
    }
    const [iterations, paperIterations] = iterationsOf(spec, set, options.iterations);
    const { batchSize, seed, size, crop } = SETTINGS;
    const named = typeof spec.encoder === 'string' ? spec.encoder : SETTINGS.encoder;
    const published = {
      encoder: spec.inPaper === false ? null : named,
      iterations: paperIterations,
      batchSize,
      sides: spec.sides === undefined ? { size, crop } : spec.sides,
      seed,
    };
    return {
      id: `${set.name}/${spec.row}`,
      row: spec.row,
      label: spec.label,
      data: at,
      separated: spec.separated === true,
      options: optionsOf(spec, set, options),
      iterations,
      batchSize: options.batchSize ?? batchSize,
      published,
      skip: skipOf(spec, options),
      measure: spec.measure === true,
    };
  };
  return { data, options, run };
}

/** The seven columns of most tables. */
export function sevenColumns(decimals: number): Column[] {
  return [
    { title: 'I-AUROC', quantity: 'imageAuroc', decimals },
    { title: 'I-AP', quantity: 'imageAp', decimals },
    { title: 'I-F1max', quantity: 'imageF1Max', decimals },
    { title: 'P-AUROC', quantity: 'pixelAuroc', decimals },
    { title: 'P-AP', quantity: 'pixelAp', decimals },
    { title: 'P-F1max', quantity: 'pixelF1Max', decimals },
    { title: 'AUPRO', quantity: 'aupro', decimals },
  ];
}

/** Cells of a row that only the paper has figures for. */
export function paperCells(paper: readonly (number | null)[]): PlanCell[] {
  return paper.map((value) => ({ paper: value }));
}

/** A data set as a section of a table; `at` is undefined for a benchmark that the user has not given. */
export interface Section extends PlanData {
  readonly at: number | undefined;
}

/** The benchmarks that the table always shows, in its order, and the other data sets of the user behind them. */
export function sectionsOf(planner: Planner, always: readonly PlanData['label'][]): Section[] {
  const given = planner.data.map((data, at) => ({ ...data, at }));
  const missing = always.filter((label) => given.every((data) => data.label !== label));
  const sections: Section[] = [...given, ...missing.map((label) => ({ name: label, label, at: undefined }))];
  const place = ({ label }: Section): number => (always.includes(label) ? always.indexOf(label) : always.length);
  return sections.sort((a, b) => place(a) - place(b));
}

/** Rows and runs of one section. */
export interface Part {
  readonly rows: readonly PlanRow[];
  readonly runs: readonly PlannedRun[];
}

/**
 * A row of ours in a section; without data the paper's figures stand alone.
 *
 * @param paper - its figures, null where there are none
 */
export function ownRow(
  planner: Planner,
  section: Section,
  spec: RowSpec,
  labels: readonly string[],
  paper: readonly (number | null)[],
): Part {
  const id = `${section.name}/${spec.row}`;
  if (section.at === undefined) {
    return { rows: [{ id, labels, cells: paperCells(paper) }], runs: [] };
  }
  const run = planner.run(spec, section.at);
  return { rows: [{ id, labels, cells: paper.map((value) => ({ paper: value, run: run.id })) }], runs: [run] };
}

/** A row of another method. */
export function paperRow(section: Section, name: string, labels: readonly string[], paper: readonly number[]): Part {
  return { rows: [{ id: `${section.name}/${name}`, labels, cells: paperCells(paper) }], runs: [] };
}

/** Parts one below the other. */
export function join(parts: readonly Part[]): Part {
  return { rows: parts.flatMap(({ rows }) => rows), runs: parts.flatMap(({ runs }) => runs) };
}

/** A table of sections; the data set is named where there are several. */
export function joinSections(
  sections: readonly Section[],
  labels: readonly string[],
  part: (section: Section) => Part,
): Part & { readonly labels: readonly string[] } {
  const several = sections.length > 1;
  const parts = sections.map((section) => {
    const { rows, runs } = part(section);
    const named = rows.map((row) => (several ? { ...row, labels: [section.name, ...row.labels] } : row));
    return { rows: named, runs };
  });
  return { labels: several ? ['Dataset', ...labels] : labels, ...join(parts) };
}

/** No figures. */
export function none(count: number): null[] {
  return Array.from({ length: count }, () => null);
}
