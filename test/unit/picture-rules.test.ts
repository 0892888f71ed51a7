/** One rule for each thing that a picture file may have beside 8-bit RGB: docs/pictures.md lists them. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import sharp, { type Sharp } from 'sharp';
import { decodeMask } from '../../lib/image/mask.js';
import { decodeImage, imageSize } from '../../lib/image.js';
import { temporaryFolder } from '../helpers/drawn-set.js';

const { folder, remove } = temporaryFolder();
test.after.always(remove);

const [WIDTH, HEIGHT] = [4, 3];
const STORED = Buffer.from(Array.from({ length: 3 * WIDTH * HEIGHT }, (_, at) => (at * 7) % 256));
const SIZE = { width: WIDTH, height: HEIGHT, channels: 3 } as const;

async function write(name: string, pipeline: Sharp): Promise<string> {
  const file = path.join(folder, name);
  writeFileSync(file, await pipeline.toBuffer());
  return file;
}

for (const channels of [1, 3] as const) {
  test(`of 16 bits in ${channels === 1 ? 'grey' : 'colour'} the high byte is read`, async (t) => {
    const values = Uint16Array.from({ length: channels * WIDTH * HEIGHT }, (_, at) => (at * 4999 + 255) % 65536);
    const raw = { width: WIDTH, height: HEIGHT, channels };
    for (const kind of ['png', 'tiff'] as const) {
      const deep = sharp(values, { raw }).toColourspace(channels === 1 ? 'grey16' : 'rgb16');
      const { data } = await decodeImage(
        await write(`deep-${channels}.${kind}`, deep.toFormat(kind, { compression: 'none' })),
      );
      const high = [...values].flatMap((value) =>
        (channels === 1 ? [value, value, value] : [value]).map((v) => v >> 8),
      );
      t.deepEqual([...data], high, kind);
    }
  });
}

test('CMYK becomes RGB: paper is white, all inks are dark, and cyan takes the red away', async (t) => {
  for (const kind of ['jpeg', 'tiff'] as const) {
    const colours = [
      [255, 255, 255],
      [0, 0, 0],
      [0, 255, 255],
    ] as const;
    const seen: number[][] = [];
    for (const [at, background] of colours.entries()) {
      const [r, g, b] = background;
      const plain = sharp({ create: { width: 8, height: 8, channels: 3, background: { r, g, b } } });
      const file = await write(`cmyk-${at}.${kind}`, plain.toColourspace('cmyk').toFormat(kind));
      t.is((await sharp(file).metadata()).channels, 4);
      const { data, width, height } = await decodeImage(file);
      t.deepEqual(await imageSize(file), { width, height });
      t.is(data.length, 3 * width * height);
      seen.push([...data.subarray(0, 3)]);
    }
    const [paper = [], ink = [], cyan = []] = seen;
    t.true(Math.min(...paper) > 250, `${kind}: ${paper}`);
    t.true(Math.max(...ink) < 60, `${kind}: ${ink}`);
    t.true((cyan[0] ?? 255) + 30 < Math.min(cyan[1] ?? 0, cyan[2] ?? 0), `${kind}: ${cyan}`);
  }
});

test('the colour beneath alpha counts, whatever the alpha', async (t) => {
  const rgba = Buffer.from([10, 20, 30, 0, 40, 50, 60, 128, 70, 80, 90, 255]);
  for (const kind of ['png', 'tiff'] as const) {
    const file = await write(
      `alpha.${kind}`,
      sharp(rgba, { raw: { width: 3, height: 1, channels: 4 } }).toFormat(kind, { compression: 'none' }),
    );
    t.deepEqual([...(await decodeImage(file)).data], [10, 20, 30, 40, 50, 60, 70, 80, 90], kind);
  }
});

test('of several pages or frames the first is read', async (t) => {
  const page = (value: number) =>
    sharp({ create: { width: 5, height: 6, channels: 3, background: { r: value, g: value, b: value } } })
      .png()
      .toBuffer();
  const pages = [await page(200), await page(40), await page(90)];
  for (const [kind, tolerance] of [
    ['tiff', 0],
    ['gif', 2],
    ['webp', 2],
  ] as const) {
    const joined = sharp(pages, { join: { animated: true } });
    const file = await write(
      `pages.${kind}`,
      kind === 'tiff' ? joined.tiff({ compression: 'none' }) : joined.toFormat(kind),
    );
    t.is((await sharp(file).metadata()).pages, 3, kind);
    const { data, width, height } = await decodeImage(file);
    t.deepEqual([width, height], [5, 6], kind);
    t.deepEqual(await imageSize(file), { width, height });
    t.true(
      data.every((value) => Math.abs(value - 200) <= tolerance),
      kind,
    );
  }
});

for (let tag = 1; tag <= 8; tag++) {
  test(`a picture of orientation ${tag} is turned by 'exif' as a viewer does, and read as stored by 'ignore'`, async (t) => {
    for (const kind of ['png', 'webp', 'jpeg'] as const) {
      const lossless = kind === 'jpeg' ? { quality: 100, chromaSubsampling: '4:4:4' } : { lossless: true };
      const tagged = sharp(STORED, { raw: SIZE }).withMetadata({ orientation: tag }).toFormat(kind, lossless);
      const file = await write(`${tag}.${kind}`, tagged);
      const seen = await sharp(file).autoOrient().raw().toBuffer({ resolveWithObject: true });
      const stored = await sharp(file).raw().toBuffer({ resolveWithObject: true });
      for (const [orientation, expected] of [
        ['exif', seen],
        ['ignore', stored],
        [undefined, stored],
      ] as const) {
        const { width, height, data } = await decodeImage(file, { orientation });
        t.deepEqual([width, height, ...data], [expected.info.width, expected.info.height, ...expected.data], kind);
        t.deepEqual(await imageSize(file, { orientation }), { width, height });
        const mask = await decodeMask(file, { orientation });
        t.deepEqual([mask.width, mask.height], [width, height]);
      }
      const turned = await decodeImage(file, { orientation: 'exif' });
      t.deepEqual([turned.width, turned.height], tag > 4 ? [HEIGHT, WIDTH] : [WIDTH, HEIGHT]);
    }
  });
}

test('raw pixels are taken as they are', async (t) => {
  const { data } = await decodeImage({ data: STORED, info: SIZE }, { orientation: 'exif' });
  t.deepEqual([...data], [...STORED]);
});
