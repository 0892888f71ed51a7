/**
 * VisA as it is published: pictures by class, and the one-class split in `split_csv/1cls.csv`
 * (`object,split,label,image,mask`). Masks hold numbers of defect kinds: whatever is not 0 is anomalous.
 */
import { dirname, join } from 'node:path';
import { DinomalyError } from '../errors.js';
import { byteOrder } from './files.js';
import type { ClassSamples, FoundClass, Layout, ReadContext } from './layout.js';
import { reportMissing } from './masks.js';
import { badClassName, place, type Row, readCsv } from './table.js';
import type { Sample } from './types.js';

/** The list of the published split, in the root. */
export const VISA_LIST = 'split_csv/1cls.csv';

const COLUMNS = { required: ['object', 'split', 'label', 'image', 'mask'], optional: 'any' } as const;
const SPLITS = ['train', 'test'] as const;
const LABELS = ['normal', 'anomaly'] as const;

function word<Word extends string>(file: string, { line, cells }: Row, column: string, words: readonly Word[]): Word {
  const found = words.find((each) => each === cells[column]);
  if (found === undefined) {
    const message = `expected ${words.join(' or ')} but found ${JSON.stringify(cells[column])}`;
    throw new DinomalyError('DATASET_LAYOUT', `${place(file, line, column)}: ${message}`);
  }
  return found;
}

/** Reads the pictures of one class from its lines of the table. */
class ClassReader {
  readonly #file: string;
  readonly #root: string;

  constructor(root: string, file: string) {
    this.#root = root;
    this.#file = file;
  }

  async read(context: ReadContext, rows: readonly Row[]): Promise<ClassSamples> {
    const samples: Sample[] = [];
    for (const row of rows) {
      const sample = await this.#sample(context, row);
      if (sample !== undefined) {
        samples.push(sample);
      }
    }
    return { samples, hasSplit: true };
  }

  async #sample(context: ReadContext, row: Row): Promise<Sample | undefined> {
    const split = word(this.#file, row, 'split', SPLITS);
    const label = word(this.#file, row, 'label', LABELS) === 'normal' ? 0 : 1;
    const path = await this.#existing(context, row, 'image');
    if (path === undefined) {
      return undefined;
    }
    if (split === 'train' && label === 1) {
      const message = `${place(this.#file, row.line, 'label')}: the anomalous picture ${path} is to be trained on`;
      context.report('DATASET_LAYOUT', path, message);
      return undefined;
    }
    const base = {
      path,
      className: String(row.cells.object),
      split,
      label,
      defect: label === 0 ? 'good' : 'bad',
    } as const;
    if (label === 0) {
      return base;
    }
    if (row.cells.mask === '') {
      reportMissing(context.report, path, `one in ${place(this.#file, row.line, 'mask')}`);
      return base;
    }
    const mask = await this.#existing(context, row, 'mask');
    return mask === undefined ? base : { ...base, mask, maskValues: 'index' };
  }

  async #existing({ folders, report }: ReadContext, { line, cells }: Row, column: string): Promise<string | undefined> {
    const path = join(this.#root, String(cells[column]));
    if (await folders.hasFile(path)) {
      return path;
    }
    const code = column === 'mask' ? 'MASK_MISSING' : 'FILE_READ';
    report(code, path, `${place(this.#file, line, column)}: there is no file ${path}`);
    return undefined;
  }
}

async function find(root: string, context: ReadContext): Promise<FoundClass[]> {
  const file = join(root, VISA_LIST);
  if ((await context.folders.list(dirname(file)))?.files.includes('1cls.csv') !== true) {
    return [];
  }
  const classes = new Map<string, Row[]>();
  for await (const row of readCsv(file, COLUMNS)) {
    const name = String(row.cells.object);
    const bad = badClassName(name);
    if (bad !== undefined) {
      throw new DinomalyError('DATASET_LAYOUT', `${place(file, row.line, 'object')}: ${bad}`);
    }
    const rows = classes.get(name);
    if (rows === undefined) {
      classes.set(name, [row]);
    } else {
      rows.push(row);
    }
  }
  const reader = new ClassReader(root, file);
  const entries = [...classes].sort(([a], [b]) => byteOrder(a, b));
  return entries.map(([name, rows]) => ({ name, path: root, read: (own) => reader.read(own, rows) }));
}

/** The layout of the published VisA. */
export const visa: Layout<'visa'> = { format: 'visa', shape: 'split_csv/1cls.csv, <class>/Data/{Images,Masks}', find };
