/** The data sets of a run: opened, recognised, and told apart by the content of their files. */
import { basename } from 'node:path';
import { outOfRange, unknownWord } from '../check.js';
import { remarksOf } from '../datasets/describe.js';
import { openDataset } from '../datasets/index.js';
import { restrictDataset } from '../datasets/restrict.js';
import type { Dataset } from '../datasets/types.js';
import type { DataOption } from './options.js';
import { BENCHMARKS, FACTS } from './paper.js';
import type { DataFacts, DataLabel } from './types.js';

/** A data set that is ready to run on. */
export interface OpenData {
  readonly facts: DataFacts;
  readonly dataset: Dataset;
}

/**
 * The benchmark that has all of these classes.
 *
 * @returns undefined when none or several have them: `toothbrush` and `zipper` are in two
 */
export function recogniseBenchmark(classes: readonly string[]): DataLabel | undefined {
  const fitting = BENCHMARKS.filter((name) => classes.every((each) => FACTS[name].classes.includes(each)));
  return fitting.length === 1 ? fitting[0] : undefined;
}

function labelOf(dataset: Dataset, given: DataOption, path: string): DataLabel {
  const label = given.benchmark ?? recogniseBenchmark(dataset.classes);
  if (label === undefined) {
    const names = [...BENCHMARKS, 'other'].join(', ');
    const what = `a benchmark that the classes ${dataset.classes.join(', ')} are of; or say which it is (${names}):`;
    throw outOfRange(what, `${path}.benchmark`, given.benchmark);
  }
  return label;
}

/**
 * Opens the data sets; those without one of the chosen classes are left out.
 *
 * @param classes - undefined for all
 * @throws RangeError for a class that none has, and for a benchmark that must be told; DinomalyError as `openDataset`
 */
export async function openData(
  given: readonly DataOption[],
  classes: readonly string[] | undefined,
  signal?: AbortSignal,
): Promise<OpenData[]> {
  const opened: OpenData[] = [];
  const seen = new Set<string>();
  for (const [at, option] of given.entries()) {
    const { root, format, views, split } = option;
    const whole = await openDataset(root, { format, views, split, signal });
    for (const name of whole.classes) {
      seen.add(name);
    }
    const dataset = classes === undefined ? whole : restrictDataset(whole, classes);
    if (dataset !== undefined) {
      // The whole set tells which benchmark it is, where a few chosen classes would not.
      const label = labelOf(whole, option, `options.data[${at}]`);
      // As other deviations: without the full stop, which the report sets.
      const remarks = remarksOf(dataset).map((text) => text.replace(/\.$/, ''));
      const name = label === 'other' ? basename(dataset.root) : label;
      const counts = { trainImages: dataset.train.length, testImages: dataset.test.length };
      opened.push({
        dataset,
        facts: { name, label, root: dataset.root, classes: dataset.classes, ...counts, remarks },
      });
    }
  }
  const unknown = classes?.find((name) => !seen.has(name));
  if (unknown !== undefined) {
    throw unknownWord(`options.classes[${classes?.indexOf(unknown)}]`, unknown, [...seen]);
  }
  return opened;
}
