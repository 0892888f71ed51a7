/** Maps drawn by formula. */
import type { AnomalyMap } from '../../lib/index.js';

/** A map whose value at column x and row y is `value(x, y)`. */
export function drawn(height: number, width: number, value: (x: number, y: number) => number): AnomalyMap {
  const map = Float32Array.from({ length: height * width }, (_, at) => value(at % width, Math.floor(at / width)));
  return { map, height, width };
}
