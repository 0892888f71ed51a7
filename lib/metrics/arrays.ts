/** Checks of the arrays that metrics are computed from. All are copied, once. */
import { types } from 'node:util';
import type { NativePictures } from '../binding/metric-types.js';
import { checkPresent, ownCopy } from '../binding/own.js';
import { checkNumber, outOfRange, wrongKind } from '../check.js';
import type { MetricsPictures } from './types.js';

/** Keys of {@link MetricsPictures}. */
export const PICTURE_KEYS = ['maps', 'masks', 'labels', 'scores'] as const;

interface Kind<T> {
  readonly name: string;
  readonly is: (value: unknown) => value is T;
  readonly copy: (values: T, path: string) => T;
}

const MAPS: Kind<Float32Array> = { name: 'Float32Array', is: types.isFloat32Array, copy: ownCopy };
const MASKS: Kind<Uint8Array> = { name: 'Uint8Array', is: types.isUint8Array, copy: ownCopy };

function checkItem<T extends Float32Array | Uint8Array>(
  value: unknown,
  path: string,
  kind: Kind<T>,
  pixels: number,
): T {
  const what = `a ${kind.name} of height * width = ${pixels} values`;
  if (!kind.is(value)) {
    throw wrongKind(what, path, value);
  }
  checkPresent(value, path);
  if (value.length !== pixels) {
    throw outOfRange(what, path, value);
  }
  return kind.copy(value, path);
}

/** One array a picture, out of a list or of one long array. */
function checkList<T extends Float32Array | Uint8Array>(
  value: unknown,
  path: string,
  kind: Kind<T>,
  pixels: number,
): readonly T[] {
  if (Array.isArray(value)) {
    return Array.from(value, (item: unknown, index) => checkItem(item, `${path}[${index}]`, kind, pixels));
  }
  const what = `an array of ${kind.name}, or one ${kind.name} of a multiple of ${pixels} values,`;
  if (!kind.is(value)) {
    throw wrongKind(what, path, value);
  }
  checkPresent(value, path);
  if (value.length % pixels !== 0) {
    throw outOfRange(what, path, value);
  }
  const count = value.length / pixels;
  const copy = kind.copy(value, path);
  return Array.from({ length: count }, (_, i) => copy.subarray(i * pixels, (i + 1) * pixels) as T);
}

function checkCount(count: number, pictures: number, path: string, value: unknown): void {
  if (count !== pictures) {
    throw outOfRange(`as many as the ${pictures} maps`, path, value);
  }
}

function checkLabels(value: unknown, pictures: number): Uint8Array | null {
  if (value === undefined) {
    return null;
  }
  const path = 'input.labels';
  if (!types.isUint8Array(value) && !Array.isArray(value)) {
    throw wrongKind('a Uint8Array or an array of 0 and 1', path, value);
  }
  checkCount(value.length, pictures, path, value);
  return Uint8Array.from(value, (label: unknown, index) => {
    if (label !== 0 && label !== 1) {
      throw (typeof label === 'number' ? outOfRange : wrongKind)('0 or 1', `${path}[${index}]`, label);
    }
    return label;
  });
}

function checkScores(value: unknown, pictures: number): Float64Array | null {
  if (value === undefined || value === null) {
    return null;
  }
  const path = 'input.scores';
  if (!types.isFloat64Array(value) && !types.isFloat32Array(value) && !Array.isArray(value)) {
    throw wrongKind('a Float64Array, a Float32Array, an array of numbers or null', path, value);
  }
  checkCount(value.length, pictures, path, value);
  return Float64Array.from(value, (score: unknown, index) => checkNumber(score, `${path}[${index}]`));
}

/**
 * Pictures as the addon takes them.
 *
 * @param pixels - `height * width`
 */
export function checkPictures(
  input: Readonly<Partial<Record<keyof MetricsPictures, unknown>>>,
  pixels: number,
): NativePictures {
  const maps = checkList(input.maps, 'input.maps', MAPS, pixels);
  if (maps.length === 0) {
    throw outOfRange('at least one map', 'input.maps', input.maps);
  }
  const masks = checkList(input.masks, 'input.masks', MASKS, pixels);
  checkCount(masks.length, maps.length, 'input.masks', input.masks);
  return {
    maps,
    masks,
    labels: checkLabels(input.labels, maps.length),
    scores: checkScores(input.scores, maps.length),
  };
}
