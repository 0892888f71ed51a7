/** Colour scales as they come from a model file. */
import { checkInteger, checkNumber, checkOptions, isRecord, MAP_VALUE, outOfRange, wrongKind } from '../check.js';
import type { Calibration, ColourEnds } from './types.js';

function readEnds(given: Readonly<Partial<Record<'low' | 'high', unknown>>>, path: string): ColourEnds {
  const low = checkNumber(given.low, `${path}.low`, MAP_VALUE);
  const high = checkNumber(given.high, `${path}.high`, MAP_VALUE);
  if (high <= low) {
    throw outOfRange(`a number above ${path}.low, ${low},`, `${path}.high`, high);
  }
  return { low, high };
}

function readClasses(value: unknown, path: string): Readonly<Record<string, ColourEnds>> {
  if (!isRecord(value)) {
    throw wrongKind('a plain object', path, value);
  }
  const entries = Object.entries(value).map(([name, one]) => {
    const at = `${path}.${name}`;
    return [name, readEnds(checkOptions(one ?? null, at, ['low', 'high']), at)] as const;
  });
  return Object.fromEntries(entries);
}

/**
 * Reads the colour scales of a model; null where there are none.
 *
 * @throws TypeError, RangeError naming the part at fault
 */
export function readCalibration(value: unknown): Calibration | null {
  if (value === null) {
    return null;
  }
  const given = checkOptions(value, 'calibration', ['low', 'high', 'images', 'classes']);
  const all = {
    ...readEnds(given, 'calibration'),
    images: checkInteger(given.images, 'calibration.images', { min: 1 }),
  };
  // Files of earlier versions have one scale for all classes.
  return given.classes === undefined ? all : { ...all, classes: readClasses(given.classes, 'calibration.classes') };
}
