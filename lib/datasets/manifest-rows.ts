/** Lines of a manifest, checked one by one: what each column may hold. Files are not looked for here. */
import { resolve } from 'node:path';
import type { MaskValues } from '../image/mask.js';
import { badClassName, place, type Row } from './table.js';
import type { Sample, Split } from './types.js';

/** Columns of a manifest. */
export const MANIFEST_COLUMNS = {
  required: ['image', 'label', 'class'],
  optional: ['mask', 'maskValues', 'split', 'defect', 'view', 'group'],
} as const;

/** A line as a sample; its split is null where the manifest says nothing of it. */
export interface ManifestSample {
  readonly line: number;
  readonly split: Split | null;
  readonly sample: Omit<Sample, 'split'>;
}

const SPLITS: readonly Split[] = ['train', 'validation', 'test'];
const MASK_VALUES: readonly MaskValues[] = ['grey', 'index'];
const LABELS: ReadonlyMap<unknown, 0 | 1> = new Map<unknown, 0 | 1>([
  ['normal', 0],
  ['anomalous', 1],
  ['0', 0],
  ['1', 1],
  [0, 0],
  [1, 1],
]);

/** A line that cannot be used; the message names file, line and column. */
export class BadRow extends Error {}

/** Makes samples of lines. */
export class RowReader {
  readonly #file: string;
  readonly #folder: string;

  /** @param folder - what paths are relative to */
  constructor(file: string, folder: string) {
    this.#file = file;
    this.#folder = folder;
  }

  /** @throws BadRow */
  read(row: Row): ManifestSample {
    const path = resolve(this.#folder, this.#text(row, 'image'));
    const className = this.#text(row, 'class');
    const bad = badClassName(className);
    if (bad !== undefined) {
      throw this.#bad(row, 'class', bad);
    }
    const label = this.#label(row);
    const defect = label === 0 ? 'good' : (this.#optional(row, 'defect') ?? 'anomalous');
    const mask = this.#mask(row);
    const maskValues = this.#oneOf(row, 'maskValues', MASK_VALUES);
    const view = this.#optional(row, 'view');
    const group = this.#optional(row, 'group');
    const split = this.#oneOf(row, 'split', SPLITS) ?? null;
    if (label === 1 && split !== null && split !== 'test') {
      throw this.#bad(row, 'split', "an anomalous picture belongs in 'test'");
    }
    const sample = {
      ...{ path, className, label, defect },
      ...(mask.length === 0 ? {} : { mask: mask.length === 1 ? String(mask[0]) : mask }),
      ...(maskValues === undefined || mask.length === 0 ? {} : { maskValues }),
      ...(view === undefined ? {} : { view }),
      ...(group === undefined ? {} : { group }),
    };
    return { line: row.line, split, sample };
  }

  #bad({ line }: Row, column: string, why: string): BadRow {
    return new BadRow(`${place(this.#file, line, column)}: ${why}`);
  }

  /** A cell's text; `undefined` for an empty one. */
  #optional(row: Row, column: string): string | undefined {
    const value = row.cells[column];
    if (value === undefined || value === null || value === '') {
      return undefined;
    }
    if (typeof value !== 'string') {
      throw this.#bad(row, column, `expected text but found ${JSON.stringify(value)}`);
    }
    if (value.includes('\0')) {
      throw this.#bad(row, column, 'it has a NUL character');
    }
    return value;
  }

  #text(row: Row, column: string): string {
    const value = this.#optional(row, column);
    if (value === undefined) {
      throw this.#bad(row, column, 'it is empty or missing');
    }
    return value;
  }

  #label(row: Row): 0 | 1 {
    const label = LABELS.get(row.cells.label);
    if (label === undefined) {
      const found = JSON.stringify(row.cells.label) ?? 'nothing';
      throw this.#bad(row, 'label', `expected normal, anomalous, 0 or 1 but found ${found}`);
    }
    return label;
  }

  #oneOf<Word extends string>(row: Row, column: string, words: readonly Word[]): Word | undefined {
    const value = this.#optional(row, column);
    const word = words.find((name) => name === value);
    if (word === undefined && value !== undefined) {
      throw this.#bad(row, column, `expected ${words.join(', ')} or nothing but found ${JSON.stringify(value)}`);
    }
    return word;
  }

  #mask(row: Row): readonly string[] {
    const { mask } = row.cells;
    const many: readonly unknown[] = Array.isArray(mask) ? mask : [mask];
    const paths = many.map((value) => this.#optional({ ...row, cells: { mask: value } }, 'mask'));
    return paths.filter((path) => path !== undefined).map((path) => resolve(this.#folder, path));
  }
}
