/**
 * What has run, on disk: a file a result under the hash of all that it depends on, so that a later run finds it only with
 * the same settings. Files are whole or not there.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { isRecord } from '../check.js';
import { METRICS } from '../evaluation/types.js';
import { makeFolder, writeWhole } from '../files.js';
import { readText } from '../read.js';
import type { Measured, UnitResult } from './types.js';

/** JSON with its keys in order: equal values give equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) =>
    isRecord(item) ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1))) : item,
  );
}

/** The name of a result: hash of its settings. */
export function keyOf(settings: unknown): string {
  return createHash('sha256').update(canonicalJson(settings)).digest('hex').slice(0, 32);
}

function isClass(value: unknown): boolean {
  return (
    isRecord(value) &&
    typeof value.name === 'string' &&
    METRICS.every((metric) => value[metric] === null || Number.isFinite(value[metric]))
  );
}

function isUnit(value: unknown, key: string): value is UnitResult {
  return (
    isRecord(value) &&
    value.format === 1 &&
    value.key === key &&
    Array.isArray(value.classes) &&
    value.classes.length > 0 &&
    value.classes.every(isClass) &&
    [value.conventions, value.training, value.encoder].every(isRecord)
  );
}

function isMeasured(value: unknown): value is Measured {
  return (
    isRecord(value) && ['parameters', 'macs', 'imagesPerSecond', 'batch'].every((key) => Number.isFinite(value[key]))
  );
}

/** The folder of `--out`. */
export class Store {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** @throws DinomalyError `FILE_WRITE` */
  static async open(folder: string): Promise<Store> {
    const store = new Store(folder);
    for (const name of ['runs', 'models']) {
      await makeFolder(join(folder, name));
    }
    return store;
  }

  /** Where the model of a result lies between its training and its metrics. */
  modelFile(key: string): string {
    return join(this.folder, 'models', `${key}.safetensors`);
  }

  /** A result; undefined when it is not there, or damaged. */
  async readUnit(key: string): Promise<UnitResult | undefined> {
    const value = await this.#read(key);
    return isUnit(value, key) ? value : undefined;
  }

  async writeUnit(result: UnitResult): Promise<void> {
    await this.#write(result.key, result);
  }

  async readMeasured(key: string): Promise<Measured | undefined> {
    const value = await this.#read(key);
    return isMeasured(value) ? value : undefined;
  }

  async writeMeasured(key: string, measured: Measured): Promise<void> {
    await this.#write(key, measured);
  }

  async #read(key: string): Promise<unknown> {
    try {
      return JSON.parse(await readText(join(this.folder, 'runs', `${key}.json`)));
    } catch {
      return undefined;
    }
  }

  async #write(key: string, value: unknown): Promise<void> {
    await writeWhole(join(this.folder, 'runs', `${key}.json`), `${JSON.stringify(value, null, 2)}\n`);
  }
}
