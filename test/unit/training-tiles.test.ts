/** What a trainer sees of pictures in tiles: every tile once, with its own pixels, of pictures that are decoded once. */
import test from 'ava';
import type { NativeImage } from '../../lib/binding/types.js';
import type { Sample } from '../../lib/index.js';
import { resolveGeometry } from '../../lib/options/model.js';
import { TrainingTiles } from '../../lib/training/tiles.js';

const GEOMETRY = resolveGeometry({ size: 40, crop: 32, tiles: { size: 40, overlap: 8 } }, 'options', {
  family: 'vit',
  patch: 8,
});
const SIZES = [
  { width: 30, height: 40 },
  { width: 88, height: 64 },
  { width: 41, height: 40 },
];

/** The first two channels of a pixel say where it is, the third in which picture. */
function picture(index: number): NativeImage {
  const { width, height } = SIZES[index] ?? { width: 1, height: 1 };
  const data = Uint8Array.from({ length: 3 * width * height }, (_, at) => {
    const [pixel, channel] = [Math.floor(at / 3), at % 3];
    return [pixel % width, Math.floor(pixel / width), index][channel] ?? 0;
  });
  return { data, width, height, channels: 3 };
}

test('each tile of each picture is a sample, with the pixels of its place', async (t) => {
  const decoded: number[] = [];
  const samples = SIZES.map((_, at) => ({ path: `${at}.png` }) as Sample);
  const tiles = new TrainingTiles(samples, SIZES, GEOMETRY, async (index) => {
    decoded.push(index);
    return picture(index);
  });
  t.is(tiles.count, 1 + 2 * 3 + 2);
  const seen: string[] = [];
  for (let index = 0; index < tiles.count; index++) {
    const { data, width, height, ...rest } = await tiles.decode(index);
    t.deepEqual(rest, { channels: 3 });
    t.is(data.length, 3 * width * height);
    t.is(tiles.bytesOf(index), data.length);
    const [left = 0, top = 0, own] = data;
    seen.push(`${own}: ${left}, ${top}`);
    const whole = data.every((value, at) => {
      const [pixel, channel] = [Math.floor(at / 3), at % 3];
      return value === [left + (pixel % width), top + Math.floor(pixel / width), own][channel];
    });
    t.true(whole, `tile ${index}`);
  }
  t.deepEqual(seen, [
    '0: 0, 0',
    '1: 0, 0',
    '1: 24, 0',
    '1: 48, 0',
    '1: 0, 24',
    '1: 24, 24',
    '1: 48, 24',
    '2: 0, 0',
    '2: 1, 0',
  ]);
  t.deepEqual(decoded, [0, 1, 2], 'decoded once each');
  await t.throwsAsync(tiles.decode(tiles.count), { message: /tile 9 of 9/ });
});

test('pictures are kept for their other tiles only as far as 256 MiB go', async (t) => {
  const size = { width: 8000, height: 8000 };
  const geometry = resolveGeometry({ size: 40, crop: 32, tiles: { size: 1000, overlap: 8 } }, 'options', {
    family: 'vit',
    patch: 8,
  });
  const decoded: number[] = [];
  const data = new Uint8Array(3 * size.width * size.height);
  const tiles = new TrainingTiles([], [size, size, size], geometry, async (index) => {
    decoded.push(index);
    return { data, ...size, channels: 3 };
  });
  const own = tiles.count / 3;
  for (const tile of [0, 1, own, 0, own + 1]) await tiles.decode(tile);
  t.deepEqual(decoded, [0, 1, 0, 1], 'of 183 MiB each, one is kept');
});
