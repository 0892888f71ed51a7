/** Options of `openDataset`, checked. */
import {
  checkArray,
  checkInteger,
  checkNumber,
  checkOneOf,
  checkOptions,
  checkSignal,
  checkString,
  outOfRange,
} from '../check.js';
import { datasetFormats } from './layouts.js';
import type { DatasetFormat } from './types.js';

/** How a split is made where the set lacks one. */
export interface SplitOptions {
  /** The same seed draws the same split, in every version. Default: 0. */
  readonly seed?: number | undefined;
  /**
   * Share of the normal pictures to train on, above 0 and below 1. Only for a set without a split. Default: 0.7.
   */
  readonly train?: number | undefined;
  /**
   * Share of the normal pictures to hold out for thresholds; of a set that brings its split, share of its training
   * pictures. From 0, below 1. Default: 0.
   */
  readonly validation?: number | undefined;
}

/** Options of `openDataset`. */
export interface DatasetOptions {
  /** Layout of the folders. Default: recognised. */
  readonly format?: DatasetFormat | undefined;
  /** Classes to take, in any order. Default: all under the root. */
  readonly classes?: readonly string[] | undefined;
  /** Views to take, of a set that shows each object from several places, such as `['C1']`. Default: all. */
  readonly views?: readonly string[] | undefined;
  /** Makes a split. Default: a set without one is split by the defaults, all others are left as they are. */
  readonly split?: SplitOptions | undefined;
  /**
   * `'throw'` ends at the first thing that keeps a picture or a class from being used; `'list'` gathers all of them in
   * `dataset.faults`, for `inspectDataset`. Default: `'throw'`.
   */
  readonly faults?: 'throw' | 'list' | undefined;
  /** The promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** A split to make; `train` is `undefined` unless it was asked for. */
export interface CheckedSplit {
  readonly seed: number;
  readonly train: number | undefined;
  readonly validation: number;
}

/** Checked options. */
export interface CheckedDatasetOptions {
  readonly format: DatasetFormat | undefined;
  /** Names that there may not be: checked against those that are found. */
  readonly classes: readonly string[] | undefined;
  readonly views: readonly string[] | undefined;
  readonly split: CheckedSplit;
  readonly faults: 'throw' | 'list';
  readonly signal: AbortSignal | undefined;
}

/** Share of the normal pictures that a set without a split is trained on. */
export const DEFAULT_TRAIN_SHARE = 0.7;

/** The greatest number below 1: a share leaves something. */
const BELOW_ONE = 1 - Number.EPSILON / 2;

function checkShare(value: unknown, path: string, above: boolean): number {
  const share = checkNumber(value, path, { min: 0, above });
  if (share > BELOW_ONE) {
    throw outOfRange('a share below 1', path, value);
  }
  return share;
}

function checkSplit(value: unknown, path: string): CheckedSplit {
  const given = checkOptions(value, path, ['seed', 'train', 'validation']);
  const seed = given.seed === undefined ? 0 : checkInteger(given.seed, `${path}.seed`, { min: 0 });
  const train = given.train === undefined ? undefined : checkShare(given.train, `${path}.train`, true);
  const validation = given.validation === undefined ? 0 : checkShare(given.validation, `${path}.validation`, false);
  if (train !== undefined && train + validation > BELOW_ONE) {
    throw outOfRange('shares that leave normal pictures to test on', path, value);
  }
  return { seed, train, validation };
}

function checkClasses(value: unknown, path: string): readonly string[] {
  const classes = checkArray(value, path, (name, at) => checkString(name, at, 'the name of a class'));
  if (classes.length === 0) {
    throw outOfRange('at least one class', path, value);
  }
  return classes;
}

function checkViews(value: unknown, path: string): readonly string[] {
  const views = checkArray(value, path, (name, at) => checkString(name, at, 'the name of a view'));
  if (views.length === 0) {
    throw outOfRange('at least one view', path, value);
  }
  return views;
}

/**
 * Checks the options of `openDataset`.
 *
 * @param path - what messages call them
 * @throws TypeError, RangeError naming the option at fault
 */
export function checkDatasetOptions(options: unknown, path = 'options'): CheckedDatasetOptions {
  const given = checkOptions(options, path, ['format', 'classes', 'views', 'split', 'faults', 'signal']);
  return {
    format: given.format === undefined ? undefined : checkOneOf(given.format, `${path}.format`, datasetFormats),
    classes: given.classes === undefined ? undefined : checkClasses(given.classes, `${path}.classes`),
    views: given.views === undefined ? undefined : checkViews(given.views, `${path}.views`),
    split: checkSplit(given.split, `${path}.split`),
    faults: given.faults === undefined ? 'throw' : checkOneOf(given.faults, `${path}.faults`, ['throw', 'list']),
    signal: checkSignal(given.signal, `${path}.signal`),
  };
}
