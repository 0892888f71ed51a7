/** Heatmaps: where they lie on the picture, what stays cold, and what stays untouched. */
import test from 'ava';
import type { NativeImage } from '../../lib/binding/types.js';
import { decodeImage } from '../../lib/image.js';
import { renderHeatmap } from '../../lib/index.js';
import type { Geometry } from '../../lib/options/types.js';
import { COLORMAP_SIZE, colormap } from '../../lib/report/colormap.js';
import { colourMap, seenArea } from '../../lib/report/heatmap.js';

const geometry: Geometry = { resize: [448, 448], crop: [392, 392], map: [256, 256], scoreRatio: 0.01 };
const calibration = { low: 0.1, high: 0.2, images: 9 };
const model = { geometry, calibration };

function flat(value: number, side = 16): { map: Float32Array; height: number; width: number } {
  return { map: new Float32Array(side * side).fill(value), height: side, width: side };
}

function grey(width: number, height: number): { data: Buffer; info: { width: number; height: number; channels: 3 } } {
  return { data: Buffer.alloc(width * height * 3, 128), info: { width, height, channels: 3 } };
}

function pixel(image: NativeImage, x: number, y: number): number[] {
  const at = 3 * (y * image.width + x);
  return [...image.data.subarray(at, at + 3)];
}

test('resize and crop are undone per axis', (t) => {
  t.deepEqual(seenArea({ width: 448, height: 448 }, geometry), { left: 28, top: 28, width: 392, height: 392 });
  t.deepEqual(seenArea({ width: 896, height: 224 }, geometry), { left: 56, top: 14, width: 784, height: 196 });
  const uneven: Geometry = { ...geometry, resize: [100, 200], crop: [80, 120] };
  t.deepEqual(seenArea({ width: 400, height: 300 }, uneven), { left: 80, top: 30, width: 240, height: 240 });
});

test("the crop's odd half is rounded to even, as the core does", (t) => {
  const odd = (resize: number, crop: number): number =>
    seenArea({ width: resize, height: resize }, { ...geometry, resize: [resize, resize], crop: [crop, crop] }).left;
  t.is(odd(41, 40), 0);
  t.is(odd(43, 40), 2);
  t.is(odd(45, 40), 2);
});

test('the seen area never leaves the picture, however small', (t) => {
  for (const [width, height] of [
    [1, 1],
    [2, 1],
    [3, 5],
    [20_000, 1],
  ] as const) {
    const area = seenArea({ width, height }, geometry);
    t.true(area.width >= 1 && area.height >= 1);
    t.true(area.left >= 0 && area.left + area.width <= width);
    t.true(area.top >= 0 && area.top + area.height <= height);
  }
});

test('what training pictures show is cold and faint; what is far above is hot and opaque', (t) => {
  const [cold, normal, hot, beyond] = [0.1, 0.2, 0.5, 99].map((value) =>
    colourMap(Float32Array.of(value), calibration, 1),
  );
  t.true((cold?.[2] ?? 0) > (cold?.[0] ?? 0), 'blue');
  t.true((normal?.[2] ?? 0) > (normal?.[0] ?? 0), 'blue up to the hottest normal pixels');
  t.true((hot?.[0] ?? 0) > 2 * (hot?.[2] ?? 0), 'red');
  t.deepEqual(hot, beyond);
  t.true((cold?.[3] ?? 255) < 40);
  t.is(hot?.[3], 255);
});

test('opacity grows with the value', (t) => {
  const values = Float32Array.from({ length: 50 }, (_, at) => 0.05 + at * 0.01);
  const alphas = [...colourMap(values, calibration, 0.7)].filter((_, at) => at % 4 === 3);
  t.true(alphas.every((alpha, at) => alpha >= (alphas[at - 1] ?? 0)));
  t.is(alphas.at(-1), Math.round(255 * 0.7));
});

test('a value that is not a number is shown hot', (t) => {
  t.deepEqual(colourMap(Float32Array.of(Number.NaN), calibration, 1), colourMap(Float32Array.of(9), calibration, 1));
});

test('the colours are a table of 256 that goes from blue to red', (t) => {
  t.is(colormap.length, 3 * COLORMAP_SIZE);
  t.deepEqual([...colormap.subarray(0, 3)], [18, 32, 96]);
  t.deepEqual([...colormap.subarray(-3)], [190, 15, 20]);
});

test("a heatmap is a PNG of the picture's own size whose margin is the picture's", async (t) => {
  const png = await renderHeatmap(grey(320, 160), flat(1), model);
  const image = await decodeImage(png);
  t.deepEqual([image.width, image.height], [320, 160]);
  t.deepEqual(pixel(image, 2, 2), [128, 128, 128]);
  t.deepEqual(pixel(image, 317, 80), [128, 128, 128]);
  const [red = 0, , blue = 0] = pixel(image, 160, 80);
  t.true(red > 150 && blue < 80, `${red} ${blue}`);
  t.true((pixel(image, 19, 80)[0] ?? 0) > 150, 'a light line marks the seen area');
});

test('a normal part keeps its look', async (t) => {
  const image = await decodeImage(await renderHeatmap(grey(100, 100), flat(0.11), model));
  t.true(pixel(image, 50, 50).every((value) => Math.abs(value - 128) < 16));
});

test('a hot corner of the map lies in that corner of the seen area', async (t) => {
  const result = flat(0.1, 8);
  result.map[0] = 9;
  const image = await decodeImage(await renderHeatmap(grey(448, 448), result, model));
  t.true((pixel(image, 40, 40)[0] ?? 0) > 150);
  t.true((pixel(image, 400, 40)[0] ?? 255) < 130);
  t.true((pixel(image, 40, 400)[0] ?? 255) < 130);
});

test('pictures of 1 x 1 and of 20,000 pixels in width get a heatmap', async (t) => {
  for (const [width, height] of [
    [1, 1],
    [20_000, 3],
  ] as const) {
    const image = await decodeImage(await renderHeatmap(grey(width, height), flat(0.3), model));
    t.deepEqual([image.width, image.height], [width, height]);
  }
});

test('a model without a colour scale needs one', async (t) => {
  const bare = { geometry, calibration: null };
  await t.throwsAsync(renderHeatmap(grey(9, 9), flat(1), bare), { code: 'CALIBRATION_MISSING', message: /scale/ });
  await t.notThrowsAsync(renderHeatmap(grey(9, 9), flat(1), bare, { scale: { low: 0, high: 1 } }));
});

test('wrong options and results are refused by name', async (t) => {
  const render = (options: object, result: object = flat(1)): Promise<Buffer> =>
    renderHeatmap(grey(9, 9), result as never, model, options);
  await t.throwsAsync(render({ opacity: 2 }), { instanceOf: RangeError, message: /options\.opacity/ });
  await t.throwsAsync(render({ scale: 3 }), { instanceOf: TypeError, message: /options\.scale/ });
  await t.throwsAsync(render({ scale: { low: 1, high: 1 } }), { instanceOf: RangeError, message: /scale\.high/ });
  await t.throwsAsync(render({ opaque: 1 }), { instanceOf: TypeError, message: /opacity/ });
  await t.throwsAsync(render({}, { map: [1], height: 1, width: 1 }), { instanceOf: TypeError, message: /result/ });
  await t.throwsAsync(render({}, { ...flat(1), width: 3 }), { instanceOf: RangeError, message: /result\.map/ });
});

test('what is no model, or no result, is refused by name', async (t) => {
  for (const value of [undefined, null, 7, {}, { geometry: {}, calibration }, { calibration }]) {
    const run = renderHeatmap(grey(8, 8), flat(0.1), value as never);
    await t.throwsAsync(run, { instanceOf: TypeError, message: /Expected a Model.* for model but/ });
  }
  const run = renderHeatmap(grey(8, 8), null as never, model);
  await t.throwsAsync(run, { instanceOf: TypeError, message: /for result but/ });
});
