/** What of maps needs no addon: where they lie, the colours of their values, heads of files. */
import test from 'ava';
import { npyHead, tiffHead } from '../../lib/maps/file-heads.js';
import { inspectedArea, placement } from '../../lib/maps/geometry.js';
import type { Geometry } from '../../lib/options/types.js';
import { COLORMAP_SIZE, colormap } from '../../lib/report/colormap.js';
import { checkScale, colourScale, type HeatmapScale } from '../../lib/report/colour-scale.js';

const geometry: Geometry = { resize: [448, 448], crop: [392, 392], map: [256, 256], scoreRatio: 0.01 };

/** RGBA of a value. */
function colourOf(value: number, given: HeatmapScale, opacity = 1): number[] {
  const { low, hot, table } = colourScale(given, opacity);
  const entries = table.length / 4;
  const entry = Math.min(entries - 1, Math.max(0, Math.floor(((value - low) / (hot - low)) * entries)));
  return [...table.subarray(4 * entry, 4 * entry + 4)];
}

test('resize and crop are undone per axis', (t) => {
  t.deepEqual(inspectedArea({ width: 448, height: 448 }, geometry), { left: 28, top: 28, width: 392, height: 392 });
  t.deepEqual(inspectedArea({ width: 896, height: 224 }, geometry), { left: 56, top: 14, width: 784, height: 196 });
  const uneven: Geometry = { ...geometry, resize: [100, 200], crop: [80, 120] };
  t.deepEqual(inspectedArea({ width: 400, height: 300 }, uneven), { left: 80, top: 30, width: 240, height: 240 });
});

test('a map is placed by the sides of resize and crop that belong to each axis', (t) => {
  const uneven: Geometry = { ...geometry, resize: [100, 200], crop: [80, 120] };
  const { down, across } = placement({ width: 400, height: 300 }, uneven, { height: 40, width: 30 });
  // The centre of pixel i lies at (i + 0.5) * resize / size - offset of the crop, times map / crop, less 0.5, on the map.
  t.deepEqual(across, { size: 400, begin: 80, end: 320, scale: 0.125, shift: (0.25 - 40) / 4 - 0.5 });
  t.deepEqual(down, { size: 300, begin: 30, end: 270, scale: 1 / 6, shift: (1 / 6 - 10) / 2 - 0.5 });
});

test("the crop's odd half is rounded to even, as the core does", (t) => {
  const odd = (resize: number, crop: number): number =>
    inspectedArea({ width: resize, height: resize }, { ...geometry, resize: [resize, resize], crop: [crop, crop] })
      .left;
  t.is(odd(41, 40), 0);
  t.is(odd(43, 40), 2);
  t.is(odd(45, 40), 2);
});

test('exactly the pixels whose centres lie in the crop are inspected', (t) => {
  for (const [size, resize, crop] of [
    [900, 448, 392],
    [1023, 448, 392],
    [333, 70, 56],
    [97, 131, 98],
    [5, 448, 392],
  ] as const) {
    const square: Geometry = { ...geometry, resize: [resize, resize], crop: [crop, crop] };
    const { left, width } = inspectedArea({ width: size, height: 7 }, square);
    const half = (resize - crop) / 2;
    const offset = half % 1 === 0.5 ? 2 * Math.round(half / 2) : half;
    const inside = Array.from({ length: size }, (_, pixel) => ((2 * pixel + 1) * resize) / (2 * size)).map(
      (centre) => centre >= offset && centre < offset + crop,
    );
    t.is(left, inside.indexOf(true), `${size} ${resize} ${crop}`);
    t.is(left + width - 1, inside.lastIndexOf(true), `${size} ${resize} ${crop}`);
  }
});

test('the inspected area never leaves the picture, however small', (t) => {
  const narrow: Geometry = { ...geometry, resize: [1000, 1000], crop: [14, 14] };
  for (const [width, height] of [
    [1, 1],
    [2, 1],
    [3, 5],
    [20_000, 1],
  ] as const) {
    for (const each of [geometry, narrow]) {
      const area = inspectedArea({ width, height }, each);
      t.true(area.width >= 1 && area.height >= 1);
      t.true(area.left >= 0 && area.left + area.width <= width);
      t.true(area.top >= 0 && area.top + area.height <= height);
    }
  }
});

test('a pixel of the resized picture that is a pixel of the map lies on its centre', (t) => {
  const same: Geometry = { ...geometry, resize: [60, 40], crop: [50, 20] };
  const { down, across } = placement({ width: 40, height: 60 }, same, { height: 50, width: 20 });
  t.deepEqual([down.scale, down.shift, down.begin, down.end], [1, -5, 5, 55]);
  t.deepEqual([across.scale, across.shift, across.begin, across.end], [1, -10, 10, 30]);
});

test('what training pictures show is cold and faint; what is far above is hot and opaque', (t) => {
  const scale = { low: 0.1, high: 0.2 };
  const [cold, normal, hot, beyond] = [0.1, 0.2, 0.5, 99].map((value) => colourOf(value, scale));
  t.true((cold?.[2] ?? 0) > (cold?.[0] ?? 0), 'blue');
  t.true((normal?.[2] ?? 0) > (normal?.[0] ?? 0), 'blue up to the hottest normal pixels');
  t.true((hot?.[0] ?? 0) > 2 * (hot?.[2] ?? 0), 'red');
  t.deepEqual(hot, beyond);
  t.true((cold?.[3] ?? 255) < 40);
  t.is(hot?.[3], 255);
});

test('colours turn from cold to warm at the threshold', (t) => {
  const scale = { low: 0.1, threshold: 0.4 };
  for (const value of [0, 0.1, 0.25, 0.399]) {
    const [red = 0, , blue = 0, alpha = 0] = colourOf(value, scale);
    t.true(blue > 1.5 * red && alpha < 100, `${value}`);
  }
  for (const value of [0.401, 0.6, 1, 5]) {
    const [red = 0, , blue = 0, alpha = 0] = colourOf(value, scale);
    t.true(red > 1.5 * blue && alpha > 180, `${value}`);
  }
});

test('opacity grows with the value', (t) => {
  for (const scale of [
    { low: 0.1, high: 0.2 },
    { low: 0.1, threshold: 0.2 },
  ]) {
    const alphas = Array.from({ length: 60 }, (_, at) => colourOf(0.05 + at * 0.01, scale, 0.7)[3] ?? 0);
    t.true(alphas.every((alpha, at) => alpha >= (alphas[at - 1] ?? 0)));
    t.is(alphas.at(-1), Math.round(255 * 0.7));
  }
});

test("the scale is the model's threshold where it has one, else its calibration", (t) => {
  const calibration = { low: 0.1, high: 0.2, images: 9 };
  const thresholds = { pixel: { value: 0.3, falseRejectRate: 0.01 } } as never;
  t.deepEqual(checkScale(undefined, { geometry, calibration, thresholds }), { low: 0.1, threshold: 0.3 });
  t.deepEqual(checkScale(undefined, { geometry, calibration, thresholds: null }), { low: 0.1, high: 0.2 });
  t.deepEqual(checkScale({ low: 0, high: 1, threshold: 0.5 }, { geometry }), { low: 0, threshold: 0.5 });
  t.throws(() => checkScale(undefined, { geometry, thresholds }), { code: 'CALIBRATION_MISSING' });
  t.throws(() => checkScale({ low: 1, threshold: 1 }, { geometry }), { message: /options\.scale\.threshold/ });
  t.throws(() => checkScale(undefined, { geometry, calibration, thresholds: {} as never }), {
    instanceOf: TypeError,
    message: /model\.thresholds/,
  });
});

test('the colours are a table of 256 that goes from blue to red', (t) => {
  t.is(colormap.length, 3 * COLORMAP_SIZE);
  t.deepEqual([...colormap.subarray(0, 3)], [18, 32, 96]);
  t.deepEqual([...colormap.subarray(-3)], [190, 15, 20]);
});

test('a NumPy head ends at a multiple of 64 bytes and states little-endian rows', (t) => {
  for (const size of [1, 448, 123_456]) {
    const head = npyHead(size, 7);
    t.is(head.length % 64, 0);
    t.is(head.readUInt16LE(8), head.length - 10);
    const text = head.subarray(10).toString('latin1');
    t.regex(text, new RegExp(`^\\{'descr': '<f4', 'fortran_order': False, 'shape': \\(${size}, 7\\), \\} *\\n$`));
  }
});

test('strips of a TIFF follow one another and hold all rows', (t) => {
  for (const [width, height] of [
    [1, 1],
    [448, 448],
    [3000, 1001],
    [400_000, 3],
  ] as const) {
    const head = tiffHead({ width, height, bits: 32 });
    const field = (tag: number): { count: number; value: number } => {
      for (let at = 10; at < 130; at += 12) {
        if (head.readUInt16LE(at) === tag) {
          return { count: head.readUInt32LE(at + 4), value: head.readUInt32LE(at + 8) };
        }
      }
      return { count: 0, value: 0 };
    };
    const read = (tag: number): number[] => {
      const { count, value } = field(tag);
      return count === 1 ? [value] : Array.from({ length: count }, (_, at) => head.readUInt32LE(value + 4 * at));
    };
    const [places, sizes] = [read(273), read(279)];
    t.is(places[0], head.length);
    t.true(places.every((place, at) => at === 0 || place === (places[at - 1] ?? 0) + (sizes[at - 1] ?? 0)));
    t.is(
      sizes.reduce((sum, size) => sum + size, 0),
      width * height * 4,
    );
    t.true(sizes.every((size) => size <= Math.max(1 << 20, width * 4)));
  }
});
