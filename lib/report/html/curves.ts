/** Curves as few points as a drawing needs. */
import type { Curve } from '../../evaluation/types.js';

/** Steps of either axis that a drawn curve resolves. */
const STEPS = 512;

/** Leaves out points that are less than a step of either axis from the last one kept; the ends stay. */
export function thin({ x, y, threshold }: Curve): Curve {
  const kept: number[] = [];
  for (const at of x.keys()) {
    const last = kept.at(-1);
    const moved = (values: readonly number[], from: number): number =>
      Math.abs((values[at] ?? 0) - (values[from] ?? 0));
    if (last === undefined || at === x.length - 1 || Math.max(moved(x, last), moved(y, last)) >= 1 / STEPS) {
      kept.push(at);
    }
  }
  const pick = (values: readonly number[]): number[] => kept.map((at) => values[at] ?? 0);
  return { x: pick(x), y: pick(y), threshold: pick(threshold) };
}
