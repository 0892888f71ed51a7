/** Sets of people's own, beside the benchmarks as published. */
import type { Dataset, DatasetFormat } from './types.js';

const OWN: readonly DatasetFormat[] = ['folder', 'manifest'];

/** Whether a set is one's own: of its pictures nobody has said that the edge is of no interest, or how they are turned. */
export function isOwn({ format }: Pick<Dataset, 'format'>): boolean {
  return OWN.includes(format);
}
