/**
 * How a large picture is cut into tiles, and where the map of each lies on that of the picture.
 *
 * A tile is resized and cropped as a picture of its own is. Neighbours overlap by what the crop takes away from both and by
 * `overlap` pixels more, so that the crop leaves out nothing but the edge of the picture: as much of that as it leaves out of
 * a tile. The picture's map has the scale of a tile's.
 */
import { DinomalyError } from '../errors.js';
import type { PictureSize } from '../image/size.js';
import { OVERLAP_SHARE, seenOf } from '../options/tiles.js';
import type { Extent, Geometry } from '../options/types.js';

/** Most tiles of a picture. */
const MOST_TILES = 4096;
/** With `'auto'` no tile is shrunk more than this. */
const MOST_SHRUNK = 2;
/** Most pixels of a picture's map, 16 MiB. */
const MOST_MAP_PIXELS = 2 ** 22;
/** Most pixels that a mask is brought to before it is brought to the map's. */
const MOST_MASK_PIXELS = 2 ** 26;

/** Tiles along one axis of a picture, in its pixels. */
export interface TileAxis {
  readonly length: number;
  /** Of each tile. */
  readonly side: number;
  /** First pixel of each tile. */
  readonly starts: readonly number[];
}

/** A part of a picture, in its pixels. */
export interface Tile {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/** The geometry of a picture as a whole: that of its model where it is one tile. */
export interface PictureGeometry {
  /** As if the picture had been resized to this, */
  readonly resize: Extent;
  /** and the middle of it inspected. */
  readonly crop: Extent;
  /** Size of its map. */
  readonly map: Extent;
  /** Map pixels that one tile has: the score is of a share of these. */
  readonly counted: number;
}

/** The axes of an extent or a picture: down, then across. */
export type Pair<T> = readonly [down: T, across: T];

/** One of each axis. */
export function pair<T>(of: (axis: 0 | 1) => T): Pair<T> {
  return [of(0), of(1)];
}

/** Sides of the tiles that a picture is cut into so that none is shrunk more than by half, and as little as so many tiles allow. */
function autoSides(
  picture: Pair<number>,
  { resize, crop }: Geometry,
): { readonly sides: Extent; readonly overlap: Extent } {
  const shrunk = pair((axis) => {
    const step = (crop[axis] / resize[axis]) * (1 - OVERLAP_SHARE);
    const length = picture[axis] / resize[axis];
    const count = Math.max(1, 1 + Math.ceil((length / MOST_SHRUNK - 1) / step));
    return { count, by: length / (1 + (count - 1) * step) };
  });
  if (shrunk[0].count === 1 && shrunk[1].count === 1) {
    return { sides: picture, overlap: [0, 0] };
  }
  // One scale for both axes: tiles keep their aspect.
  const by = Math.max(shrunk[0].by, shrunk[1].by);
  const sides = pair((axis) => Math.ceil(by * resize[axis]));
  return { sides, overlap: pair((axis) => Math.floor(seenOf(sides[axis], resize[axis], crop[axis]) * OVERLAP_SHARE)) };
}

function tileAxis(length: number, size: number, step: number): TileAxis {
  const side = Math.min(size, length);
  const count = side === length ? 1 : 1 + Math.ceil((length - side) / step);
  const starts = (): number[] =>
    Array.from({ length: count }, (_, at) => (count === 1 ? 0 : Math.round((at * (length - side)) / (count - 1))));
  // Before a list of millions is made.
  return { length, side, starts: count > MOST_TILES ? Array(count) : starts() };
}

/** The rows and the columns of tiles. */
export function axesOf({ width, height }: PictureSize, geometry: Geometry): Pair<TileAxis> {
  const picture = [height, width] as const;
  const { tiles, resize, crop } = geometry;
  if (tiles === undefined) {
    return pair((axis) => tileAxis(picture[axis], picture[axis], 1));
  }
  const { sides, overlap } =
    tiles === 'auto' ? autoSides(picture, geometry) : { sides: tiles.size, overlap: pair(() => tiles.overlap) };
  return pair((axis) => {
    const step = seenOf(sides[axis], resize[axis], crop[axis]) - overlap[axis];
    return tileAxis(picture[axis], sides[axis], Math.max(1, step));
  });
}

/** In how many tiles a picture is inspected. */
export function tileCount(picture: PictureSize, geometry: Geometry): number {
  const [down, across] = axesOf(picture, geometry);
  return down.starts.length * across.starts.length;
}

/**
 * The tiles of a picture, row by row; the picture itself where it is one.
 *
 * @param name - the picture, for the message
 * @throws DinomalyError `TOO_MANY_TILES`
 */
export function tilesOf(picture: PictureSize, geometry: Geometry, name: string, most = MOST_TILES): Tile[] {
  const [down, across] = axesOf(picture, geometry);
  const count = down.starts.length * across.starts.length;
  if (count > most) {
    const message =
      `${name} of ${picture.width} x ${picture.height} pixels is inspected in ${count} tiles, and at most ${most} are ` +
      'possible: make tiles.size larger, or the picture smaller.';
    throw new DinomalyError('TOO_MANY_TILES', message);
  }
  return down.starts.flatMap((top) =>
    across.starts.map((left) => ({ top, left, height: down.side, width: across.side })),
  );
}

/** The geometry of a picture as a whole. Maps beyond 4,194,304 pixels are made smaller. */
export function pictureGeometry(picture: PictureSize, geometry: Geometry): PictureGeometry {
  const { resize, crop, map } = geometry;
  const axes = axesOf(picture, geometry);
  const counted = map[0] * map[1];
  if (axes.every(({ starts }) => starts.length === 1)) {
    return { resize, crop, map, counted };
  }
  // At the scale of the tiles.
  const whole = pair((axis) => {
    const size = Math.round((axes[axis].length * resize[axis]) / axes[axis].side);
    const lost = resize[axis] - crop[axis];
    return { size, lost, pixels: Math.max(1, Math.round(((size - lost) * map[axis]) / crop[axis])) };
  });
  const area = (key: 'size' | 'pixels'): number => whole[0][key] * whole[1][key];
  const scale = Math.min(1, Math.sqrt(MOST_MAP_PIXELS / area('pixels')), Math.sqrt(MOST_MASK_PIXELS / area('size')));
  const size = pair((axis) => Math.max(1, Math.round(whole[axis].size * scale)));
  return {
    resize: size,
    crop: pair((axis) => Math.max(1, size[axis] - Math.round(whole[axis].lost * scale))),
    map: pair((axis) => Math.max(1, Math.floor(whole[axis].pixels * scale))),
    counted: Math.max(1, Math.floor(counted * scale * scale)),
  };
}
