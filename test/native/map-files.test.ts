/** Files of maps, read back; the folders that benchmarks want them in. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import test from 'ava';
import sharp from 'sharp';
import {
  encodeMap,
  type MapFormat,
  mapWriter,
  type PictureResult,
  type PlacedMap,
  placeMap,
  type ScoreResult,
  saveMap,
} from '../../lib/index.js';
import type { Geometry } from '../../lib/options/types.js';
import { temporaryFolder } from '../helpers/drawn-set.js';
import { drawn } from '../helpers/maps.js';

const geometry: Geometry = { resize: [448, 448], crop: [392, 392], map: [256, 256], scoreRatio: 0.01 };
const model = { geometry };
const { folder, remove } = temporaryFolder();
test.after.always(remove);

const SAMPLE: PlacedMap = {
  ...drawn(700, 600, (x, y) => (x < 3 ? Number.NaN : Math.sin(x) * 0.3 + y / 1000)),
  inspected: { left: 3, top: 0, width: 597, height: 700 },
};

/** Numbers of a TIFF, by its own fields. */
function readTiff(file: Buffer): { width: number; height: number; bits: number; data: Buffer } {
  const fields = new Map<number, number[]>();
  const start = file.readUInt32LE(4);
  for (let index = 0; index < file.readUInt16LE(start); index++) {
    const at = start + 2 + 12 * index;
    const [count, value] = [file.readUInt32LE(at + 4), file.readUInt32LE(at + 8)];
    const values =
      count === 1 ? [value] : Array.from({ length: count }, (_, item) => file.readUInt32LE(value + 4 * item));
    fields.set(file.readUInt16LE(at), values);
  }
  const one = (tag: number): number => fields.get(tag)?.[0] ?? 0;
  const strips = (fields.get(273) ?? []).map((from, at) => file.subarray(from, from + (fields.get(279)?.[at] ?? 0)));
  return { width: one(256), height: one(257), bits: one(258), data: Buffer.concat(strips) };
}

function floats(bytes: Buffer): Float32Array {
  return new Float32Array(Uint8Array.from(bytes).buffer);
}

/** IEEE half precision. */
function half(bits: number): number {
  const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) {
    return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  }
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

test('a TIFF of 32-bit floats in strips holds the very values, NaN too', async (t) => {
  const { width, height, bits, data } = readTiff(await encodeMap(SAMPLE, { format: 'tiff' }));
  t.deepEqual([width, height, bits], [600, 700, 32]);
  t.deepEqual(floats(data), SAMPLE.map);
});

test("another program's reader of TIFF finds the same values", async (t) => {
  const small = { map: Float32Array.of(0, 0.25, 1, 200), height: 2, width: 2 };
  const { data, info } = await sharp(await encodeMap(small, { format: 'tiff' }))
    .raw({ depth: 'float' })
    .toBuffer({ resolveWithObject: true });
  t.deepEqual([info.width, info.height], [2, 2]);
  const values = floats(data);
  const { channels } = info;
  t.deepEqual(
    [0, 1, 2, 3].map((at) => values[at * channels]),
    [0, 0.25, 1, 200],
  );
});

test('a TIFF of 16-bit floats holds the nearest of them', async (t) => {
  const { bits, data } = readTiff(await encodeMap(SAMPLE, { format: 'tiff16' }));
  t.is(bits, 16);
  const wrong = SAMPLE.map.findIndex((value, at) => {
    const actual = half(data.readUInt16LE(2 * at));
    return Number.isNaN(value)
      ? !Number.isNaN(actual)
      : Math.abs(actual - value) > 2 ** -11 * Math.abs(value) + 2 ** -25;
  });
  t.is(wrong, -1);
});

test('a NumPy file holds the very values, NaN too', async (t) => {
  const file = await encodeMap(SAMPLE, { format: 'npy' });
  const start = 10 + file.readUInt16LE(8);
  t.regex(file.subarray(10, start).toString(), /'shape': \(700, 600\)/);
  t.deepEqual(floats(file.subarray(start)), SAMPLE.map);
});

test('a 16-bit PNG holds the values to half a level of the scale that it states', async (t) => {
  const scale = { low: -0.5, high: 1.5 };
  const file = await encodeMap(SAMPLE, { format: 'png16', scale });
  const text = /tEXtscale\0(\{.*?\})/s.exec(file.toString('latin1'))?.[1] ?? '';
  t.deepEqual(JSON.parse(text), { ...scale, lowLevel: 1, highLevel: 65535, nanLevel: 0 });
  const { data, info } = await sharp(file)
    .toColourspace('grey16')
    .raw({ depth: 'ushort' })
    .toBuffer({ resolveWithObject: true });
  t.is(info.channels, 1);
  const levels = new Uint16Array(Uint8Array.from(data).buffer);
  const wrong = SAMPLE.map.findIndex((value, at) => {
    const level = levels[at] ?? 0;
    return Number.isNaN(value) ? level !== 0 : Math.abs(-0.5 + ((level - 1) / 65534) * 2 - value) > 1.01 / 65534;
  });
  t.is(wrong, -1);
});

test('a mask is 255 above the threshold, in a grey PNG of 8 bits', async (t) => {
  const file = await encodeMap(SAMPLE, { format: 'mask', threshold: 0.2 });
  const { depth, channels } = await sharp(file).metadata();
  t.deepEqual([depth, channels], ['uchar', 1]);
  const data = await sharp(file).toColourspace('b-w').raw().toBuffer();
  t.is(
    SAMPLE.map.findIndex((value, at) => (value > 0.2 ? 255 : 0) !== data[at]),
    -1,
  );
});

test('fill stands where nothing was inspected', async (t) => {
  const { data } = readTiff(await encodeMap(SAMPLE, { format: 'tiff', fill: -1 }));
  t.deepEqual(
    floats(data),
    SAMPLE.map.map((value) => (Number.isNaN(value) ? -1 : value)),
  );
});

test('a saved map has the format of its extension, replaces a file whole and leaves no draft', async (t) => {
  const out = path.join(folder, 'saved');
  mkdirSync(out);
  for (const [name, format] of [
    ['a.png', 'png16'],
    ['b.tiff', 'tiff'],
    ['c.tif', 'tiff'],
    ['d.NPY', 'npy'],
  ] as const) {
    const file = path.join(out, name);
    writeFileSync(file, 'an older file');
    await saveMap(pathToFileURL(file), SAMPLE);
    t.deepEqual(readFileSync(file), await encodeMap(SAMPLE, { format }));
  }
  await saveMap(path.join(out, 'e.dat'), SAMPLE, { format: 'npy' });
  t.deepEqual(readdirSync(out).sort(), ['a.png', 'b.tiff', 'c.tif', 'd.NPY', 'e.dat']);
});

test('a map that cannot be written is a FILE_WRITE that names it', async (t) => {
  const file = path.join(folder, 'missing', 'map.tiff');
  await t.throwsAsync(saveMap(file, SAMPLE), { code: 'FILE_WRITE', message: /missing.map\.tiff.*folder/ });
  const taken = path.join(folder, 'taken.tiff');
  mkdirSync(taken);
  await t.throwsAsync(saveMap(taken, SAMPLE), { code: 'FILE_WRITE' });
  t.deepEqual(
    readdirSync(folder).filter((name) => name.endsWith('.tmp')),
    [],
  );
});

test('wrong options of encodings are refused by name', async (t) => {
  const encode = (options: object): Promise<unknown> => encodeMap(SAMPLE, { format: 'tiff', ...options });
  await t.throwsAsync(encode({ format: 'jpeg' }), { instanceOf: RangeError, message: /options\.format/ });
  await t.throwsAsync(encode({ format: null }), { instanceOf: TypeError, message: /options\.format/ });
  await t.throwsAsync(encode({ scale: 1 }), { instanceOf: TypeError, message: /options\.scale/ });
  await t.throwsAsync(encode({ scale: { low: 1, high: 1 } }), { instanceOf: RangeError, message: /scale\.high/ });
  await t.throwsAsync(encode({ fill: 'x' }), { instanceOf: TypeError, message: /options\.fill/ });
  await t.throwsAsync(encode({ filled: 1 }), { instanceOf: TypeError, message: /Did you mean fill/ });
  await t.throwsAsync(encode({ format: 'mask' }), { code: 'THRESHOLD_MISSING' });
  await t.throwsAsync(saveMap('map.jpeg', SAMPLE), { instanceOf: RangeError, message: /for path but/ });
});

const RESULT: ScoreResult = {
  ...drawn(8, 8, (x) => x / 8),
  score: 1,
  className: null,
  known: null,
  classConfidence: null,
  pixelThreshold: null,
  threshold: null,
  isAnomalous: null,
  verdict: null,
  confidence: null,
  inspected: { left: 0, top: 0, width: 8, height: 8 },
  timing: { decodeMs: 0, queuedMs: 0, computeMs: 0, batch: 1 },
};

async function picture(file: string): Promise<PictureResult> {
  mkdirSync(path.dirname(file), { recursive: true });
  await sharp({ create: { width: 40, height: 30, channels: 3, background: 'red' } }).toFile(file);
  return { path: file, className: 'bolt', label: 1, defect: 'bent', score: 1, decision: null };
}

async function written(file: string): Promise<PlacedMap['map']> {
  return floats(readTiff(readFileSync(file)).data);
}

test("a map writer fills the folders of MVTec's evaluation scripts, the margin as normal", async (t) => {
  const out = path.join(folder, 'mvtec');
  const one = await picture(path.join(folder, 'set/bolt/test/bent/007.png'));
  await mapWriter(out)(one, RESULT, model);
  const placed = await placeMap(RESULT, one.path, model);
  const expected = placed.map.map((value) => (Number.isNaN(value) ? 0 : value));
  t.deepEqual(await written(path.join(out, 'anomaly_maps/bolt/test/bent/007.tiff')), expected);
});

test("a map writer fills the folders of MVTec AD 2's server, 16-bit maps and masks", async (t) => {
  const out = path.join(folder, 'ad2');
  const one = await picture(path.join(folder, 'set2/bolt/test_private/001.png'));
  await mapWriter(out, { layout: 'mvtec-ad-2', threshold: 0.5 })(one, RESULT, model);
  const map = readTiff(readFileSync(path.join(out, 'anomaly_images/bolt/test_private/001.tiff')));
  t.deepEqual([map.width, map.height, map.bits], [40, 30, 16]);
  const mask = path.join(out, 'anomaly_images_thresholded/bolt/test_private/001.png');
  t.deepEqual([...new Set(await sharp(mask).toColourspace('b-w').raw().toBuffer())].sort(), [0, 255]);
  const two = await picture(path.join(folder, 'set2/bolt/test_public/bad/001.png'));
  await mapWriter(out, { layout: 'mvtec-ad-2' })(two, RESULT, model);
  t.deepEqual(readdirSync(path.join(out, 'anomaly_images/bolt/test_public/bad')), ['001.tiff']);
  t.false(existsSync(path.join(out, 'anomaly_images_thresholded/bolt/test_public')));
});

test('a picture whose name one of another folder has taken is written with the name of its folder', async (t) => {
  const out = path.join(folder, 'items');
  const write = mapWriter(out);
  for (const item of ['kos1', 'kos2']) await write(await picture(path.join(folder, item, 'Part0.png')), RESULT, model);
  t.deepEqual(readdirSync(path.join(out, 'anomaly_maps/bolt/test/bent')), ['Part0.tiff', 'kos2-Part0.tiff']);
});

test('two pictures of one name, and names that are no folders, are refused', async (t) => {
  const write = mapWriter(path.join(folder, 'twice'));
  const one = await picture(path.join(folder, 'set3/test/bent/a.png'));
  const two = await picture(path.join(folder, 'set3/test/bent/a.jpg'));
  await write(one, RESULT, model);
  await t.throwsAsync(async () => write(two, RESULT, model), { code: 'FILE_WRITE', message: /a\.png and .*a\.jpg/ });
  for (const className of ['..', 'a/b', '']) {
    await t.throwsAsync(async () => write({ ...one, className }, RESULT, model), {
      code: 'FILE_WRITE',
      message: /folder/,
    });
  }
});

test('a picture that is evaluated again has its map written again', async (t) => {
  const one = await picture(path.join(folder, 'again/bolt/test/bent/a.png'));
  const write = mapWriter(path.join(folder, 'again-maps'));
  await write(one, RESULT, model);
  await t.notThrowsAsync(async () => write(one, RESULT, model));
});

test('masks take the threshold of the model, and are refused without one', async (t) => {
  const out = path.join(folder, 'masks');
  const one = await picture(path.join(folder, 'set4/bolt/test/bent/a.png'));
  const write = mapWriter(out, { format: 'mask' });
  await t.throwsAsync(write(one, RESULT, model), { code: 'THRESHOLD_MISSING', message: /calibrated/ });
  await write(one, RESULT, {
    ...model,
    thresholds: { pixel: { value: 0.5, images: 1, falseRejectRate: 0, falseRejectInterval: [0, 1] } },
  });
  t.true(existsSync(path.join(out, 'anomaly_maps/bolt/test/bent/a.png')));
});

test('wrong options of a map writer are refused when it is made', (t) => {
  const make = (options: object) => (): unknown => mapWriter(folder, options);
  t.throws(make({ layout: 'mvtec3' }), { instanceOf: RangeError, message: /options\.layout/ });
  t.throws(make({ format: 'tif' as MapFormat }), { instanceOf: RangeError, message: /options\.format/ });
  t.throws(make({ fill: Number.NaN }), { instanceOf: RangeError, message: /options\.fill/ });
  t.throws(make({ thresholds: 1 }), { instanceOf: TypeError, message: /Did you mean threshold/ });
  t.throws(() => mapWriter(''), { instanceOf: RangeError, message: /folder/ });
});
