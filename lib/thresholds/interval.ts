/** The interval of a share that was counted. */
import { betaQuantile } from './beta.js';

/** Low and high end, both in [0, 1]. */
export type Interval = readonly [low: number, high: number];

/**
 * The exact interval of a share (Clopper and Pearson 1934): it holds the true one in at least `level` of all samples.
 *
 * @param count - what was counted, 0 to `total`
 * @param total - out of how many, at least 1
 */
export function clopperPearson(count: number, total: number, level: number): Interval {
  const tail = (1 - level) / 2;
  const low = count <= 0 ? 0 : betaQuantile(tail, count, total - count + 1);
  const high = count >= total ? 1 : betaQuantile(1 - tail, count + 1, total - count);
  return [low, high];
}
