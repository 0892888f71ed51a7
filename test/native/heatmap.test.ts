/** Heatmaps: where they lie on the picture, what stays cold, and what stays untouched. */
import test from 'ava';
import type { NativeImage } from '../../lib/binding/types.js';
import { decodeImage } from '../../lib/image.js';
import { findRegions, placeMap, renderHeatmap } from '../../lib/index.js';
import type { Geometry } from '../../lib/options/types.js';

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

test("a heatmap is a PNG of the picture's own size whose margin is grey stripes", async (t) => {
  const { info } = grey(320, 160);
  const blue = Buffer.from(Array.from({ length: 320 * 160 }, () => [0, 0, 200]).flat());
  const image = await decodeImage(await renderHeatmap({ data: blue, info }, flat(1), model));
  t.deepEqual([image.width, image.height], [320, 160]);
  const margin = Array.from({ length: 19 }, (_, x) => pixel(image, x, 80));
  t.true(margin.every(([r, g, b]) => r === g && g === b));
  t.is(new Set(margin.map(String)).size, 2);
  const [red = 0, , cold = 0] = pixel(image, 160, 80);
  t.true(red > 120 && cold < 90, `${red} ${cold}`);
  t.not(String(pixel(image, 20, 80)), String(margin[18]));
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

test('a value that is not a number is shown hot', async (t) => {
  const [nan, high] = await Promise.all(
    [Number.NaN, 9].map(async (value) => decodeImage(await renderHeatmap(grey(30, 30), flat(value), model))),
  );
  t.deepEqual(nan?.data, high?.data);
});

test('outlines of regions are drawn where the map crosses the threshold', async (t) => {
  const result = flat(0.1, 8);
  result.map.fill(0.9, 0, 32);
  const picture = grey(448, 448);
  const { regions } = await findRegions(await placeMap(result, picture, model), { threshold: 0.5 });
  const image = await decodeImage(await renderHeatmap(picture, result, model, { regions }));
  const edge = (regions[0]?.box.top ?? 0) + (regions[0]?.box.height ?? 0);
  t.deepEqual(pixel(image, 224, edge), [255, 255, 255]);
  t.deepEqual(pixel(image, 224, edge + 1), [20, 20, 20]);
  const other = renderHeatmap(grey(40, 40), result, model, { regions });
  await t.throwsAsync(other, { instanceOf: RangeError, message: /options\.regions\[0\]\.box/ });
});

test('what only looks like a region is refused by name', async (t) => {
  const box = { left: 0, top: 0, width: 1, height: 1 };
  const draw = (region: object): Promise<unknown> =>
    renderHeatmap(grey(9, 9), flat(1), model, { regions: [region] as never });
  for (const region of [
    { contour: [] },
    { box, contour: [[[['a', 'b']]]] },
    { box, contour: [[[1, 2]]] },
    { box: 1 },
  ]) {
    await t.throwsAsync(draw(region), { instanceOf: TypeError, message: /options\.regions\[0\]/ });
  }
  const outside = { box: { ...box, left: -5 }, contour: null };
  await t.throwsAsync(draw(outside), { instanceOf: RangeError, message: /options\.regions\[0\]\.box/ });
});

test('a legend stands under the picture and begins with the coldest colour', async (t) => {
  for (const [width, height] of [
    [1, 1],
    [448, 300],
    [2000, 40],
  ] as const) {
    const image = await decodeImage(await renderHeatmap(grey(width, height), flat(0.1), model, { legend: true }));
    t.is(image.width, Math.max(150, width));
    const rows = Array.from({ length: image.height - height }, (_, y) => pixel(image, 40, height + y));
    t.true(rows.some(([r = 0, , b = 0]) => b > 1.5 * r));
    const ink = [...image.data.subarray(3 * image.width * height)].filter((value) => value > 230).length;
    t.true(ink > 30, 'digits');
  }
});

test('a picture that the network saw whole has no margin', async (t) => {
  const whole = { ...model, geometry: { ...geometry, crop: [448, 448] as const } };
  const image = await decodeImage(await renderHeatmap(grey(90, 60), flat(9), whole));
  t.is(new Set(Array.from({ length: 90 }, (_, x) => String(pixel(image, x, 0)))).size, 1);
});

test('an aborted heatmap rejects with the reason', async (t) => {
  const signal = AbortSignal.abort(new Error('enough'));
  await t.throwsAsync(renderHeatmap(grey(9, 9), flat(1), model, { signal }), { message: 'enough' });
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
  await t.throwsAsync(render({ regions: [1] }), { instanceOf: TypeError, message: /options\.regions\[0\]/ });
  await t.throwsAsync(render({ legend: 1 }), { instanceOf: TypeError, message: /options\.legend/ });
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
