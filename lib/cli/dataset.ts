/** `dinomaly dataset check`, and how every command opens a dataset. */
import { checkInteger } from '../check.js';
import { describeSplit } from '../datasets/describe.js';
import type { Inspection, SizeCount, SplitCounts } from '../datasets/inspection.js';
import { type Dataset, type DecodeOptions, inspectDataset, openDataset } from '../index.js';
import { visible } from '../text.js';
import { present } from './arguments.js';
import { type DatasetArguments, openOptions } from './dataset-options.js';
import { createReporter, detail, EXIT, note, print, printJson, seconds, warn } from './output.js';

/** Options of `dinomaly dataset check`, as commander parses them. */
export interface DatasetCheckArguments extends DatasetArguments {
  readonly pixelLimit?: number;
  readonly svg?: boolean;
  readonly orientation?: string;
  readonly json?: boolean;
}

/** Opens a dataset and says on stderr what split was made and where it is read in another way than the authors'. */
export async function openNoted(root: string, given: DatasetArguments): Promise<Dataset> {
  const started = performance.now();
  const dataset = await openDataset(root, openOptions(given));
  const { train, validation, test } = dataset;
  const counts = `${train.length} to train on, ${validation.length} held out, ${test.length} to test`;
  detail(`opened ${root} in ${seconds(performance.now() - started)}: layout ${dataset.format}, pictures: ${counts}`);
  noteDataset(dataset);
  return dataset;
}

function noteDataset({ format, madeSplit, notes }: Pick<Dataset, 'format' | 'madeSplit' | 'notes'>): void {
  if (madeSplit !== null) {
    note(describeSplit(madeSplit));
  }
  for (const [at, line] of notes.entries()) {
    // The first one of photos of one's own tells what the folders were taken for; others tell what figures do not mean.
    (at === 0 && format === 'folder' ? note : warn)(line);
  }
}

function counts({ normal, anomalous }: SplitCounts): string {
  return anomalous === 0 ? String(normal) : `${normal} + ${anomalous}`;
}

function sizes(list: readonly SizeCount[]): string {
  const [first, second] = list;
  if (first === undefined) {
    return '-';
  }
  if (second === undefined) {
    return `${first.width}x${first.height}`;
  }
  const range = (of: (size: SizeCount) => number): string => {
    const values = list.map(of);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return low === high ? String(low) : `${low}-${high}`;
  };
  return `${range(({ width }) => width)}x${range(({ height }) => height)} (${list.length} sizes)`;
}

function table({ classes }: Inspection): string[] {
  const head = ['class', 'train', 'validation', 'test', 'pixels'];
  const rows = classes.map((each) => [
    visible(each.name),
    counts(each.train),
    counts(each.validation),
    counts(each.test),
    sizes(each.sizes),
  ]);
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  return [head, ...rows].map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function report(inspection: Inspection): void {
  const { format, pictures, faults, remarks } = inspection;
  for (const line of table(inspection)) {
    print(line);
  }
  for (const { code, message } of faults) {
    print(`fault   ${code}  ${message}`);
  }
  for (const { code, message } of remarks) {
    print(`remark  ${code}  ${message}`);
  }
  const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;
  const found = `${faults.length === 0 ? 'no faults' : plural(faults.length, 'fault')}, ${plural(remarks.length, 'remark')}`;
  print(`${format}: ${plural(pictures, 'picture')}, ${found}`);
}

/**
 * Checks a dataset: counts by class and split (normal + anomalous), sizes, and all that is at fault.
 *
 * @returns the exit code: 0 for a sound set, 1 for one with a fault
 */
export async function datasetCheckCommand(root: string, given: DatasetCheckArguments): Promise<number> {
  if (given.pixelLimit !== undefined) {
    checkInteger(given.pixelLimit, '--pixel-limit', { min: 1 });
  }
  const dataset = await openDataset(root, { ...openOptions(given), faults: 'list' });
  const reporter = createReporter('picture', dataset.train.length + dataset.validation.length + dataset.test.length);
  let inspection: Inspection;
  try {
    const onProgress = ({ done }: { done: number }): void => reporter.update(done, '');
    inspection = await inspectDataset(dataset, {
      onProgress,
      ...present({ pixelLimit: given.pixelLimit, svg: given.svg }),
      ...present({ orientation: given.orientation as DecodeOptions['orientation'] }),
    });
  } finally {
    reporter.stop();
  }
  if (given.json === true) {
    printJson(inspection, 2);
  } else {
    noteDataset(dataset);
    report(inspection);
  }
  return inspection.faults.length === 0 ? EXIT.ok : EXIT.failure;
}
