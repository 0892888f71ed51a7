/** Comparison of numbers that two implementations computed, each with its own rounding. */
import type { ExecutionContext } from 'ava';

/** Numbers and the shape they are meant to have; of no shape for a number alone. */
export interface Numbers {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/** What |a - b| may be: `relative` times the largest |b|, plus `floor`. */
export interface Tolerance {
  readonly relative: number;
  readonly floor?: number;
}

/** A number as a tensor without axes. */
export function scalar(value: number): Numbers {
  return { shape: [], data: [value] };
}

function nanPlaces({ data }: Numbers): number[] {
  return Array.from(data).flatMap((value, place) => (Number.isNaN(value) ? [place] : []));
}

/**
 * Asserts that shapes are equal, then that NaN is in the same places, then that the largest error is within `tolerance`.
 *
 * @returns the largest error, relative to the largest |b|
 */
export function assertClose(
  t: ExecutionContext,
  name: string,
  actual: Numbers,
  expected: Numbers,
  { relative, floor = 0 }: Tolerance,
): number {
  const count = expected.shape.reduce((product, side) => product * side, 1);
  t.true(count > 0, `${name} has values`);
  t.deepEqual(actual.shape, expected.shape, `shape of ${name}`);
  t.deepEqual([actual.data.length, expected.data.length], [count, count], `values of ${name}`);
  t.deepEqual(nanPlaces(actual), nanPlaces(expected), `NaN in ${name}`);
  let [error, scale] = [0, 0];
  for (let i = 0; i < count; ++i) {
    const [a = 0, b = 0] = [actual.data[i], expected.data[i]];
    if (a !== b && !Number.isNaN(b)) error = Math.max(error, Math.abs(a - b));
    if (!Number.isNaN(b)) scale = Math.max(scale, Math.abs(b));
  }
  const allowed = relative * scale + floor;
  t.true(error <= allowed, `${name}: largest error ${error}, allowed ${allowed}, largest value ${scale}`);
  return error === 0 ? 0 : error / scale;
}
