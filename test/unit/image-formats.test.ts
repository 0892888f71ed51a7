/** Which formats are given to a decoder: those on a list, told by their bytes, and SVG when it is asked for. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import sharp from 'sharp';
import { formatOf } from '../../lib/image/formats.js';
import { decodeImage, imageSize } from '../../lib/image.js';
import { type Dataset, inspectDataset, type PictureSize, type Sample, verifyImages } from '../../lib/index.js';
import { bmp } from '../helpers/bmp.js';
import { temporaryFolder } from '../helpers/drawn-set.js';

const { folder, remove } = temporaryFolder();
test.after.always(remove);

const SVG =
  '<svg xmlns="http://www.w3.org/2000/svg" width="3" height="2"><rect width="3" height="2" fill="#f00"/></svg>';
const red = sharp({ create: { width: 30, height: 20, channels: 3, background: 'red' } });

function write(name: string, bytes: string | Uint8Array): string {
  const file = path.join(folder, name);
  writeFileSync(file, bytes);
  return file;
}

test('each format that is written down as read is decoded and measured, whatever the name of its file', async (t) => {
  const encoded = {
    avif: await red.clone().avif().toBuffer(),
    bmp: bmp([[1, 2, 3]], 3),
    gif: await red.clone().gif().toBuffer(),
    jpeg: await red.clone().jpeg().toBuffer(),
    png: await red.clone().png().toBuffer(),
    tiff: await red.clone().tiff().toBuffer(),
    webp: await red.clone().webp().toBuffer(),
  };
  for (const [format, bytes] of Object.entries(encoded)) {
    t.is(formatOf(bytes), format as ReturnType<typeof formatOf>);
    const { width, height } = await decodeImage(bytes);
    const file = write(`${format}.dat`, bytes);
    t.deepEqual(await imageSize(file), { width, height }, format);
  }
});

test('SVG of every kind is refused with the remedy unless it is asked for', async (t) => {
  const utf16 = Buffer.from(`\uFEFF${SVG}`, 'utf16le');
  const message = /it is an SVG, .*: convert it to PNG, or set the option svg to true/;
  for (const [name, bytes] of [
    ['plain.svg', Buffer.from(SVG)],
    ['named.png', Buffer.from(`<?xml version="1.0"?>\n<!-- ${'x'.repeat(500)} -->${SVG}`)],
    ['capitals.svg', Buffer.from(SVG.replace('<svg', '<SVG'))],
    ['compressed.svgz', gzipSync(SVG)],
    ['wide.svg', utf16],
  ] as const) {
    const file = write(name, bytes);
    await t.throwsAsync(decodeImage(bytes), { code: 'IMAGE_DECODE', message }, name);
    await t.throwsAsync(decodeImage(file), { code: 'IMAGE_DECODE', message }, name);
    await t.throwsAsync(imageSize(file), { code: 'IMAGE_DECODE', message }, name);
  }
});

test('SVG is decoded with svg: true, within pixelLimit', async (t) => {
  const file = write('asked.svg', SVG);
  const compressed = write('asked.svgz', gzipSync(SVG));
  const expected: PictureSize = { width: 3, height: 2 };
  for (const input of [file, compressed]) {
    const { data, width, height } = await decodeImage(input, { svg: true });
    t.deepEqual({ width, height }, expected);
    t.deepEqual([...data.subarray(0, 3)], [255, 0, 0]);
    t.deepEqual(await imageSize(input, { svg: true }), expected);
    await t.throwsAsync(decodeImage(input, { svg: true, pixelLimit: 5 }), { code: 'IMAGE_TOO_LARGE' });
  }
});

test('what is in no format of the list reaches no decoder', async (t) => {
  const message = /it is in none of the formats JPEG, PNG, TIFF, WebP, GIF, AVIF and BMP: convert it to PNG/;
  for (const bytes of [
    '%PDF-1.7\n',
    '%!PS-Adobe-3.0',
    '<html></html>',
    'push graphic-context',
    '\0',
    'P6\n1 1\n255\nabc',
  ]) {
    await t.throwsAsync(decodeImage(Buffer.from(bytes)), { code: 'IMAGE_DECODE', message }, bytes);
    await t.throwsAsync(imageSize(write('other.png', bytes)), { code: 'IMAGE_DECODE', message }, bytes);
  }
});

test('a header that ends late in its file, or stands at its end, is found', async (t) => {
  const noise = sharp({
    create: {
      width: 300,
      height: 200,
      channels: 3,
      noise: { type: 'gaussian', mean: 128, sigma: 60 },
      background: 'red',
    },
  });
  const tiff = await noise.clone().tiff({ compression: 'none' }).toBuffer();
  const jpeg = await noise
    .clone()
    .withExif({ IFD0: { ImageDescription: 'x'.repeat(60_000) } })
    .jpeg()
    .toBuffer();
  const icc = Buffer.concat([
    jpeg.subarray(0, 2),
    Buffer.from([0xff, 0xfe, 0xff, 0xff]),
    Buffer.alloc(65_533),
    jpeg.subarray(2),
  ]);
  for (const [name, bytes] of [
    ['late.tiff', tiff],
    ['exif.jpg', jpeg],
    ['comment.jpg', icc],
    ['noise.png', await noise.clone().png().toBuffer()],
    ['noise.webp', await noise.clone().webp({ lossless: true }).toBuffer()],
    ['noise.gif', await noise.clone().gif().toBuffer()],
    ['noise.avif', await noise.clone().avif({ lossless: true }).toBuffer()],
  ] as const) {
    const file = write(name, bytes);
    t.true(bytes.length > 2 ** 15, name);
    t.deepEqual(await imageSize(file), { width: 300, height: 200 }, name);
    await t.throwsAsync(imageSize(file, { pixelLimit: 59_999 }), { code: 'IMAGE_TOO_LARGE' }, name);
  }
});

test('the check of a dataset and of its headers decode SVG when they are asked to', async (t) => {
  const path = write('sample.svg', SVG);
  const sample: Sample = { path, className: 'a', label: 0, defect: 'good', split: 'train' };
  await t.throwsAsync(verifyImages([sample]), { code: 'IMAGE_DECODE' });
  t.deepEqual(await verifyImages([sample], { svg: true }), [{ width: 3, height: 2 }]);
  const root = { root: folder, format: 'folder', classes: ['a'], madeSplit: null, notes: [] } as const;
  const dataset: Dataset = { ...root, train: [sample], validation: [], test: [] };
  const faults = async (svg: boolean): Promise<string[]> =>
    (await inspectDataset(dataset, { svg })).faults.map(({ code }) => code);
  t.deepEqual(await faults(false), ['IMAGE_DECODE']);
  t.deepEqual(await faults(true), []);
});
