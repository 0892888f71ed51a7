/** How pictures are cut into tiles: nothing is left out but the edge that the crop takes, and maps meet where they should. */
import test from 'ava';
import { DinomalyError } from '../../lib/index.js';
import { inspectedArea, placement } from '../../lib/maps/geometry.js';
import { describeSight } from '../../lib/maps/sight.js';
import { tileAxes } from '../../lib/maps/tile-axes.js';
import { pictureGeometry, tileCount, tilesOf } from '../../lib/maps/tiles.js';
import { resolveGeometry } from '../../lib/options/model.js';
import type { Geometry, Tiles } from '../../lib/options/types.js';

const VIT = { family: 'vit', patch: 14 } as const;
const PUBLISHED = resolveGeometry({}, 'options', VIT);
const WHOLE = resolveGeometry({ size: 448, crop: 448 }, 'options', VIT);
const WIDE = resolveGeometry({ size: [280, 448], crop: [252, 392], mapSize: [160, 256] }, 'options', VIT);

/** Pixels of a tile that the network sees, down or across. */
function seen(start: number, side: number, resize: number, crop: number): readonly [number, number] {
  const lost = (side * (resize - crop)) / (2 * resize);
  return [start + lost, start + side - lost];
}

function withTiles(geometry: Geometry, tiles: unknown): Geometry {
  const { resize: size, crop, map: mapSize } = geometry;
  return resolveGeometry({ size, crop, mapSize, tiles }, 'options', VIT);
}

const CUTS: readonly (readonly [Geometry, unknown])[] = [
  [PUBLISHED, { size: 448 }],
  [PUBLISHED, { size: 512, overlap: 0 }],
  [WHOLE, { size: 300, overlap: 150 }],
  [WIDE, { size: [280, 448], overlap: 31 }],
  [WIDE, 'auto'],
  [PUBLISHED, 'auto'],
];
const SIZES = [
  { width: 449, height: 448 },
  { width: 1000, height: 700 },
  { width: 4000, height: 97 },
  { width: 1813, height: 3001 },
];

test('a picture that is no larger than a tile is one, with the geometry of the model', (t) => {
  for (const [geometry, tiles] of CUTS) {
    const cut = withTiles(geometry, tiles);
    const [height, width] =
      tiles === 'auto' ? cut.resize.map((side) => 2 * side) : (cut.tiles as Exclude<Tiles, 'auto'>).size;
    const picture = { height: height ?? 0, width: width ?? 0 };
    t.deepEqual(tilesOf(picture, cut, 'a.png'), [{ top: 0, left: 0, ...picture }]);
    const { resize, crop, map } = cut;
    t.deepEqual(pictureGeometry(picture, cut), { resize, crop, map, counted: map[0] * map[1] });
    t.true(tileCount({ ...picture, width: picture.width + 1 }, cut) > 1);
  }
});

test('neighbours share at least the overlap, and together see all but the edge that the crop takes from a tile', (t) => {
  for (const [geometry, tiles] of CUTS) {
    const cut = withTiles(geometry, tiles);
    for (const picture of SIZES) {
      const found = tilesOf(picture, cut, 'a.png');
      for (const axis of [0, 1] as const) {
        const [length, start, side] =
          axis === 0 ? (['height', 'top', 'height'] as const) : (['width', 'left', 'width'] as const);
        const spans = [...new Set(found.map((tile) => tile[start]))].map((at) =>
          seen(at, found[0]?.[side] ?? 0, cut.resize[axis], cut.crop[axis]),
        );
        const least = tiles === 'auto' ? 0 : (cut.tiles as Exclude<Tiles, 'auto'>).overlap;
        for (const [at, [begin]] of spans.entries()) {
          if (at > 0)
            t.true((spans[at - 1]?.[1] ?? 0) - begin >= least - 1e-9, `${JSON.stringify(picture)} ${axis} ${at}`);
        }
        const edge = spans[0]?.[0] ?? 0;
        t.true(edge <= (picture[length] * (cut.resize[axis] - cut.crop[axis])) / (2 * cut.resize[axis]) + 1e-9);
        t.true(Math.abs((spans.at(-1)?.[1] ?? 0) - (picture[length] - edge)) < 1e-9, 'as much at the other end');
      }
      t.true(
        found.every(({ top, left, height, width }) => top + height <= picture.height && left + width <= picture.width),
      );
    }
  }
});

test("a picture pixel lies on a tile's map where the picture's map has it", (t) => {
  for (const [geometry, tiles] of CUTS) {
    const cut = withTiles(geometry, tiles);
    for (const picture of SIZES) {
      const whole = pictureGeometry(picture, cut);
      const [height, width] = whole.map;
      const { down, across } = placement(picture, cut, { height, width });
      const axes = tileAxes(picture, cut, whole);
      const found = tilesOf(picture, cut, 'a.png');
      const rows = axes[0].length;
      for (const [at, tile] of found.entries()) {
        const own = placement(tile, { ...cut, tiles: undefined }, { height: cut.map[0], width: cut.map[1] });
        for (const [placed, on, part, start] of [
          [down, axes[0][Math.floor(at / (found.length / rows))], own.down, tile.top],
          [across, axes[1][at % (found.length / rows)], own.across, tile.left],
        ] as const) {
          const x = start + 20;
          const there = (x * placed.scale + placed.shift) * (on?.scale ?? 0) + (on?.shift ?? 0);
          t.true(Math.abs(there - (20 * part.scale + part.shift)) < 1e-6);
        }
      }
      for (const spans of axes) {
        t.is(spans[0]?.begin, 0);
        t.is(spans.at(-1)?.end, spans[0]?.size);
        t.true(spans.every(({ begin, end }, at) => begin < end && (at === 0 || begin <= (spans[at - 1]?.end ?? 0))));
      }
    }
  }
});

test("the picture's map has its proportions, the scale of a tile's map, and at most 4,194,304 pixels", (t) => {
  const cut = withTiles(WHOLE, { size: 448, overlap: 56 });
  t.deepEqual(pictureGeometry({ width: 1344, height: 896 }, cut), {
    resize: [896, 1344],
    crop: [896, 1344],
    map: [512, 768],
    counted: 65_536,
  });
  t.deepEqual(inspectedArea({ width: 1344, height: 896 }, cut), { left: 0, top: 0, width: 1344, height: 896 });
  const large = pictureGeometry({ width: 12_000, height: 9_000 }, cut);
  const pixels = large.map[0] * large.map[1];
  t.true(pixels <= 2 ** 22 && pixels > 0.99 * 2 ** 22);
  t.true(Math.abs(large.map[1] / large.map[0] - 4 / 3) < 0.01);
  t.true(Math.abs(large.counted / pixels - (448 * 448) / (12_000 * 9_000)) < 1e-4, 'as large a share as a tile is');
  // Tiles of few pixels that are made large: neither the map nor the mask on its way to it grows with them.
  const enlarged = pictureGeometry({ width: 800, height: 800 }, withTiles(WHOLE, { size: 14, overlap: 0 }));
  t.true(enlarged.map[0] * enlarged.map[1] <= 2 ** 22);
  t.true(enlarged.resize[0] * enlarged.resize[1] <= 2 ** 26 * 1.01);
});

test("'auto' cuts only what would be shrunk by more than half, into tiles of the network's aspect that are not", (t) => {
  for (const geometry of [withTiles(PUBLISHED, 'auto'), withTiles(WIDE, 'auto')]) {
    const [height, width] = geometry.resize;
    t.is(tileCount({ height: 2 * height, width: 2 * width }, geometry), 1);
    for (const picture of [
      { height: 2 * height + 1, width: 2 * width },
      { height: 5 * height, width: 3 * width },
      { height: 11 * height, width: 11 * width },
    ]) {
      const [tile] = tilesOf(picture, geometry, 'a.png');
      t.true((tile?.height ?? 0) <= 2 * height + 1 && (tile?.width ?? 0) <= 2 * width + 1);
      t.true(Math.abs((tile?.height ?? 0) / (tile?.width ?? 1) / (height / width) - 1) < 0.01);
    }
  }
});

test('tiles that cannot be are refused with the bound that they break', (t) => {
  const refused: readonly (readonly [unknown, RegExp])[] = [
    [{ size: 13 }, /at least 14.*options\.tiles\.size.*13/],
    [{ size: [448, 7] }, /options\.tiles\.size\[1\]/],
    [{ size: 448, overlap: 448 }, /between 0 and 196 for options\.tiles\.overlap.*448/],
    [{ size: 448, overlap: 197 }, /options\.tiles\.overlap/],
    [{ size: 448, overlap: -1 }, /options\.tiles\.overlap/],
    [{ size: 448, overlap: 1.5 }, /options\.tiles\.overlap/],
    [{ size: 2 ** 21 }, /options\.tiles\.size/],
    [{ size: Number.NaN }, /options\.tiles\.size/],
    [{ overlap: 3 }, /options\.tiles\.size/],
    [{ size: 448, stride: 3 }, /stride/],
    ['large', /'auto', \{size, overlap\} or null/],
    [448, /options\.tiles/],
    [[448], /options\.tiles/],
    [true, /options\.tiles/],
  ];
  for (const [tiles, message] of refused) {
    const error = t.throws(() => withTiles(PUBLISHED, tiles), undefined, JSON.stringify(tiles));
    t.true(error instanceof TypeError || error instanceof RangeError, error?.message);
    t.regex(error?.message ?? '', message);
  }
  t.is(withTiles(PUBLISHED, null).tiles, undefined);
  t.deepEqual(withTiles(PUBLISHED, { size: 448 }).tiles, { size: [448, 448], overlap: 49 });
});

test('a picture of more than 4,096 tiles is refused by name, before a list of them is made', (t) => {
  const cut = withTiles(PUBLISHED, { size: 14, overlap: 0 });
  const error = t.throws(() => tilesOf({ width: 1_000_000, height: 1_000_000 }, cut, 'map.tif'), {
    instanceOf: DinomalyError,
  });
  t.is(error?.code, 'TOO_MANY_TILES');
  t.regex(error?.message ?? '', /map\.tif.*4096.*tiles\.size/);
});

test('what is inspected is said of tiles too', (t) => {
  t.is(
    describeSight(withTiles(PUBLISHED, { size: 600, overlap: 50 })),
    'Pictures are resized to 448 x 448 (height x width), and only the middle 392 x 392 of that is inspected, 77 %. Pictures larger than ' +
      '600 x 600 pixels are cut into tiles of that size, which overlap by 50 pixels, and each tile is treated so. A defect at the edge of ' +
      'the picture is not found.',
  );
  t.regex(describeSight(withTiles(WHOLE, 'auto')), /inspected whole\. Pictures larger than 896 x 896 pixels are cut/);
});
