/** Sets of people's own, beside the benchmarks as published. */
import { MVTEC_AD, MVTEC_AD_2 } from './benchmark-classes.js';
import type { Dataset, DatasetFormat } from './types.js';

const OWN: readonly DatasetFormat[] = ['folder', 'manifest'];

/** Classes of the benchmarks that are published in the layout of MVTec-AD. */
const PUBLISHED: ReadonlySet<string> = new Set([...MVTEC_AD, ...MVTEC_AD_2]);

/**
 * Whether a set is one's own: of its pictures nobody has said that the edge is of no interest, or how they are turned. A set in
 * the shape of MVTec-AD is, unless all its classes are those of a benchmark.
 */
export function isOwn({ format, classes }: Pick<Dataset, 'format' | 'classes'>): boolean {
  return OWN.includes(format) || (format === 'mvtec' && !classes.every((name) => PUBLISHED.has(name)));
}
