/** Drawn anomaly maps for benchmarks: smooth noise, higher within round defects. */
import type { MetricsPictures } from '../lib/index.js';

/** How maps are drawn. */
export interface DrawOptions {
  readonly pictures: number;
  /** Defects in all, one a picture at most, in the last pictures. */
  readonly regions: number;
  readonly side: number;
  readonly seed: number;
}

/** Pictures with all that metrics take. */
export interface DrawnMaps extends MetricsPictures {
  readonly maps: Float32Array;
  readonly masks: Uint8Array;
  readonly scores: Float64Array;
}

const CELL = 16;

/** xorshift: uniform in [0, 1). */
function uniform(seed: number): () => number {
  let state = seed * 2654435761 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** Fills a map with noise of cells, straight between, and a little of each pixel's own; returns the largest value. */
function drawMap(map: Float32Array, mask: Uint8Array, side: number, draw: () => number): number {
  const cells = Math.ceil(side / CELL) + 1;
  const grid = Float64Array.from({ length: cells * cells }, () => 0.05 + 0.15 * draw() ** 2);
  const at = (row: number, column: number): number => grid[row * cells + column] ?? 0;
  let largest = 0;
  for (let y = 0; y < side; ++y) {
    const [row, v] = [Math.floor(y / CELL), (y % CELL) / CELL];
    for (let x = 0; x < side; ++x) {
      const [column, u] = [Math.floor(x / CELL), (x % CELL) / CELL];
      const top = at(row, column) * (1 - u) + at(row, column + 1) * u;
      const bottom = at(row + 1, column) * (1 - u) + at(row + 1, column + 1) * u;
      const lift = mask[y * side + x] === 0 ? 1 : 1.6;
      const value = (top * (1 - v) + bottom * v) * lift * (0.97 + 0.06 * draw());
      map[y * side + x] = value;
      largest = Math.max(largest, value);
    }
  }
  return largest;
}

function drawDefect(mask: Uint8Array, side: number, draw: () => number): void {
  const radius = side * (0.02 + 0.1 * draw());
  const [cx, cy] = [radius + draw() * (side - 2 * radius), radius + draw() * (side - 2 * radius)];
  for (let i = 0; i < mask.length; ++i) {
    if (Math.hypot((i % side) - cx, Math.floor(i / side) - cy) < radius) mask[i] = 1;
  }
}

/** The same maps for the same seed. */
export function drawMaps({ pictures, regions, side, seed }: DrawOptions): DrawnMaps {
  const draw = uniform(seed);
  const pixels = side * side;
  const maps = new Float32Array(pictures * pixels);
  const masks = new Uint8Array(pictures * pixels);
  const scores = new Float64Array(pictures);
  for (let i = 0; i < pictures; ++i) {
    const part = [i * pixels, (i + 1) * pixels] as const;
    const mask = masks.subarray(...part);
    if (i >= pictures - regions) drawDefect(mask, side, draw);
    scores[i] = drawMap(maps.subarray(...part), mask, side, draw);
  }
  return { maps, masks, scores };
}
