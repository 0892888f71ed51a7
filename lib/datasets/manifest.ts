/**
 * A manifest: a table of pictures as CSV or JSON lines, the root itself or `manifest.csv` or `manifest.jsonl` in it. Paths
 * are relative to its folder; absolute ones, and those that leave it, are taken as they are.
 */
import { dirname, extname, join } from 'node:path';
import { DinomalyError } from '../errors.js';
import { namedMasks } from './check.js';
import { byteOrder } from './files.js';
import type { ClassSamples, FoundClass, Layout, ReadContext } from './layout.js';
import { BadRow, MANIFEST_COLUMNS, type ManifestSample, RowReader } from './manifest-rows.js';
import { reportMissing } from './masks.js';
import { place, readCsv, readJsonLines } from './table.js';
import type { Sample } from './types.js';

const READERS = new Map([
  ['.csv', readCsv],
  ['.jsonl', readJsonLines],
  ['.ndjson', readJsonLines],
]);

/** Names of a manifest in the root of its set. */
export const MANIFEST_NAMES = ['manifest.csv', 'manifest.jsonl', 'manifest.ndjson'];

/** The manifest of a root; `undefined` when there is none. */
async function manifestOf(root: string, { folders }: ReadContext): Promise<string | undefined> {
  if (READERS.has(extname(root).toLowerCase()) && (await folders.isFile(root))) {
    return root;
  }
  const files = (await folders.list(root))?.files ?? [];
  const [file, other] = MANIFEST_NAMES.filter((name) => files.includes(name));
  if (other !== undefined) {
    throw new DinomalyError(
      'DATASET_LAYOUT',
      `${root} has two manifests, ${file} and ${other}: open one by its own path`,
    );
  }
  return file === undefined ? undefined : join(root, file);
}

/** Lines that can be used, by class. */
async function readRows(file: string, { report }: ReadContext): Promise<Map<string, ManifestSample[]>> {
  const reader = new RowReader(file, dirname(file));
  const rows = READERS.get(extname(file).toLowerCase()) ?? readCsv;
  const classes = new Map<string, ManifestSample[]>();
  let first: string | undefined;
  const lines = new Map<string, number>();
  for await (const row of rows(file, MANIFEST_COLUMNS)) {
    try {
      const read = reader.read(row);
      const { path, className } = read.sample;
      const before = lines.get(path);
      if (before !== undefined) {
        throw new BadRow(`${place(file, row.line, 'image')}: ${path} is on line ${before} too`);
      }
      lines.set(path, row.line);
      const same = classes.get(className);
      if (same === undefined) {
        classes.set(className, [read]);
      } else {
        same.push(read);
      }
    } catch (error) {
      if (!(error instanceof BadRow)) {
        throw error;
      }
      first ??= error.message;
      report('DATASET_LAYOUT', file, error.message);
    }
  }
  if (classes.size === 0) {
    const why = first === undefined ? '' : `: ${first}`;
    throw new DinomalyError('DATASET_EMPTY_CLASS', `${file} names no picture that can be used${why}`);
  }
  return classes;
}

/** Makes samples of a class's lines once their files are known to be there. */
class ClassReader {
  readonly #file: string;
  readonly #context: ReadContext;

  constructor(file: string, context: ReadContext) {
    this.#file = file;
    this.#context = context;
  }

  async read(rows: readonly ManifestSample[]): Promise<ClassSamples> {
    const hasSplit = rows.some(({ split }) => split !== null);
    const samples: Sample[] = [];
    for (const row of rows) {
      if (hasSplit && row.split === null) {
        const where = place(this.#file, row.line, 'split');
        this.#report('DATASET_LAYOUT', row, `${where}: it is empty, where other lines of the class name a split`);
      } else if (await this.#exists(row, 'image', row.sample.path)) {
        samples.push(await this.#sample(row));
      }
    }
    return { samples, hasSplit };
  }

  #report(code: 'DATASET_LAYOUT' | 'FILE_READ' | 'MASK_MISSING', { sample }: ManifestSample, message: string): void {
    this.#context.report(code, sample.path, message);
  }

  async #exists(row: ManifestSample, column: 'image' | 'mask', path: string): Promise<boolean> {
    if (await this.#context.folders.hasFile(path)) {
      return true;
    }
    const code = column === 'mask' ? 'MASK_MISSING' : 'FILE_READ';
    this.#report(code, row, `${place(this.#file, row.line, column)}: there is no file ${path}`);
    return false;
  }

  async #sample(row: ManifestSample): Promise<Sample> {
    const { mask, ...plain } = row.sample;
    const sample: Sample = { ...plain, split: row.split ?? 'test' };
    if (sample.label === 0 || mask === undefined) {
      if (sample.label === 1) {
        reportMissing(this.#context.report, sample.path, `one in ${place(this.#file, row.line, 'mask')}`);
      }
      return sample;
    }
    for (const each of namedMasks({ ...sample, mask })) {
      if (!(await this.#exists(row, 'mask', each))) {
        return sample;
      }
    }
    return { ...sample, mask };
  }
}

async function find(root: string, context: ReadContext): Promise<FoundClass[]> {
  const file = await manifestOf(root, context);
  if (file === undefined) {
    return [];
  }
  const classes = [...(await readRows(file, context))].sort(([a], [b]) => byteOrder(a, b));
  return classes.map(([name, rows]) => ({
    name,
    path: dirname(file),
    read: (own) => new ClassReader(file, own).read(rows),
  }));
}

/** The layout of a manifest. */
export const manifest: Layout<'manifest'> = {
  format: 'manifest',
  shape: 'manifest.csv or manifest.jsonl with the columns image, label, class',
  find,
};
