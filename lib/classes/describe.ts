/** Describes classes by the features of their training pictures. Knows numbers only. */
import { group } from '../lists.js';
import type { ClassDescription } from './types.js';

/** What is needed of a picture. */
export interface ClassSample {
  readonly className: string;
  readonly features: Float32Array;
}

/** Fewest pictures of each class: of fewer it cannot be told how unlike each other they are. */
export const FEWEST_TO_DESCRIBE = 3;

/** The limit in steps of the furthest training picture, for classes of many looks. */
const LIMIT_REACH = 3;

/**
 * The limit is at least this share of the length of the mean. Measured with Hiera on bottles of MVTec AD: good ones are within
 * 0.09, broken ones within 0.35, darker ones at 0.3, other things beyond 0.9. A defect, however large, is no other part.
 */
const LEAST_LIMIT = 0.5;

/** Length of the difference of two lists of numbers. */
export function distance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) {
    const step = (a[at] ?? 0) - (b[at] ?? 0);
    sum += step * step;
  }
  return Math.sqrt(sum);
}

function meanOf(samples: readonly ClassSample[]): Float32Array {
  const sums = new Float64Array(samples[0]?.features.length ?? 0);
  for (const { features } of samples) {
    for (const [at, value] of features.entries()) {
      sums[at] = (sums[at] ?? 0) + value;
    }
  }
  return Float32Array.from(sums, (sum) => sum / samples.length);
}

function describe(name: string, samples: readonly ClassSample[]): ClassDescription {
  const mean = meanOf(samples);
  const images = samples.length;
  // From the mean of the others: a picture draws the mean of all towards itself.
  const distances = samples.map(({ features }) => (distance(features, mean) * images) / (images - 1));
  const furthest = Math.max(...distances);
  const spread = Math.sqrt(distances.reduce((sum, one) => sum + one * one, 0) / images);
  const least = LEAST_LIMIT * distance(mean, new Float32Array(mean.length));
  return { name, images, mean, spread, limit: Math.max(LIMIT_REACH * furthest, least) };
}

/**
 * A description of each class, in the order of `names`; null where one has fewer than 3 pictures, or features are not finite.
 */
export function describeClasses(
  names: readonly string[],
  samples: readonly ClassSample[],
): readonly ClassDescription[] | null {
  const groups = group(samples, ({ className }) => className);
  const classes = names.map((name) => [name, groups.get(name) ?? []] as const);
  if (classes.length === 0 || classes.some(([, own]) => own.length < FEWEST_TO_DESCRIBE)) {
    return null;
  }
  const described = classes.map(([name, own]) => describe(name, own));
  return described.every(({ limit }) => Number.isFinite(limit) && limit > 0) ? described : null;
}
