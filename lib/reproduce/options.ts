/** The options of `reproduce`, checked. */
import {
  checkArray,
  checkBoolean,
  checkInteger,
  checkOneOf,
  checkOptions,
  checkPath,
  checkString,
  orDefault,
  outOfRange,
  wrongKind,
} from '../check.js';
import { checkDatasetOptions, type DatasetOptions } from '../datasets/options.js';
import type { MaskConvention } from '../evaluation/types.js';
import { checkMaskConvention } from '../metrics/options.js';
import { resolveDevice } from '../options/device.js';
import { describeOptions } from '../options/trainer.js';
import type { DeviceOption } from '../options/types.js';
import { type DataLabel, LABELS, type PlanOptions, TABLES, type TableName } from './types.js';

/** A data set to run on; how it is opened as for `openDataset`. */
export interface DataOption extends Pick<DatasetOptions, 'format' | 'views' | 'split'> {
  readonly root: string | URL;
  /** Default: recognised by the names of its classes. `'other'` for a set that the paper has no figures for. */
  readonly benchmark?: DataLabel | undefined;
}

/** Options of `reproduce`. */
export interface ReproduceOptions extends Omit<PlanOptions, 'rows'> {
  readonly table: TableName;
  readonly data: readonly DataOption[];
  /** Folder for the report and for what has run. */
  readonly out: string | URL;
  /**
   * File with the encoder's weights; null for untrained encoders. Default: the file of each encoder in `weightsDir`, or
   * among the pulled ones.
   */
  readonly weights?: string | URL | null | undefined;
  /** Folder with a file for each encoder, `<encoder>.pth` or `.safetensors`, or under its publisher's name. */
  readonly weightsDir?: string | URL | undefined;
  /** Default: all classes of the data sets. */
  readonly classes?: readonly string[] | undefined;
  /** Rows of ours to run. Default: all but those of twice the iterations. */
  readonly rows?: readonly string[] | undefined;
  /** Default: `'auto'`. */
  readonly device?: DeviceOption | undefined;
  /** Default: `'any'`. */
  readonly maskConvention?: MaskConvention | undefined;
  /** Keep the model file of each row. Default: a model is removed once its metrics are written. */
  readonly keepModels?: boolean | undefined;
}

/** Checked options. */
export interface CheckedReproduce {
  readonly table: TableName;
  readonly data: readonly DataOption[];
  readonly out: string;
  readonly weights: string | null | undefined;
  readonly weightsDir: string | undefined;
  readonly classes: readonly string[] | undefined;
  readonly device: unknown;
  readonly maskConvention: MaskConvention;
  readonly keepModels: boolean;
  readonly plan: PlanOptions;
}

const KEYS = [
  'table',
  'data',
  'out',
  'weights',
  'weightsDir',
  'classes',
  'rows',
  'long',
  'device',
  'maskConvention',
  'keepModels',
  'encoder',
  'iterations',
  'batchSize',
  'size',
  'crop',
  'seed',
] as const;

type Given = Readonly<Partial<Record<(typeof KEYS)[number], unknown>>>;

/** Tables that have an encoder a row: one file cannot serve them. */
const MANY_ENCODERS: readonly TableName[] = ['4', 'figure5'];

function optional<T>(value: unknown, check: (value: unknown) => T): T | undefined {
  return value === undefined ? undefined : check(value);
}

function checkData(value: unknown, path: string): DataOption[] {
  const data = checkArray(value, path, (item, at) => {
    const given = checkOptions(item ?? null, at, ['root', 'benchmark', 'format', 'views', 'split']);
    const { format, views, split } = given as Pick<DatasetOptions, 'format' | 'views' | 'split'>;
    checkDatasetOptions({ format, views, split }, at);
    const benchmark = optional(given.benchmark, (name) => checkOneOf(name, `${at}.benchmark`, LABELS));
    return { root: checkPath(given.root, `${at}.root`), benchmark, format, views, split };
  });
  if (data.length === 0) {
    throw outOfRange('at least one data set', path, value);
  }
  return data;
}

function checkWords(value: unknown, path: string): string[] | undefined {
  const words = optional(value, (list) => checkArray(list, path, (item, at) => checkString(item, at)));
  if (words?.length === 0) {
    throw outOfRange('at least one name', path, value);
  }
  return words;
}

function checkPlan(given: Given): PlanOptions {
  const { encoder, size, crop } = given;
  const integer = (key: 'iterations' | 'batchSize' | 'seed', min: number): number | undefined =>
    optional(given[key], (value) => checkInteger(value, `options.${key}`, { min }));
  // Encoder and sizes must fit each other; the network checks them as the trainer will.
  describeOptions({ encoder, size, crop });
  return {
    ...(given as Pick<PlanOptions, 'encoder' | 'size' | 'crop'>),
    iterations: integer('iterations', 1),
    batchSize: integer('batchSize', 1),
    seed: integer('seed', 0),
    rows: checkWords(given.rows, 'options.rows'),
    long: optional(given.long, (value) => checkBoolean(value, 'options.long')),
  };
}

function checkWeights(given: Given, table: TableName): Pick<CheckedReproduce, 'weights' | 'weightsDir'> {
  const weights =
    given.weights === null ? null : optional(given.weights, (value) => checkPath(value, 'options.weights'));
  const weightsDir = optional(given.weightsDir, (value) => checkPath(value, 'options.weightsDir'));
  if (weights !== undefined && weightsDir !== undefined) {
    throw outOfRange('no folder beside options.weights', 'options.weightsDir', weightsDir);
  }
  if (typeof weights === 'string' && MANY_ENCODERS.includes(table) && given.encoder === undefined) {
    const what = 'a file for each encoder of this table (options.weightsDir), or one with options.encoder,';
    throw outOfRange(what, 'options.weights', weights);
  }
  return { weights, weightsDir };
}

/** What each row's trainer resolves. */
function checkedDevice(value: unknown): unknown {
  resolveDevice(value, 'options.device', () => false);
  return value;
}

/**
 * Checks the options of `reproduce`.
 *
 * @throws TypeError, RangeError naming the option at fault
 */
export function checkReproduceOptions(options: unknown): CheckedReproduce {
  if (options === undefined) {
    throw wrongKind('a plain object', 'options', options);
  }
  const given: Given = checkOptions(options, 'options', KEYS);
  const table = checkOneOf(given.table, 'options.table', TABLES);
  const { encoder, iterations, batchSize, size, crop, seed, rows, long } = given;
  return {
    table,
    data: checkData(given.data, 'options.data'),
    out: checkPath(given.out, 'options.out'),
    ...checkWeights(given, table),
    classes: checkWords(given.classes, 'options.classes'),
    device: checkedDevice(given.device),
    maskConvention: checkMaskConvention(given.maskConvention, 'options.maskConvention'),
    keepModels: checkBoolean(orDefault(given.keepModels, false), 'options.keepModels'),
    plan: checkPlan({ encoder, iterations, batchSize, size, crop, seed, rows, long }),
  };
}
