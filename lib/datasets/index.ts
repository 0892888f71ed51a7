/** Opens a dataset: picks the layout, then the classes, then the split. */
import { stat } from 'node:fs/promises';
import { checkOneOf, checkPath, outOfRange, unknownWord } from '../check.js';
import { DinomalyError } from '../errors.js';
import { byteOrder, Folders } from './files.js';
import type { FoundClass, Layout, ReadContext } from './layout.js';
import { LAYOUTS } from './layouts.js';
import { type CheckedDatasetOptions, checkDatasetOptions, type DatasetOptions } from './options.js';
import { applySplit, type ReadClass } from './split.js';
import type { Dataset, DatasetFault, DatasetFormat, Sample } from './types.js';
import { describeUnderstood } from './understood.js';
import { describeUnknown } from './unknown.js';

/** A layout that fits a root. */
interface Match {
  readonly layout: Layout<DatasetFormat>;
  readonly classes: readonly FoundClass[];
}

/** Gathers faults, or throws the first. */
class Faults {
  readonly list: DatasetFault[] = [];
  readonly #throws: boolean;

  constructor(mode: 'throw' | 'list') {
    this.#throws = mode === 'throw';
  }

  /** What a layout reads with. */
  context(folders: Folders, className: string | null): ReadContext {
    return {
      folders,
      report: (code, path, message) => this.add({ code, className, path, message }, new DinomalyError(code, message)),
    };
  }

  add(fault: DatasetFault, error: unknown): void {
    if (this.#throws) {
      throw error;
    }
    this.list.push(fault);
  }
}

async function checkRoot(root: string): Promise<void> {
  await stat(root).catch((error: unknown) => {
    throw new DinomalyError('FILE_READ', `Cannot open the dataset ${root}: ${String(error)}`, { cause: error });
  });
}

async function matches(
  layouts: readonly Layout<DatasetFormat>[],
  find: (layout: Layout<DatasetFormat>) => Promise<FoundClass[]>,
): Promise<Match[]> {
  const found: Match[] = [];
  for (const layout of layouts) {
    const classes = await find(layout);
    if (classes.length > 0) {
      found.push({ layout, classes });
    }
  }
  return found;
}

async function recognise(root: string, format: DatasetFormat | undefined, context: ReadContext): Promise<Match> {
  const candidates: readonly Layout<DatasetFormat>[] = LAYOUTS.filter(
    (layout) => format === undefined || layout.format === format,
  );
  const fitting = await matches(candidates, (layout) => layout.find(root, context));
  const refined = new Set(fitting.map(({ layout }) => layout.refines));
  const clear = fitting.filter(({ layout }) => !refined.has(layout.format));
  const guess = async (layout: Layout<DatasetFormat>): Promise<FoundClass[]> =>
    (await layout.guess?.(root, context)) ?? [];
  const [match, ...others] = clear.length > 0 ? clear : await matches(candidates, guess);
  if (match === undefined) {
    throw new DinomalyError('DATASET_LAYOUT', await describeUnknown(root, format, context.folders));
  }
  if (others.length > 0) {
    const names = [match, ...others].map(({ layout }) => layout.format).join(' and ');
    throw new DinomalyError('DATASET_LAYOUT', `${root} fits the layouts ${names}: say which with the option format`);
  }
  return match;
}

function choose(found: readonly FoundClass[], wanted: readonly string[] | undefined): readonly FoundClass[] {
  if (wanted === undefined) {
    return found;
  }
  const names = found.map(({ name }) => name);
  const picked = new Set(wanted.map((name, at) => checkOneOf(name, `options.classes[${at}]`, names)));
  return found.filter(({ name }) => picked.has(name));
}

async function readClass(found: FoundClass, folders: Folders, faults: Faults): Promise<ReadClass> {
  const { name, path } = found;
  try {
    return { name, path, ...(await found.read(faults.context(folders, name))) };
  } catch (error) {
    if (!(error instanceof DinomalyError)) {
      throw error;
    }
    faults.add({ code: error.code, className: name, path, message: error.message }, error);
    return { name, path, samples: [], hasSplit: true };
  }
}

function keepViews(classes: readonly ReadClass[], views: CheckedDatasetOptions['views']): readonly ReadClass[] {
  if (views === undefined) {
    return classes;
  }
  const known = new Set(classes.flatMap(({ samples }) => samples.map(({ view }) => view)));
  const at = views.findIndex((view) => !known.has(view));
  if (at >= 0) {
    const names = [...known].filter((view) => view !== undefined).sort(byteOrder);
    throw names.length === 0
      ? outOfRange('nothing, as the set has no views,', 'options.views', views[at])
      : unknownWord(`options.views[${at}]`, views[at], names);
  }
  const keep = ({ view }: Sample): boolean => view !== undefined && views.includes(view);
  return classes.map((read) => ({ ...read, samples: read.samples.filter(keep) }));
}

/**
 * Lists the pictures of a dataset and gives each its split. Pictures are not opened, but for masks of KolektorSDD, which
 * tell the labels; a picture that cannot be read is found by `trainer.train` and `evaluator.evaluate` before they start.
 *
 * @param root - folder with one folder a class, or the folder of a single class, or a manifest file
 * @throws TypeError, RangeError naming the option at fault, also for a share of a split that the set brings by itself
 * @throws DinomalyError `DATASET_LAYOUT` when the root fits no layout, or several, or holds what its layout does not,
 * `DATASET_EMPTY_CLASS`, `MASK_MISSING`, `FILE_READ`, each naming the folder or the file; the signal's reason
 */
export async function openDataset(root: string | URL, options?: DatasetOptions): Promise<Dataset> {
  const path = checkPath(root, 'root');
  const given = checkDatasetOptions(options);
  const { signal } = given;
  signal?.throwIfAborted();
  await checkRoot(path);
  const folders = new Folders(signal);
  const faults = new Faults(given.faults);
  const { layout, classes: found } = await recognise(path, given.format, faults.context(folders, null));
  const classes: ReadClass[] = [];
  for (const each of choose(found, given.classes)) {
    classes.push(await readClass(each, folders, faults));
    signal?.throwIfAborted();
  }
  const { samples, madeSplit, notes } = applySplit(keepViews(classes, given.views), given.split);
  const rank = new Map(classes.map(({ name }, at) => [name, at]));
  const place = ({ className }: Sample): number => rank.get(className) ?? 0;
  const sorted = samples.toSorted((a, b) => place(a) - place(b) || byteOrder(a.path, b.path));
  return {
    root: path,
    format: layout.format,
    classes: classes.map(({ name }) => name),
    train: sorted.filter(({ split }) => split === 'train'),
    validation: sorted.filter(({ split }) => split === 'validation'),
    test: sorted.filter(({ split }) => split === 'test'),
    madeSplit,
    notes: [...new Set([...describeUnderstood(classes), ...classes.flatMap((read) => read.notes ?? []), ...notes])],
    faults: faults.list,
  };
}

export { datasetFormats } from './layouts.js';
export type { DatasetOptions, SplitOptions } from './options.js';
export { verifyImages } from './verify.js';
