/** The orientation tag: Pillow turns the rows of a TIFF upright when it opens one, and no other kind. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import sharp from 'sharp';
import { decodeMask } from '../../lib/image/mask.js';
import { decodeImage, imageSize } from '../../lib/image.js';
import { temporaryFolder } from '../helpers/drawn-set.js';
import { tiff } from '../helpers/tiff.js';

const { folder, remove } = temporaryFolder();
test.after.always(remove);

const [WIDTH, HEIGHT] = [4, 3];
const STORED = Uint8Array.from({ length: 3 * WIDTH * HEIGHT }, (_, at) => (at * 7) % 256);
const [RIGHT, BOTTOM] = [WIDTH - 1, HEIGHT - 1];

/** Where the pixel that is shown at x, y is stored: the TIFF specification's own words for each value of the tag. */
const FROM: Readonly<Record<number, (x: number, y: number) => readonly [column: number, row: number]>> = {
  1: (x, y) => [x, y],
  2: (x, y) => [RIGHT - x, y],
  3: (x, y) => [RIGHT - x, BOTTOM - y],
  4: (x, y) => [x, BOTTOM - y],
  5: (x, y) => [y, x],
  6: (x, y) => [y, BOTTOM - x],
  7: (x, y) => [RIGHT - y, BOTTOM - x],
  8: (x, y) => [RIGHT - y, x],
};

function shown(orientation: number): { width: number; height: number; data: number[] } {
  const [width, height] = orientation > 4 ? [HEIGHT, WIDTH] : [WIDTH, HEIGHT];
  const data = Array.from({ length: width * height }, (_, at) => {
    const [column, row] = FROM[orientation]?.(at % width, Math.floor(at / width)) ?? [0, 0];
    const from = 3 * (row * WIDTH + column);
    return [...STORED.subarray(from, from + 3)];
  });
  return { width, height, data: data.flat() };
}

for (let orientation = 1; orientation <= 8; orientation++) {
  test(`a TIFF of orientation ${orientation} is turned upright: pixels, size and mask`, async (t) => {
    const expected = shown(orientation);
    const file = path.join(folder, `${orientation}.tif`);
    writeFileSync(file, tiff({ width: WIDTH, height: HEIGHT, channels: 3, data: STORED, orientation }));
    const { width, height, data } = await decodeImage(file);
    t.deepEqual({ width, height, data: [...data] }, expected);
    t.deepEqual(await imageSize(file), { width, height });
    const mask = await decodeMask(file);
    t.deepEqual({ width: mask.width, height: mask.height, data: [...mask.data] }, expected);
  });
}

test('a mask of 16 bits is turned too', async (t) => {
  const data = Uint16Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
  const file = path.join(folder, 'deep.tif');
  writeFileSync(file, tiff({ width: WIDTH, height: HEIGHT, data, orientation: 6 }));
  const mask = await decodeMask(file);
  t.deepEqual([mask.width, mask.height, mask.data.indexOf(255)], [HEIGHT, WIDTH, 9]);
});

test('a BigTIFF is turned, and a JPEG, a PNG and a WebP keep their stored rows', async (t) => {
  const turned = () =>
    sharp(STORED, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } }).withMetadata({ orientation: 6 });
  const sizeOf = async (bytes: Buffer): Promise<readonly number[]> => {
    const file = path.join(folder, 'picture');
    writeFileSync(file, bytes);
    const { width, height } = await decodeImage(file);
    t.deepEqual(await imageSize(file), { width, height });
    return [width, height];
  };
  t.deepEqual(await sizeOf(await turned().tiff({ bigtiff: true, compression: 'none' }).toBuffer()), [HEIGHT, WIDTH]);
  t.deepEqual(await sizeOf(await turned().png().toBuffer()), [WIDTH, HEIGHT]);
  t.deepEqual(await sizeOf(await turned().jpeg().toBuffer()), [WIDTH, HEIGHT]);
  t.deepEqual(await sizeOf(await turned().webp().toBuffer()), [WIDTH, HEIGHT]);
});
