/** How much of a picture is inspected, in a sentence. */
import type { Geometry } from '../options/types.js';

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

/** What is inspected of each picture. Whoever trusts a verdict must know of an edge that nobody looks at. */
export function describeSight({
  resize,
  crop,
  orientation,
}: Pick<Geometry, 'resize' | 'crop' | 'orientation'>): string {
  const turned = orientation === 'exif' ? ' and turned as their orientation tag says' : '';
  const seen = (crop[0] * crop[1]) / (resize[0] * resize[1]);
  const size = `Pictures are resized to ${resize[0]} x ${resize[1]} (height x width)${turned}`;
  return seen === 1
    ? `${size}, and inspected whole.`
    : `${size}, and only the middle ${crop[0]} x ${crop[1]} of that is inspected, ${percent(seen)}: a defect at the edge is not found.`;
}
