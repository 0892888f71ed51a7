/** Opens a dataset: picks the layout, then the classes. */
import { stat } from 'node:fs/promises';
import { checkArray, checkOneOf, checkOptions, checkPath } from '../check.js';
import { DinomalyError } from '../errors.js';
import { mvtec } from './mvtec.js';
import type { ClassFolder, Dataset, DatasetFormat, Layout, Sample } from './types.js';

const LAYOUTS: readonly Layout[] = [mvtec];

/** Every name that `format` takes. */
export const datasetFormats: readonly DatasetFormat[] = LAYOUTS.map((layout) => layout.format);

/** Options of {@link openDataset}. */
export interface DatasetOptions {
  /** Layout of the folders. Default: recognised. */
  readonly format?: DatasetFormat | undefined;
  /** Classes to take, in any order. Default: all under the root. */
  readonly classes?: readonly string[] | undefined;
}

async function checkFolder(root: string): Promise<void> {
  const found = await stat(root).catch((error: unknown) => {
    throw new DinomalyError('FILE_READ', `Cannot open the dataset ${root}: ${String(error)}`, { cause: error });
  });
  if (!found.isDirectory()) {
    throw new DinomalyError('DATASET_LAYOUT', `The dataset ${root} is no folder`);
  }
}

async function recognise(root: string, format: DatasetFormat | undefined): Promise<[Layout, ClassFolder[]]> {
  const candidates = LAYOUTS.filter((layout) => format === undefined || layout.format === format);
  for (const layout of candidates) {
    const classes = await layout.find(root);
    if (classes.length > 0) {
      return [layout, classes];
    }
  }
  const shapes = candidates.map((layout) => `${layout.format} (${layout.shape})`).join('; ');
  throw new DinomalyError('DATASET_LAYOUT', `${root} has no classes in the layout ${shapes}`);
}

function choose(folders: readonly ClassFolder[], wanted: unknown): readonly ClassFolder[] {
  if (wanted === undefined) {
    return folders;
  }
  const names = folders.map((folder) => folder.name);
  const picked = new Set(checkArray(wanted, 'options.classes', (name, path) => checkOneOf(name, path, names)));
  if (picked.size === 0) {
    throw new RangeError('Expected at least one class for options.classes but received [] of type array');
  }
  return folders.filter((folder) => picked.has(folder.name));
}

/**
 * Lists the pictures of a dataset. No picture is opened; a picture that cannot be read is found by `trainer.train` and
 * `evaluator.evaluate` before they start.
 *
 * @param root - folder with one folder a class, or the folder of a single class
 * @throws DinomalyError `DATASET_LAYOUT` when the root fits no layout or a picture has two masks, `DATASET_EMPTY_CLASS`,
 * `MASK_MISSING`, `FILE_READ`, each naming the folder or the file
 */
export async function openDataset(root: string | URL, options?: DatasetOptions): Promise<Dataset> {
  const path = checkPath(root, 'root');
  const given = checkOptions(options, 'options', ['format', 'classes']);
  const format = given.format === undefined ? undefined : checkOneOf(given.format, 'options.format', datasetFormats);
  await checkFolder(path);
  const [layout, found] = await recognise(path, format);
  const folders = choose(found, given.classes);
  const train: Sample[] = [];
  const validation: Sample[] = [];
  const test: Sample[] = [];
  for (const folder of folders) {
    const samples = await layout.read(folder);
    train.push(...samples.train);
    validation.push(...(samples.validation ?? []));
    test.push(...samples.test);
  }
  const classes = folders.map((folder) => folder.name);
  return { root: path, format: layout.format, classes, train, validation, test, madeSplit: null, notes: [] };
}

export { verifyImages } from './verify.js';
