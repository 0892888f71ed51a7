/** Checks that all functions on maps share. */
import { checkPresent, ownCopy } from '../binding/own.js';
import { checkInteger, checkNumber, isRecord, outOfRange, wrongKind } from '../check.js';
import { DinomalyError } from '../errors.js';
import { isFloat32Array } from '../kinds.js';
import type { Geometry } from '../options/types.js';
import { pixelThresholdOf } from '../thresholds/decide.js';
import type { Thresholds } from '../thresholds/types.js';
import type { AnomalyMap, MapModel } from './types.js';

/** A map of any kind, its values copied for a job. */
export function checkMap(value: unknown, path: string, what = 'a result of model.score or placeMap'): AnomalyMap {
  if (typeof value !== 'object' || value === null || !('map' in value) || !isFloat32Array(value.map)) {
    throw wrongKind(what, path, value);
  }
  const { map, height, width } = value as AnomalyMap;
  checkInteger(height, `${path}.height`, { min: 1 });
  checkInteger(width, `${path}.width`, { min: 1 });
  checkPresent(map, `${path}.map`);
  if (map.length !== height * width) {
    throw outOfRange(`${height} x ${width} values`, `${path}.map.length`, map.length);
  }
  return { map: ownCopy(map, `${path}.map`), height, width, pixelThreshold: checkShownFrom(value, path) };
}

/** From where on the map shows its verdict; null where it does not say. */
function checkShownFrom(value: object, path: string): number | null {
  const shown = 'pixelThreshold' in value ? (value.pixelThreshold ?? null) : null;
  return shown === null ? null : checkNumber(shown, `${path}.pixelThreshold`);
}

/** A map over the crop: one that has been placed cannot be placed again. */
export function checkUnplaced(value: unknown, path: string): AnomalyMap {
  const what = 'a result of model.score';
  const map = checkMap(value, path, what);
  if (isRecord(value) && value.inspected !== undefined && value.score === undefined) {
    throw wrongKind(`${what}, not yet placed,`, path, value);
  }
  return map;
}

function isExtent(value: unknown): value is readonly [number, number] {
  return Array.isArray(value) && value.length === 2 && value.every((side) => Number.isInteger(side) && side >= 1);
}

/** What maps need of a model. */
export function checkModel(model: unknown): MapModel {
  const parts = typeof model === 'object' && model !== null ? (model as Partial<MapModel>) : {};
  const { resize, crop }: Partial<Geometry> = parts.geometry ?? {};
  if (!isExtent(resize) || !isExtent(crop) || crop[0] > resize[0] || crop[1] > resize[1]) {
    throw wrongKind('a Model, or {geometry, calibration} of one,', 'model', model);
  }
  const { calibration = null, thresholds = null } = parts;
  return { geometry: parts.geometry as Geometry, calibration, thresholds };
}

/** The pixel threshold of stored thresholds for pictures of a class; null where there are none. */
export function pixelThreshold(thresholds: unknown, path: string, className?: string | null): number | null {
  if (thresholds === undefined || thresholds === null) {
    return null;
  }
  const { pixel, pixelClasses } = thresholds as Partial<Thresholds>;
  const value: unknown =
    pixel === undefined
      ? undefined
      : pixelThresholdOf({ pixel, ...(pixelClasses && { pixelClasses }) }, className).value;
  if (typeof value !== 'number') {
    throw wrongKind('thresholds of a model', path, thresholds);
  }
  return checkNumber(value, `${path}.pixel.value`);
}

/** The error where a pixel threshold is needed and there is none. */
export function thresholdMissing(remedy: string): DinomalyError {
  return new DinomalyError('THRESHOLD_MISSING', `There is no pixel threshold: ${remedy}.`);
}
