/** Pictures in: what each kind of file becomes as RGB, and what is refused. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import test from 'ava';
import sharp from 'sharp';
import { imageExtensions } from '../../lib/image/formats.js';
import type { ImageInput, RawImage } from '../../lib/image/input.js';
import { decodeImage, imageSize } from '../../lib/image.js';
import { bmp } from '../helpers/bmp.js';
import { temporaryFolder } from '../helpers/drawn-set.js';

const { folder, remove } = temporaryFolder();
test.after.always(remove);

/** Two pixels: dark red, and a mid grey. */
const RGB = Buffer.from([120, 10, 20, 128, 128, 128]);
const two = (data: Buffer, channels: 1 | 2 | 3 | 4) => sharp(data, { raw: { width: 2, height: 1, channels } });

const pixelsOf = async (input: ImageInput): Promise<number[]> => [...(await decodeImage(input)).data];

test('palette, grey, alpha, 1-bit and 16-bit pictures are 8-bit RGB', async (t) => {
  const grey = Buffer.from([0, 200]);
  const expanded = [0, 0, 0, 200, 200, 200];
  t.deepEqual(await pixelsOf(await two(RGB, 3).png().toBuffer()), [...RGB]);
  const red = Buffer.from([255, 0, 0, 0, 0, 0]);
  t.deepEqual(await pixelsOf(await two(red, 3).png({ palette: true, dither: 0 }).toBuffer()), [...red]);
  t.deepEqual(await pixelsOf(await two(grey, 1).toColourspace('b-w').png().toBuffer()), expanded);
  const bilevel = two(Buffer.from([0, 255]), 1)
    .toColourspace('b-w')
    .png({ palette: true, colours: 2 });
  t.deepEqual(await pixelsOf(await bilevel.toBuffer()), [0, 0, 0, 255, 255, 255]);
  const deep = await sharp(Uint16Array.from([0x1234, 0x1234, 0x1234, 0xff00, 0xff00, 0xff00]), {
    raw: { width: 2, height: 1, channels: 3 },
  })
    .toColourspace('rgb16')
    .png()
    .toBuffer();
  t.deepEqual(await pixelsOf(deep), [0x12, 0x12, 0x12, 0xff, 0xff, 0xff]);
});

test('alpha is dropped and not blended', async (t) => {
  const rgba = Buffer.from([120, 10, 20, 0, 128, 128, 128, 255]);
  t.deepEqual(await pixelsOf(await two(rgba, 4).png().toBuffer()), [...RGB]);
});

test('a turned photograph keeps its stored rows', async (t) => {
  const turned = await two(RGB, 3).withMetadata({ orientation: 6 }).png().toBuffer();
  const { width, height } = await decodeImage(turned);
  t.deepEqual([width, height], [2, 1]);
});

test('BMP of 24 and 32 bits, rows in either order', async (t) => {
  const blueGreenRed = [
    [1, 2, 3, 4, 5, 6],
    [7, 8, 9, 10, 11, 12],
  ];
  const expected = [3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10];
  t.deepEqual(await pixelsOf(bmp(blueGreenRed, 3)), expected);
  t.deepEqual(await pixelsOf(bmp(blueGreenRed, 3, true)), expected);
  const padded = blueGreenRed.map((row) => [...row.slice(0, 3), 0, ...row.slice(3), 0]);
  t.deepEqual(await pixelsOf(bmp(padded, 4)), expected);
});

test('a BMP is known by its content, not by its name', async (t) => {
  const file = path.join(folder, 'bitmap.png');
  writeFileSync(file, bmp([[1, 2, 3]], 3));
  t.deepEqual(await pixelsOf(file), [3, 2, 1]);
  t.deepEqual(await imageSize(file), { width: 1, height: 1 });
});

test('a path, a file: URL and the bytes are the same picture', async (t) => {
  const file = path.join(folder, 'with space ä.png');
  await two(RGB, 3).png().toFile(file);
  for (const input of [file, pathToFileURL(file), readFileSync(file), new Uint8Array(readFileSync(file))]) {
    t.deepEqual(await pixelsOf(input), [...RGB]);
  }
});

test('a file that was written anew is read anew', async (t) => {
  const file = path.join(folder, 'changing.png');
  await two(RGB, 3).png().toFile(file);
  t.deepEqual(await pixelsOf(file), [...RGB]);
  const other = Buffer.from([...RGB].reverse());
  writeFileSync(file, await two(other, 3).png().toBuffer());
  t.deepEqual(await pixelsOf(file), [...other]);
});

test('raw grey and alpha become RGB', async (t) => {
  const raw = (bytes: number[], channels: number): RawImage => ({
    data: Buffer.from(bytes),
    info: { width: 2, height: 1, channels },
  });
  t.deepEqual(await pixelsOf(raw([5, 200], 1)), [5, 5, 5, 200, 200, 200]);
  t.deepEqual(await pixelsOf(raw([5, 0, 200, 255], 2)), [5, 5, 5, 200, 200, 200]);
  t.deepEqual(await pixelsOf(raw([120, 10, 20, 0, 128, 128, 128, 9], 4)), [...RGB]);
});

const raw = (data: unknown, info: unknown): ImageInput => ({ data, info }) as RawImage;
const WRONG: readonly (readonly [title: string, input: unknown, kind: new () => Error, message: RegExp])[] = [
  ['a number', 7, TypeError, /^Expected a path, a file: URL, encoded bytes or \{data, info\} for image/],
  ['null', null, TypeError, /for image but received null/],
  ['an array', [1, 2], TypeError, /of type array/],
  ['an ArrayBuffer', new ArrayBuffer(4), TypeError, /of type ArrayBuffer/],
  ['an empty path', '', RangeError, /Expected a path for image/],
  ['a web URL', new URL('https://example.org/a.png'), RangeError, /Expected a file: URL for image/],
  ['raw data of 16 bits', raw(new Uint16Array(6), {}), TypeError, /for image\.data but received Uint16Array/],
  ['raw data without info', raw(Buffer.alloc(6), null), TypeError, /for image\.info/],
  ['raw data without a width', raw(Buffer.alloc(6), { height: 1, channels: 3 }), TypeError, /image\.info\.width/],
  ['no pixels', raw(Buffer.alloc(0), { width: 0, height: 1, channels: 3 }), RangeError, /image\.info\.width/],
  ['five channels', raw(Buffer.alloc(5), { width: 1, height: 1, channels: 5 }), RangeError, /image\.info\.channels/],
  [
    'a wrong length',
    raw(Buffer.alloc(5), { width: 2, height: 1, channels: 3 }),
    RangeError,
    /2 x 1 x 3 = 6 bytes .* received 5/,
  ],
];

for (const [title, input, kind, message] of WRONG) {
  test(`as a picture, ${title} is a ${kind.name}`, async (t) => {
    await t.throwsAsync(decodeImage(input as ImageInput), { instanceOf: kind, message });
  });
}

test('files that are no picture are named with the cause', async (t) => {
  const write = (name: string, contents: string | Uint8Array): string => {
    const file = path.join(folder, name);
    writeFileSync(file, contents);
    return file;
  };
  const png = await two(RGB, 3).png().toBuffer();
  for (const [file, code, message] of [
    [write('text.png', 'no picture'), 'IMAGE_DECODE', /text\.png/],
    [write('empty.png', ''), 'IMAGE_DECODE', /empty\.png: it is empty \(0 bytes\)/],
    [write('cut.png', png.subarray(0, png.length - 20)), 'IMAGE_DECODE', /cut\.png/],
    [write('cut.bmp', bmp([[1, 2, 3]], 3).subarray(0, 20)), 'IMAGE_DECODE', /cut\.bmp: its BMP header is damaged/],
    [write('text.bmp', Buffer.from('BM is how this text starts')), 'IMAGE_DECODE', /text\.bmp: its BMP header/],
    [write('short.bmp', bmp([[1, 2, 3]], 3).subarray(0, 54)), 'IMAGE_DECODE', /short\.bmp/],
    [path.join(folder, 'absent.png'), 'FILE_READ', /absent\.png.*ENOENT/],
    [folder, 'FILE_READ', /it is a folder; give a regular file/],
    ['a\0b.png', 'FILE_READ', /null bytes/],
  ] as const) {
    await t.throwsAsync(decodeImage(file), { code, message }, file);
  }
});

test('the header alone tells of an empty, foreign or absent file', async (t) => {
  const text = path.join(folder, 'header.png');
  writeFileSync(text, 'no picture');
  await t.throwsAsync(imageSize(text), { code: 'IMAGE_DECODE', message: /header\.png/ });
  await t.throwsAsync(imageSize(path.join(folder, 'absent.png')), { code: 'FILE_READ', message: /absent\.png/ });
  await t.throwsAsync(imageSize(folder), { code: 'FILE_READ' });
});

test('a picture past the pixel limit is refused by its header, of any kind', async (t) => {
  const file = path.join(folder, 'wide.png');
  await sharp({ create: { width: 200, height: 10, channels: 3, background: 'red' } })
    .png()
    .toFile(file);
  const huge = bmp([[1, 2, 3]], 3);
  huge.writeInt32LE(100_000, 18);
  huge.writeInt32LE(100_000, 22);
  const inputs: ImageInput[] = [
    file,
    huge,
    { data: Buffer.alloc(6000), info: { width: 200, height: 10, channels: 3 } },
  ];
  for (const input of inputs) {
    await t.throwsAsync(decodeImage(input, { pixelLimit: 1999 }), { code: 'IMAGE_TOO_LARGE', message: /pixelLimit/ });
  }
  await t.throwsAsync(imageSize(file, { pixelLimit: 1999 }), { code: 'IMAGE_TOO_LARGE', message: /wide\.png/ });
  await t.notThrowsAsync(decodeImage(file, { pixelLimit: 2000 }));
});

test('every extension is lower case with its dot, BMP among them', (t) => {
  for (const extension of ['.png', '.jpg', '.jpeg', '.tif', '.tiff', '.webp', '.gif', '.bmp']) {
    t.true(imageExtensions.has(extension), extension);
  }
  for (const extension of imageExtensions) t.regex(extension, /^\.[a-z0-9.]+$/);
});
