/** Outlines of regions, to be drawn along the edges of a picture's pixels. */
import { isRecord, outOfRange, wrongKind } from '../check.js';
import type { PictureSize } from '../image/size.js';
import type { Region } from '../maps/types.js';

const SIDES = ['left', 'top', 'width', 'height'] as const;

function isPoint(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2 && value.every(Number.isInteger);
}

function isContour(value: unknown): boolean {
  const all = (items: unknown, holds: (item: unknown) => boolean): boolean =>
    Array.isArray(items) && items.every(holds);
  return value === null || all(value, (polygon) => all(polygon, (ring) => all(ring, isPoint)));
}

function isRegion(value: unknown): boolean {
  const { box, contour }: Partial<Region> = typeof value === 'object' && value !== null ? value : {};
  return isRecord(box) && SIDES.every((side) => Number.isInteger(box[side])) && isContour(contour);
}

/** Regions whose outlines can be drawn. */
export function checkRegions(value: unknown, path: string): readonly Region[] {
  if (!Array.isArray(value)) {
    throw wrongKind('an array of regions from findRegions', path, value);
  }
  for (const [index, item] of value.entries()) {
    if (!isRegion(item)) {
      throw wrongKind('a region from findRegions', `${path}[${index}]`, item);
    }
  }
  return value as readonly Region[];
}

/** @throws RangeError for a region that leaves the picture: one of a map that was not placed, or of another picture */
export function checkInside(regions: readonly Region[], { width, height }: PictureSize, path: string): void {
  for (const [index, { box }] of regions.entries()) {
    const { left, top } = box;
    if (left < 0 || top < 0 || left + box.width > width || top + box.height > height) {
      throw outOfRange(`a region within ${width} x ${height} pixels`, `${path}[${index}].box`, box);
    }
  }
}

/** The edges of the regions' outlines, as the core draws them: x0, y0, x1, y1 of each. */
export function segmentsOf(regions: readonly Region[]): Int32Array {
  const rings = regions.flatMap(({ contour }) => contour ?? []).flat();
  const segments = new Int32Array(4 * rings.reduce((sum, ring) => sum + Math.max(0, ring.length - 1), 0));
  let at = 0;
  for (const ring of rings) {
    for (const [index, [x, y]] of ring.entries()) {
      const next = ring[index + 1];
      if (next !== undefined) {
        segments.set([x, y, ...next], at);
        at += 4;
      }
    }
  }
  return segments;
}
