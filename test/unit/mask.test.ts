/** Masks in: what is not 0 in the file is anomalous, whatever its depth; numbers become 0 and 255 before any resize. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import sharp from 'sharp';
import { readMask } from '../../lib/datasets/pixels.js';
import { decodeMask, type MaskImage, type MaskOptions } from '../../lib/image/mask.js';
import { bmp } from '../helpers/bmp.js';
import { temporaryFolder } from '../helpers/drawn-set.js';
import { tiff } from '../helpers/tiff.js';

const { folder, remove } = temporaryFolder();
test.after.always(remove);

let files = 0;

async function decode(bytes: Uint8Array, options?: MaskOptions): Promise<MaskImage> {
  const file = path.join(folder, String(files++));
  writeFileSync(file, bytes);
  return decodeMask(file, options);
}

/** The largest channel of each pixel. */
function levels({ data, channels }: MaskImage): number[] {
  const starts = Array.from({ length: data.length / channels }, (_, at) => at * channels);
  return starts.map((at) => Math.max(...data.subarray(at, at + channels)));
}

async function levelsOf(bytes: Uint8Array, options?: MaskOptions): Promise<number[]> {
  return levels(await decode(bytes, options));
}

type Values = readonly number[];

function raw(data: Uint8Array | Uint16Array, channels: 1 | 2 | 3 | 4) {
  return sharp(data, { raw: { width: data.length / channels, height: 1, channels } });
}

const png8 = (values: Values) => raw(Uint8Array.from(values), 1).toColourspace('b-w').png().toBuffer();
const png16 = (values: Values) => raw(Uint16Array.from(values), 1).toColourspace('grey16').png().toBuffer();
const row = (values: Values) => ({ width: values.length, height: 1 });
const tiff16 = async (values: Values) => tiff({ ...row(values), data: Uint16Array.from(values) });
const tiff32 = async (values: Values) => tiff({ ...row(values), data: Int32Array.from(values) });
const float = async (values: Values) => tiff({ ...row(values), data: Float32Array.from(values) });
const colour = (data: Values) => raw(Uint8Array.from(data), 3).png().toBuffer();

/** A PNG with a palette: the numbers of its pixels, and the colours of its entries. */
async function palettePng(numbers: Values, entries: readonly Values[]): Promise<Buffer> {
  const grey = await png8(numbers);
  const { crc32 } = await import('node:zlib');
  const chunk = (type: string, data: Uint8Array): Buffer => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(data.length, 0);
    frame.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
  };
  const header = Buffer.from(grey.subarray(16, 29));
  header[9] = 3;
  const rest = grey.subarray(grey.indexOf('IDAT') - 4);
  return Buffer.concat([
    grey.subarray(0, 8),
    chunk('IHDR', header),
    chunk('PLTE', Uint8Array.from(entries.flat())),
    chunk('tRNS', Uint8Array.from([0])),
    rest,
  ]);
}

for (const [name, write] of Object.entries({ png8, png16, tiff16, tiff32, float })) {
  test(`0 and 1 become 0 and 255, and levels to 255 stay what they are: ${name}`, async (t) => {
    t.deepEqual(await levelsOf(await write([0, 1, 0])), [0, 255, 0]);
    t.deepEqual(await levelsOf(await write([0, 2, 1])), [0, 255, 255]);
    t.deepEqual(await levelsOf(await write([0, 1, 100, 255])), [0, 1, 100, 255]);
    t.deepEqual(await levelsOf(await write([0, 0])), [0, 0]);
  });
}

for (const [name, write] of Object.entries({ png16, tiff16, tiff32, float })) {
  test(`levels of 16 bits become levels of 8, and no pixel above 0 becomes 0: ${name}`, async (t) => {
    t.deepEqual(await levelsOf(await write([0, 1, 255, 257, 32896, 65535])), [0, 1, 1, 1, 128, 255]);
    t.deepEqual(await levelsOf(await write([0, 300, 1000])), [0, 255, 255], 'numbers of more than 8 bits');
  });
}

test('floats to 1 are shares of white, and what is not above 0 is normal', async (t) => {
  t.deepEqual(await levelsOf(await float([0, 0.001, 0.5, 1])), [0, 1, 128, 255]);
  t.deepEqual(await levelsOf(await float([0, 0.001, 0.25])), [0, 255, 255], 'none reaches half of white');
  t.deepEqual(await levelsOf(await float([-1, Number.NaN, 1])), [0, 0, 255]);
});

test('numbers of kinds are marked whatever their size where the layout says that they are numbers', async (t) => {
  for (const write of [png8, png16, tiff16, tiff32, float]) {
    t.deepEqual(await levelsOf(await write([0, 1, 200]), { values: 'index' }), [0, 255, 255]);
  }
});

test('colours count by their largest channel, and those of a palette mark kinds', async (t) => {
  t.deepEqual(await levelsOf(await colour([0, 0, 0, 0, 90, 0, 200, 0, 0])), [0, 90, 200]);
  const kinds = [
    [0, 0, 0],
    [64, 0, 0],
    [0, 128, 0],
  ];
  t.deepEqual(await levelsOf(await palettePng([0, 1, 2], kinds)), [0, 255, 255]);
  const greys = [
    [255, 255, 255],
    [0, 0, 0],
  ];
  t.deepEqual(await levelsOf(await palettePng([0, 1, 1], greys)), [255, 0, 0], 'the colour, not its number');
});

test('where numbers are meant, those of a palette count and not its colours', async (t) => {
  const black = [
    [0, 0, 0],
    [0, 0, 0],
    [0, 0, 0],
  ];
  const white = black.map(() => [255, 255, 255]);
  for (const entries of [black, white]) {
    t.deepEqual(await levelsOf(await palettePng([0, 1, 2, 0], entries), { values: 'index' }), [0, 255, 255, 0]);
  }
});

test('a mask of one bit, and BMP, are read as the rest', async (t) => {
  const bilevel = raw(Uint8Array.from([0, 255, 0]), 1)
    .toColourspace('b-w')
    .tiff({ bitdepth: 1, compression: 'none' });
  t.deepEqual(await levelsOf(await bilevel.toBuffer()), [0, 255, 0]);
  t.deepEqual(await levelsOf(bmp([[0, 0, 0, 1, 1, 1]], 3)), [0, 255]);
  t.deepEqual(await levelsOf(bmp([[0, 0, 0, 255, 9, 9, 9, 0]], 4)), [0, 255], 'no alpha in 32 bits');
});

test('a shape that is in the alpha channel only is read there, and said', async (t) => {
  for (const tone of [0, 255]) {
    const rgba = [tone, tone, tone, 0, tone, tone, tone, 255, tone, tone, tone, 0];
    const mask = await decode(await raw(Uint8Array.from(rgba), 4).png().toBuffer());
    t.deepEqual([levels(mask), mask.alpha], [[0, 255, 0], true]);
  }
  const rgba = [0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0, 255];
  const drawn = await decode(await raw(Uint8Array.from(rgba), 4).png().toBuffer());
  t.deepEqual([levels(drawn), drawn.alpha], [[0, 255, 0], false], 'colours that say something win');
  const greys = await raw(Uint8Array.from([0, 0, 0, 255]), 2)
    .png()
    .toBuffer();
  t.deepEqual(await levelsOf(greys), [0, 255]);
});

test('what a mask says: whether it is anomalous anywhere or everywhere, and whether a viewer shows it black', async (t) => {
  const read = async (values: Values) => {
    const file = path.join(folder, `read-${values.join('-')}`);
    writeFileSync(file, await png16(values));
    return readMask(file);
  };
  const size = { width: 2, height: 1, alpha: false };
  t.deepEqual(await read([0, 1]), { ...size, anomalous: true, full: false, peak: 1, dark: true });
  t.deepEqual(await read([0, 65535]), { ...size, anomalous: true, full: false, peak: 65535, dark: false });
  t.deepEqual(await read([0, 0]), { ...size, anomalous: false, full: false, peak: 0, dark: false });
  t.deepEqual(await read([9, 200]), { ...size, anomalous: true, full: true, peak: 200, dark: true });
});
