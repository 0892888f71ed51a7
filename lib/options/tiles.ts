/** The option `tiles`: in which parts a large picture is inspected. */
import { checkExtent, checkInteger, checkOptions, outOfRange } from '../check.js';
import type { Extent, Geometry, Tiles } from './types.js';

/** Of the part of a tile that is seen, what two neighbours share where nothing else is asked for: 1 / 8. */
export const OVERLAP_SHARE = 1 / 8;

/** Sides above this are refused: no picture is larger. */
const LARGEST_SIDE = 2 ** 20;

type Sides = Pick<Geometry, 'resize' | 'crop'>;

/** Of a tile of `side` pixels, those that the network sees: the crop takes the rest away. */
export function seenOf(side: number, resize: number, crop: number): number {
  return Math.floor((side * crop) / resize);
}

/** What neighbours share of tiles of a size. */
function usualOverlap(size: Extent, { resize, crop }: Sides): number {
  const seen = size.map((side, axis) => seenOf(side, resize[axis] ?? side, crop[axis] ?? side));
  return Math.floor(Math.min(...seen) * OVERLAP_SHARE);
}

/**
 * Checks the option; null for none.
 *
 * @param geometry - that each tile gets
 * @param patch - of the encoder: smaller tiles would have less than a patch's pixels
 */
export function checkTiles(value: unknown, path: string, geometry: Sides, patch: number): Tiles | null {
  if (value === undefined || value === null) {
    return null;
  }
  if (value === 'auto') {
    return 'auto';
  }
  if (typeof value === 'string') {
    throw outOfRange("'auto', {size, overlap} or null", path, value);
  }
  const given = checkOptions(value, path, ['size', 'overlap']);
  const size = checkExtent(given.size, `${path}.size`, patch);
  if (Math.max(...size) > LARGEST_SIDE) {
    throw outOfRange(`at most ${LARGEST_SIDE}`, `${path}.size`, given.size);
  }
  if (given.overlap === undefined) {
    return { size, overlap: usualOverlap(size, geometry) };
  }
  // More than half would show each pixel to three tiles in a row, and the number of tiles would grow without bound.
  const most = Math.min(
    ...size.map((side, axis) =>
      Math.floor(seenOf(side, geometry.resize[axis] ?? side, geometry.crop[axis] ?? side) / 2),
    ),
  );
  return { size, overlap: checkInteger(given.overlap, `${path}.overlap`, { min: 0, max: most }) };
}

/** The tiles that a file says something was made with; null for none. */
export function checkStoredTiles(value: unknown, path: string): Tiles | null {
  if (value === undefined || value === null || value === 'auto') {
    return value ?? null;
  }
  const given = checkOptions(value, path, ['size', 'overlap']);
  return {
    size: checkExtent(given.size, `${path}.size`),
    overlap: checkInteger(given.overlap, `${path}.overlap`, { min: 0 }),
  };
}

/** Whether two geometries cut pictures alike. */
export function sameTiles(one: Tiles | undefined, other: Tiles | undefined): boolean {
  if (typeof one !== 'object' || typeof other !== 'object') {
    return one === other;
  }
  return one.overlap === other.overlap && one.size.every((side, axis) => side === other.size[axis]);
}
