/** Options that both ways of computing metrics share. */
import {
  checkFunction,
  checkInteger,
  checkNumber,
  checkOneOf,
  checkSignal,
  MAP_VALUE,
  orDefault,
  wrongKind,
} from '../check.js';
import type { MaskConvention } from '../evaluation/types.js';
import type { MetricsResultOptions } from './types.js';

/** Keys of {@link MetricsResultOptions}. */
export const RESULT_KEYS = ['curves', 'signal', 'onProgress'] as const;

const DEFAULT_POINTS = 512;

/** Points of a curve; 0 for no curves. */
export function checkCurves(value: unknown, path: string): number {
  if (value === undefined || typeof value === 'boolean') {
    return value === true ? DEFAULT_POINTS : 0;
  }
  if (typeof value !== 'number') {
    throw wrongKind('a boolean or an integer between 10 and 10000', path, value);
  }
  return checkInteger(value, path, { min: 10, max: 10_000 });
}

/** What of a grey level a mask pixel must exceed to be anomalous. */
export function maskLimit(convention: MaskConvention): number {
  return convention === 'half' ? 127 : 0;
}

/** All of {@link MaskConvention}. */
export const MASK_CONVENTIONS = ['any', 'half'] as const satisfies readonly MaskConvention[];

/** Default: `'any'`. */
export function checkMaskConvention(value: unknown, path: string): MaskConvention {
  return checkOneOf(orDefault(value, 'any'), path, MASK_CONVENTIONS);
}

/** How a result is asked for, checked. */
export interface CheckedResultOptions {
  /** 0 for no curves. */
  readonly points: number;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: MetricsResultOptions['onProgress'];
}

/** The part of {@link MetricsResultOptions}. */
export function checkResultOptions(
  given: Readonly<Partial<Record<keyof MetricsResultOptions, unknown>>>,
): CheckedResultOptions {
  return {
    points: checkCurves(given.curves, 'options.curves'),
    signal: checkSignal(given.signal, 'options.signal'),
    onProgress: checkFunction<NonNullable<MetricsResultOptions['onProgress']>>(given.onProgress, 'options.onProgress'),
  };
}

/** `pixelThreshold`, as the addon takes it: not there where none is given. */
export function checkPixelThreshold(value: unknown, path: string): { readonly threshold?: number } {
  return value === undefined || value === null ? {} : { threshold: checkNumber(value, path, MAP_VALUE) };
}
