/** Maps in the pixels of their pictures, placed against a plain reference, and the regions in them. */
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import test from 'ava';
import sharp from 'sharp';
import { type AnomalyMap, findRegions, type PictureSize, placeMap, saveMap } from '../../lib/index.js';
import type { Geometry } from '../../lib/options/types.js';
import { temporaryFolder } from '../helpers/drawn-set.js';
import { drawn } from '../helpers/maps.js';

const geometry: Geometry = { resize: [448, 448], crop: [392, 392], map: [256, 256], scoreRatio: 0.01 };
const model = { geometry };
const { folder, remove } = temporaryFolder();
test.after.always(remove);

function wave(height: number, width: number): AnomalyMap {
  return drawn(height, width, (x, y) => Math.sin(x * 1.7) + Math.cos(y * 0.9 + x * 0.1));
}

/** [first, second, weight of the second] of each pixel of an axis; undefined where its centre is outside the crop. */
function axis(size: number, resize: number, crop: number, map: number): ([number, number, number] | undefined)[] {
  const half = (resize - crop) / 2;
  const offset = half % 1 === 0.5 ? 2 * Math.round(half / 2) : half;
  return Array.from({ length: size }, (_, pixel) => {
    const inCrop = ((pixel + 0.5) * resize) / size - offset;
    if (inCrop < 0 || inCrop >= crop) {
      return undefined;
    }
    const at = Math.min(map - 1, Math.max(0, (inCrop * map) / crop - 0.5));
    return [Math.floor(at), Math.min(map - 1, Math.floor(at) + 1), at % 1];
  });
}

function reference({ map, height, width }: AnomalyMap, picture: PictureSize, { resize, crop }: Geometry): number[] {
  const across = axis(picture.width, resize[1], crop[1], width);
  const at = (y: number, x: number): number => map[y * width + x] ?? Number.NaN;
  return axis(picture.height, resize[0], crop[0], height).flatMap((down) =>
    across.map((right) => {
      if (down === undefined || right === undefined) {
        return Number.NaN;
      }
      const [[y0, y1, v], [x0, x1, u]] = [down, right];
      return (1 - v) * ((1 - u) * at(y0, x0) + u * at(y0, x1)) + v * ((1 - u) * at(y1, x0) + u * at(y1, x1));
    }),
  );
}

for (const [title, picture, given, size] of [
  ['a picture of uneven sides', { width: 301, height: 97 }, geometry, [32, 32]],
  [
    'a crop whose offset is a half',
    { width: 83, height: 121 },
    { ...geometry, resize: [43, 41], crop: [28, 14] },
    [9, 5],
  ],
  ['a picture smaller than its map', { width: 37, height: 29 }, geometry, [256, 256]],
  ['a map of uneven sides', { width: 64, height: 80 }, { ...geometry, resize: [60, 200], crop: [56, 140] }, [7, 61]],
  ['a map of one value', { width: 20, height: 10 }, geometry, [1, 1]],
  ['a picture of 1 x 1', { width: 1, height: 1 }, geometry, [256, 256]],
] as const) {
  test(`${title} gets its map where a plain reference has it`, async (t) => {
    const map = wave(size[0], size[1]);
    const placed = await placeMap(map, picture, { geometry: given });
    const expected = reference(map, picture, given);
    t.is(placed.map.length, picture.width * picture.height);
    t.deepEqual([placed.width, placed.height], [picture.width, picture.height]);
    const wrong = expected.findIndex((value, at) => {
      const actual = placed.map[at] ?? 0;
      return Number.isNaN(value) ? !Number.isNaN(actual) : !(Math.abs(value - actual) < 2e-6);
    });
    t.is(wrong, -1, `${expected[wrong]} is ${placed.map[wrong]}`);
    const { left, top, width, height } = placed.inspected;
    const numbers = expected.flatMap((value, at) => (Number.isNaN(value) ? [] : [at]));
    t.is(numbers.length, width * height);
    t.is(numbers[0], top * picture.width + left);
  });
}

test('a picture may be a file, its bytes, raw pixels or its size', async (t) => {
  const png = await sharp({ create: { width: 50, height: 20, channels: 3, background: 'red' } })
    .png()
    .toBuffer();
  const file = path.join(folder, 'size.png');
  writeFileSync(file, png);
  const raw = { data: Buffer.alloc(3000), info: { width: 50, height: 20, channels: 3 } };
  const expected = await placeMap(wave(8, 8), { width: 50, height: 20 }, model);
  for (const picture of [file, pathToFileURL(file), png, raw]) {
    t.deepEqual(await placeMap(wave(8, 8), picture, model), expected);
  }
});

test('what is no map, no picture or no model is refused by name', async (t) => {
  const place = (result: unknown, picture: unknown = { width: 9, height: 9 }, of: unknown = model): Promise<unknown> =>
    placeMap(result as never, picture as never, of as never);
  const map = wave(4, 4);
  await t.throwsAsync(place({ ...map, width: 5 }), { instanceOf: RangeError, message: /result\.map\.length/ });
  await t.throwsAsync(place({ ...map, map: [1] }), { instanceOf: TypeError, message: /for result but/ });
  await t.throwsAsync(place(await place(map)), { instanceOf: TypeError, message: /not yet placed/ });
  await t.throwsAsync(place(map, { width: 0, height: 9 }), { instanceOf: RangeError, message: /picture\.width/ });
  await t.throwsAsync(place(map, { width: 9, heigth: 9 }), { instanceOf: TypeError, message: /height/ });
  await t.throwsAsync(place(map, 7), { instanceOf: TypeError, message: /for image but/ });
  await t.throwsAsync(place(map, { width: 1e5, height: 1e5 }), { code: 'IMAGE_TOO_LARGE', message: /pixelLimit/ });
  await t.throwsAsync(place(map, undefined, {}), { instanceOf: TypeError, message: /for model but/ });
  for (const wrong of [{ resize: [0, 0] }, { crop: ['8', 8] }, { crop: [449, 392] }, { resize: [448] }]) {
    const of = { geometry: { ...geometry, ...wrong } };
    await t.throwsAsync(place(map, undefined, of), { instanceOf: TypeError, message: /for model but/ });
  }
  await t.throwsAsync(place(map, path.join(folder, 'none.png')), { code: 'FILE_READ' });
  const options = { pixellimit: 3 } as never;
  await t.throwsAsync(placeMap(map, { width: 9, height: 9 }, model, options), { message: /Did you mean pixelLimit/ });
});

test('an aborted call rejects with the reason and does nothing', async (t) => {
  const signal = AbortSignal.abort(new Error('enough'));
  const map = wave(4, 4);
  await t.throwsAsync(placeMap(map, { width: 9, height: 9 }, model, { signal }), { message: 'enough' });
  await t.throwsAsync(findRegions(map, { threshold: 1, signal }), { message: 'enough' });
  const file = path.join(folder, 'aborted.npy');
  await t.throwsAsync(saveMap(file, map, { signal }), { message: 'enough' });
  t.false(existsSync(file));
});

test('a call that is aborted on its way rejects with the reason', async (t) => {
  const controller = new AbortController();
  const { signal } = controller;
  const placing = placeMap(wave(64, 64), { width: 6000, height: 6000 }, model, { signal });
  setImmediate(() => controller.abort(new Error('changed my mind')));
  await t.throwsAsync(placing, { message: 'changed my mind' });
});

/** A map from rows of text: a digit is a value, a dot 0, N is NaN. */
function rows(...lines: string[]): AnomalyMap {
  const value = (letter: string): number => (letter === '.' ? 0 : letter === 'N' ? Number.NaN : Number(letter));
  return { map: Float32Array.from([...lines.join('')].map(value)), height: lines.length, width: lines[0]?.length ?? 0 };
}

test('regions are listed by peak, with box, area, mean and closed outlines', async (t) => {
  const { regions, leftOut, threshold } = await findRegions(
    rows(
      '2.....', //
      '...99.',
      '..9N9.',
      '...8..',
    ),
    { threshold: 1 },
  );
  t.is(leftOut, 0);
  t.is(threshold, 1);
  t.deepEqual(
    regions.map(({ box, area, peak, mean }) => ({ box, area, peak, mean })),
    [
      { box: { left: 2, top: 1, width: 3, height: 3 }, area: 5, peak: { value: 9, x: 3, y: 1 }, mean: 8.8 },
      { box: { left: 0, top: 0, width: 1, height: 1 }, area: 1, peak: { value: 2, x: 0, y: 0 }, mean: 2 },
    ],
  );
  // Three parts that meet at corners only.
  t.is(regions[0]?.contour?.length, 3);
  const [single] = regions.slice(1);
  t.deepEqual(single?.contour, [
    [
      [
        [0, 0],
        [1, 0],
        [1, 1],
        [0, 1],
        [0, 0],
      ],
    ],
  ]);
});

test('a hole is a ring of its own, against the outer one', async (t) => {
  const { regions } = await findRegions(rows('111', '1.1', '111'), { threshold: 0 });
  const [outer, hole] = regions[0]?.contour?.[0] ?? [];
  const twice = (ring: typeof outer): number =>
    (ring ?? []).slice(1).reduce((sum, [x, y], at) => {
      const [fromX, fromY] = ring?.[at] ?? [0, 0];
      return sum + fromX * y - x * fromY;
    }, 0);
  t.is(twice(outer), 18);
  t.is(twice(hole), -2);
  t.is(regions[0]?.area, 8);
});

test('a map all above is one region, and a map all at the threshold none', async (t) => {
  const map = drawn(7, 5, () => 1);
  const { regions } = await findRegions(map, { threshold: 0.5 });
  t.is(regions.length, 1);
  t.deepEqual(regions[0]?.contour, [
    [
      [
        [0, 0],
        [5, 0],
        [5, 7],
        [0, 7],
        [0, 0],
      ],
    ],
  ]);
  t.deepEqual(await findRegions(map, { threshold: 1 }), { regions: [], threshold: 1, leftOut: 0 });
});

test('regions of a placed map are in the pixels of the picture, and none lies in the margin', async (t) => {
  const placed = await placeMap(
    drawn(4, 4, () => 1),
    { width: 448, height: 448 },
    model,
  );
  const { regions } = await findRegions(placed, { threshold: 0.5 });
  t.deepEqual(
    regions.map(({ box }) => box),
    [placed.inspected],
  );
});

test('millions of regions: the largest are listed, the others counted', async (t) => {
  const side = 2000;
  const dots = drawn(side, side, (x, y) => (x % 2 === 0 && y % 2 === 0 ? 1 : 0));
  dots.map[1] = 1;
  const { regions, leftOut } = await findRegions(dots, { threshold: 0.5, maxRegions: 10 });
  t.is(regions.length, 10);
  t.is(leftOut, (side / 2) ** 2 - 1 - 10);
  t.true(regions.some(({ area }) => area === 3));
});

test('an outline past the limit of corners is left out, its region is not', async (t) => {
  const checkerboard = drawn(500, 500, (x, y) => (x + y) % 2);
  const { regions } = await findRegions(checkerboard, { threshold: 0.5 });
  t.deepEqual(
    regions.map(({ area, contour }) => [area, contour]),
    [[125_000, null]],
  );
  const whole = await findRegions(checkerboard, { threshold: 0.5, maxCorners: 500_000 });
  t.is(whole.regions[0]?.contour?.length, 125_000);
});

test('the threshold is the given one, else that of the thresholds, and needed', async (t) => {
  const thresholds = { pixel: { value: 5, falseRejectRate: 0 } } as never;
  const map = rows('369');
  t.is((await findRegions(map, { thresholds })).threshold, 5);
  t.is((await findRegions(map, { thresholds, threshold: 7 })).regions[0]?.area, 1);
  for (const options of [undefined, {}, { thresholds: null }]) {
    await t.throwsAsync(findRegions(map, options), { code: 'THRESHOLD_MISSING', message: /threshold/ });
  }
});

test('wrong options of regions are refused by name', async (t) => {
  const find = (options: object): Promise<unknown> => findRegions(rows('1'), { threshold: 0, ...options });
  await t.throwsAsync(find({ threshold: Number.NaN }), { instanceOf: RangeError, message: /options\.threshold/ });
  await t.throwsAsync(find({ thresholds: 3 }), { instanceOf: TypeError, message: /options\.thresholds/ });
  await t.throwsAsync(find({ minArea: 0 }), { instanceOf: RangeError, message: /options\.minArea/ });
  await t.throwsAsync(find({ maxRegions: 1e6 }), { instanceOf: RangeError, message: /options\.maxRegions/ });
  await t.throwsAsync(find({ maxCorners: '3' }), { instanceOf: TypeError, message: /options\.maxCorners/ });
  await t.throwsAsync(find({ minarea: 1 }), { instanceOf: TypeError, message: /minArea/ });
});
