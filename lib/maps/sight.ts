/** How much of a picture is inspected, in a sentence. */
import type { Geometry } from '../options/types.js';

type Sight = Pick<Geometry, 'resize' | 'crop' | 'orientation' | 'tiles'>;

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

/** Which pictures are inspected in parts; nothing where none is. */
function describeTiles({ resize, tiles }: Sight): string {
  if (tiles === undefined) {
    return '';
  }
  const [size, overlap] =
    tiles === 'auto'
      ? [resize.map((side) => 2 * side), 'of that size or less, which overlap by an eighth']
      : [tiles.size, `of that size, which overlap by ${tiles.overlap} pixels`];
  return ` Pictures larger than ${size.join(' x ')} pixels are cut into tiles ${overlap}, and each tile is treated so.`;
}

/** What is inspected of each picture. Whoever trusts a verdict must know of an edge that nobody looks at. */
export function describeSight(sight: Sight): string {
  const { resize, crop, orientation, tiles } = sight;
  const turned = orientation === 'exif' ? ' and turned as their orientation tag says' : '';
  const seen = (crop[0] * crop[1]) / (resize[0] * resize[1]);
  const size = `Pictures are resized to ${resize[0]} x ${resize[1]} (height x width)${turned}`;
  const middle = `${size}, and only the middle ${crop[0]} x ${crop[1]} of that is inspected, ${percent(seen)}`;
  if (seen === 1) {
    return `${size}, and inspected whole.${describeTiles(sight)}`;
  }
  return tiles === undefined
    ? `${middle}: a defect at the edge is not found.`
    : `${middle}.${describeTiles(sight)} A defect at the edge of the picture is not found.`;
}
