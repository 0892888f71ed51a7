/** Where the map of each tile lies on the map of its picture. */
import type { NativeAxis } from '../binding/map-types.js';
import type { PictureSize } from '../image/size.js';
import type { Geometry } from '../options/types.js';
import { cropOffset } from './geometry.js';
import { axesOf, type Pair, type PictureGeometry, pair, type TileAxis } from './tiles.js';

/** What the numbers of one axis are. */
interface Sides {
  readonly resize: number;
  readonly crop: number;
  readonly map: number;
}

function sidesOf({ resize, crop, map }: Omit<PictureGeometry, 'counted'>, axis: 0 | 1): Sides {
  return { resize: resize[axis], crop: crop[axis], map: map[axis] };
}

/** Pixel i of the picture's map at index `i * scale + shift` of each tile's map: geometry.ts, there and back. */
function nativeAxes({ length, side, starts }: TileAxis, whole: Sides, tile: Sides): NativeAxis[] {
  const perMap = whole.crop / whole.map;
  const perPicture = length / whole.resize;
  const perTile = (tile.resize / side) * (tile.map / tile.crop);
  const lost = cropOffset(tile.resize, tile.crop) * (tile.map / tile.crop);
  const first = (0.5 * perMap + cropOffset(whole.resize, whole.crop)) * perPicture;
  const scale = perMap * perPicture * perTile;
  let covered = 0;
  return starts.map((start, at) => {
    const shift = (first - start) * perTile - lost - 0.5;
    const begin = at === 0 ? 0 : Math.min(covered, Math.max(0, Math.ceil((-0.5 - shift) / scale)));
    const end = Math.min(whole.map, Math.floor((tile.map - 0.5 - shift) / scale) + 1);
    covered = at === starts.length - 1 ? whole.map : Math.max(begin + 1, end);
    return { size: whole.map, begin, end: covered, scale, shift };
  });
}

/** The rows and the columns of tiles on the map of their picture. */
export function tileAxes(picture: PictureSize, geometry: Geometry, whole: PictureGeometry): Pair<NativeAxis[]> {
  const axes = axesOf(picture, geometry);
  return pair((axis) => nativeAxes(axes[axis], sidesOf(whole, axis), sidesOf(geometry, axis)));
}
