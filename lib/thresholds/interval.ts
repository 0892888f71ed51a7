/** Intervals of a share that was counted: of pictures, and of pixels, which come by the picture. */
import { betaQuantile, studentQuantile } from './beta.js';

/** Low and high end, both in [0, 1]. */
export type Interval = readonly [low: number, high: number];

/**
 * The exact interval of a share (Clopper and Pearson 1934): it holds the true one in at least `level` of all samples.
 *
 * @param count - what was counted, 0 to `total`; need not be whole
 * @param total - out of how many, at least 1
 */
export function clopperPearson(count: number, total: number, level: number): Interval {
  const tail = (1 - level) / 2;
  const low = count <= 0 ? 0 : betaQuantile(tail, count, total - count + 1);
  const high = count >= total ? 1 : betaQuantile(1 - tail, count + 1, total - count);
  return [low, high];
}

/**
 * The interval of a share that was counted by clusters of one size, within which things depend on each other: Clopper and
 * Pearson's, over the number of independent draws that would vary as much (Korn and Graubard 1998).
 *
 * @param rates - share in each cluster
 * @param size - of a cluster
 */
export function clusteredInterval(rates: readonly number[], size: number, level: number): Interval {
  const clusters = rates.length;
  const mean = rates.reduce((sum, rate) => sum + rate, 0) / clusters;
  const squares = rates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0);
  const variance = clusters > 1 ? squares / (clusters - 1) / clusters : 0;
  const draws = clusters * size;
  // Clusters that do not differ at all, or a single one, tell no more than one draw each.
  const likeness = variance > 0 ? Math.min(draws, (mean * (1 - mean)) / variance) : clusters;
  const p = (1 + level) / 2;
  const shrink =
    clusters > 1 && draws > 1 ? (studentQuantile(p, draws - 1) / studentQuantile(p, clusters - 1)) ** 2 : 1;
  const effective = Math.max(1, likeness * Math.min(1, shrink));
  return clopperPearson(mean * effective, effective, level);
}
