/** Plans of Tables 1 and 2: Dinomaly beside other methods. Pure. */
import { BENCHMARKS, REMARKS, TABLE_1, TABLE_1_OURS, TABLE_2, TABLE_2_OURS, type Three } from './paper.js';
import {
  join,
  joinSections,
  none,
  ownRow,
  type Part,
  type Planner,
  paperCells,
  paperRow,
  type RowSpec,
  type Section,
  sectionsOf,
  sevenColumns,
} from './planner.js';
import type { Column, Plan, PlanCell, PlannedRun, PlanRow } from './types.js';

const STANDARD: RowSpec = { row: 'dinomaly', label: 'Dinomaly' };
const LONG: RowSpec = { row: 'dinomaly-long', label: 'Dinomaly↑', long: true };

function part1(planner: Planner, section: Section): Part {
  const benchmark = BENCHMARKS.find((name) => name === section.label);
  const others = benchmark === undefined ? [] : TABLE_1[benchmark];
  const { standard, long } = benchmark === undefined ? { standard: none(7), long: none(7) } : TABLE_1_OURS[benchmark];
  return join([
    ...others.map(({ method, values }) => paperRow(section, method, [method], values)),
    ownRow(planner, section, STANDARD, ['Dinomaly'], standard),
    ownRow(planner, section, LONG, ['Dinomaly↑'], long),
  ]);
}

/** Multi-class setting, against other methods. */
export function planTable1(planner: Planner): Plan {
  return {
    table: '1',
    title: 'Table 1. Performance under the multi-class setting (%)',
    remarks: REMARKS.table1,
    columns: sevenColumns(1),
    ...joinSections(sectionsOf(planner, BENCHMARKS), ['Method'], (section) => part1(planner, section)),
  };
}

const MULTI: RowSpec = { row: 'multi-class', label: 'Dinomaly (multi-class)' };
const SEPARATED: RowSpec = { row: 'class-separated', label: 'Dinomaly (class-separated)', separated: true };

function columns2(sections: readonly Section[]): Column[] {
  return sections.flatMap(({ name }) => [
    { title: `${name} I-AUROC`, quantity: 'imageAuroc', decimals: 1 } as const,
    { title: `${name} P-AUROC`, quantity: 'pixelAuroc', decimals: 1 } as const,
    { title: `${name} AUPRO`, quantity: 'aupro', decimals: 1 } as const,
  ]);
}

/** A row across all data sets. */
function row2(
  planner: Planner,
  sections: readonly Section[],
  id: string,
  label: string,
  paper: (section: Section) => Three,
  spec?: RowSpec,
): Part {
  const runs: PlannedRun[] = [];
  const cells = sections.flatMap((section): PlanCell[] => {
    if (spec === undefined || section.at === undefined) {
      return paperCells(paper(section));
    }
    const run = planner.run(spec, section.at);
    runs.push(run);
    return paper(section).map((value) => ({ paper: value, run: run.id }));
  });
  const row: PlanRow = { id, labels: [label], cells };
  return { rows: [row], runs };
}

/** One model for all classes, and one model a class. */
export function planTable2(planner: Planner): Plan {
  const sections = sectionsOf(planner, BENCHMARKS);
  const figures =
    (values: (typeof TABLE_2)[number]['values']) =>
    ({ label }: Section): Three =>
      label === 'other' ? [null, null, null] : values[label];
  const { multiClass, separated } = TABLE_2_OURS;
  return {
    table: '2',
    title: 'Table 2. Performance under the class-separated setting (%)',
    remarks: REMARKS.table2,
    labels: ['Method'],
    columns: columns2(sections),
    ...join([
      row2(planner, sections, MULTI.row, MULTI.label, figures(multiClass), MULTI),
      row2(planner, sections, SEPARATED.row, SEPARATED.label, figures(separated), SEPARATED),
      ...TABLE_2.map(({ method, values }) => row2(planner, sections, method, method, figures(values))),
    ]),
  };
}
