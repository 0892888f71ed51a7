/** Thresholds as they come from a file or from a caller: checked to the last number, copied and frozen. */

import {
  checkArray,
  checkExtent,
  checkInteger,
  checkNumber,
  checkOneOf,
  checkOptions,
  checkString,
  isRecord,
  MAP_VALUE,
  orDefault,
  outOfRange,
  wrongKind,
} from '../check.js';
import { PRECISIONS } from '../options/precision.js';
import { checkStoredTiles, sameTiles } from '../options/tiles.js';
import type { Geometry } from '../options/types.js';
import { MOST_SCORES } from './choose.js';
import type { PixelThreshold, Threshold, ThresholdScoring, Thresholds } from './types.js';

/** Most classes with a threshold of their own: a model file's header may not grow without bound. */
const MOST_CLASSES = 2048;

const SHARE = { min: 0, max: 1 } as const;
/** Differences of two scores stay finite. */
const SCORE = { min: -1e300, max: 1e300 } as const;

/** The record behind a value that must not be left out. */
function required<Key extends string>(value: unknown, path: string, keys: readonly Key[]) {
  return checkOptions(value ?? null, path, keys);
}

function checkInterval(value: unknown, path: string): readonly [number, number] {
  if (!Array.isArray(value) || value.length !== 2) {
    throw wrongKind('[low, high]', path, value);
  }
  const low = checkNumber(value[0], `${path}[0]`, SHARE);
  return Object.freeze([low, checkNumber(value[1], `${path}[1]`, { min: low, max: 1 })] as const);
}

function checkScores(value: unknown, path: string): readonly number[] {
  if (!Array.isArray(value)) {
    throw wrongKind('an array', path, value);
  }
  if (value.length === 0 || value.length > MOST_SCORES) {
    throw outOfRange(`1 to ${MOST_SCORES} scores`, `${path}.length`, value.length);
  }
  let last = Number.NEGATIVE_INFINITY;
  const scores = checkArray(value, path, (item, at) => {
    const score = checkNumber(item, at, SCORE);
    if (score < last) {
      throw outOfRange('scores in rising order', at, item);
    }
    last = score;
    return score;
  });
  return Object.freeze(scores);
}

const KEYS = ['value', 'images', 'falseRejectRate', 'falseRejectInterval', 'low', 'normalScores'] as const;

function checkThreshold(value: unknown, path: string): Threshold {
  const given = required(value, path, KEYS);
  const threshold = checkNumber(given.value, `${path}.value`, SCORE);
  const images = checkInteger(given.images, `${path}.images`, { min: 1 });
  const normalScores = checkScores(given.normalScores, `${path}.normalScores`);
  if (normalScores.length > images) {
    throw outOfRange(
      `at most as many scores as ${path}.images, ${images},`,
      `${path}.normalScores.length`,
      normalScores.length,
    );
  }
  const low = checkNumber(given.low, `${path}.low`, SCORE);
  if (low >= threshold) {
    throw outOfRange(`a number below ${path}.value`, `${path}.low`, low);
  }
  return Object.freeze({
    value: threshold,
    images,
    falseRejectRate: checkNumber(given.falseRejectRate, `${path}.falseRejectRate`, SHARE),
    falseRejectInterval: checkInterval(given.falseRejectInterval, `${path}.falseRejectInterval`),
    low,
    normalScores,
  });
}

function checkClasses<T>(
  value: unknown,
  path: string,
  checkOne: (value: unknown, path: string) => T,
): Readonly<Record<string, T>> {
  if (!isRecord(value)) {
    throw wrongKind('a plain object', path, value);
  }
  const names = Object.keys(value);
  if (names.length > MOST_CLASSES) {
    throw outOfRange(`at most ${MOST_CLASSES} classes`, path, names.length);
  }
  const entries = names.map((name) => {
    return [checkString(name, path, 'the name of a class'), checkOne(value[name], `${path}.${name}`)] as const;
  });
  return Object.freeze(Object.fromEntries(entries));
}

function checkPixel(value: unknown, path: string): PixelThreshold {
  const given = required(value, path, ['value', 'images', 'falseRejectRate', 'falseRejectInterval']);
  return Object.freeze({
    value: checkNumber(given.value, `${path}.value`, MAP_VALUE),
    images: checkInteger(given.images, `${path}.images`, { min: 1 }),
    falseRejectRate: checkNumber(given.falseRejectRate, `${path}.falseRejectRate`, SHARE),
    falseRejectInterval: checkInterval(given.falseRejectInterval, `${path}.falseRejectInterval`),
  });
}

function checkScoring(value: unknown, path: string): ThresholdScoring {
  const given = required(value, path, ['map', 'scoreRatio', 'precision', 'tiles']);
  const tiles = checkStoredTiles(given.tiles, `${path}.tiles`);
  return Object.freeze({
    map: Object.freeze(checkExtent(given.map, `${path}.map`)),
    scoreRatio: checkNumber(given.scoreRatio, `${path}.scoreRatio`, SHARE),
    precision: checkOneOf(given.precision, `${path}.precision`, PRECISIONS),
    ...(tiles !== null && { tiles }),
  });
}

/**
 * Refuses what are no thresholds.
 *
 * @returns a frozen copy
 * @throws TypeError, RangeError naming the part at fault
 */
export function checkThresholds(value: unknown, path: string): Thresholds {
  const keys = [
    'method',
    'falseRejectRate',
    'confidenceLevel',
    'image',
    'classes',
    'pixel',
    'pixelClasses',
    'scoring',
    'notes',
  ] as const;
  const given = required(value, path, keys);
  const method = checkOneOf(given.method, `${path}.method`, ['false-reject-rate', 'f1-max']);
  const rate = given.falseRejectRate;
  if (method === 'f1-max' && rate !== null) {
    throw wrongKind(`null beside 'f1-max'`, `${path}.falseRejectRate`, rate);
  }
  return Object.freeze({
    method,
    falseRejectRate: method === 'f1-max' ? null : checkNumber(rate, `${path}.falseRejectRate`, SHARE),
    confidenceLevel: checkNumber(given.confidenceLevel, `${path}.confidenceLevel`, SHARE),
    image: checkThreshold(given.image, `${path}.image`),
    classes: checkClasses(given.classes, `${path}.classes`, checkThreshold),
    pixel: checkPixel(given.pixel, `${path}.pixel`),
    // Files of earlier versions have one pixel threshold for all classes.
    pixelClasses: checkClasses(orDefault(given.pixelClasses, {}), `${path}.pixelClasses`, checkPixel),
    scoring: checkScoring(given.scoring, `${path}.scoring`),
    notes: Object.freeze(checkArray(given.notes, `${path}.notes`, (note, at) => checkString(note, at))),
  });
}

/** What thresholds depend on. */
type ScoringGeometry = Pick<Geometry, 'map' | 'scoreRatio' | 'tiles'>;

/** True where the thresholds hold for what a model of this geometry returns. */
export function fitsGeometry({ scoring }: Thresholds, geometry: ScoringGeometry): boolean {
  const { map, scoreRatio, tiles } = geometry;
  const alike = scoring.scoreRatio === scoreRatio && sameTiles(scoring.tiles, tiles);
  return alike && scoring.map.every((side, at) => side === map[at]);
}

/**
 * Thresholds for a model of `geometry`; null for none.
 *
 * @throws TypeError, RangeError also for those of another map size or rule of the score
 */
export function checkOwnThresholds(value: unknown, path: string, geometry: ScoringGeometry): Thresholds | null {
  if (value === null || value === undefined) {
    return null;
  }
  const thresholds = checkThresholds(value, path);
  if (!fitsGeometry(thresholds, geometry)) {
    throw outOfRange(
      "thresholds of this model's map size, rule of the score and tiles",
      `${path}.scoring`,
      thresholds.scoring,
    );
  }
  return thresholds;
}
