/**
 * Where a map lies on its picture. The picture of `size` pixels was resized to `resize` and its middle `crop` taken, which the
 * `map` values cover evenly. The centre of picture pixel i, at i + 0.5 pixels, is at `(i + 0.5) * resize / size - offset`
 * pixels of the crop, and times `map / crop` on the map, where the centres of the map's own pixels are at 0.5, 1.5, ... Of a
 * picture in tiles these are the sizes of the whole, as tiles.ts gives them.
 */
import type { NativeAxis, NativePlacement } from '../binding/map-types.js';
import type { PictureSize } from '../image/size.js';
import type { Geometry } from '../options/types.js';
import { pictureGeometry } from './tiles.js';
import type { Rectangle } from './types.js';

/** Offset of the crop, rounded half to even as torchvision's CenterCrop. */
export function cropOffset(resize: number, crop: number): number {
  const half = (resize - crop) / 2;
  return half % 1 === 0.5 ? 2 * Math.round(half / 2) : Math.round(half);
}

/** Pixels whose centres lie in the crop: [begin, end). */
function inspectedSpan(size: number, resize: number, crop: number): readonly [begin: number, end: number] {
  const offset = cropOffset(resize, crop);
  // The first pixel i with (i + 0.5) * resize / size >= edge; whole numbers until the one division.
  const first = (edge: number): number => Math.ceil((2 * edge * size - resize) / (2 * resize));
  const begin = Math.max(0, first(offset));
  const end = Math.min(size, first(offset + crop));
  if (begin < end) {
    return [begin, end];
  }
  // A picture so small that no centre lies in the crop: the pixel around the middle of it.
  const middle = Math.min(size - 1, Math.floor(((offset + crop / 2) * size) / resize));
  return [middle, middle + 1];
}

function axis(size: number, resize: number, crop: number, map: number): NativeAxis {
  const [begin, end] = inspectedSpan(size, resize, crop);
  const scale = (resize / size) * (map / crop);
  const shift = (0.5 * (resize / size) - cropOffset(resize, crop)) * (map / crop) - 0.5;
  return { size, begin, end, scale, shift };
}

/**
 * Where each pixel of a picture lies on a map of `height` x `width` values.
 *
 * @param scored - the picture as it was scored, where this one is a smaller copy: tiles are cut from that
 */
export function placement(
  picture: PictureSize,
  geometry: Geometry,
  map: { readonly height: number; readonly width: number },
  scored = picture,
): NativePlacement {
  const { resize, crop } = pictureGeometry(scored, geometry);
  return {
    down: axis(picture.height, resize[0], crop[0], map.height),
    across: axis(picture.width, resize[1], crop[1], map.width),
  };
}

/** The part of a picture that the network sees, in the picture's own pixels: those whose centres lie in the crop. */
export function inspectedArea(picture: PictureSize, geometry: Geometry): Rectangle {
  const { resize, crop } = pictureGeometry(picture, geometry);
  const [top, bottom] = inspectedSpan(picture.height, resize[0], crop[0]);
  const [left, right] = inspectedSpan(picture.width, resize[1], crop[1]);
  return { left, top, width: right - left, height: bottom - top };
}
