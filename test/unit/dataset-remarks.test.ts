/** The check of a dataset: masks and pictures that can be read, and may not be what was meant. */
import { copyFileSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import sharp from 'sharp';
import { datasetFormats, type Inspection, inspectDataset, openDataset } from '../../lib/index.js';
import { discPixels, temporaryFolder, writeDataset, writeMask } from '../helpers/drawn-set.js';
import { DRAW } from '../helpers/layouts.js';
import { tiff } from '../helpers/tiff.js';

const { folder, remove } = temporaryFolder();
test.after.always(remove);

const [WIDTH, HEIGHT] = [48, 44];
const PIXELS = WIDTH * HEIGHT;

function fresh(name: string): Promise<string> {
  return writeDataset(path.join(folder, name), ['a']);
}

async function inspect(root: string, classes?: readonly string[]): Promise<Inspection> {
  return inspectDataset(await openDataset(root, { faults: 'list', ...(classes === undefined ? {} : { classes }) }));
}

/** The message of the only remark, without the set's own folder. */
async function onlyRemark(root: string, code: string): Promise<string> {
  const { remarks, faults } = await inspect(root);
  const messages = remarks.filter((remark) => remark.code === code).map(({ message }) => message);
  const [message = '', ...others] = messages;
  if (others.length > 0 || remarks.length !== 1 || faults.length > 0)
    throw new Error(JSON.stringify({ remarks, faults }));
  return message.replaceAll(`${root}${path.sep}`, '');
}

/** One value for the defect, another around it. */
function square<Kind extends Uint8Array | Uint16Array>(data: Kind, value: number, around = 0): Kind {
  for (let at = 0; at < data.length; at++) {
    data[at] = at % WIDTH > 20 && at % WIDTH < 28 && at > PIXELS / 2 && at < (2 * PIXELS) / 3 ? value : around;
  }
  return data;
}

function grey(data: Uint8Array | Uint16Array): Promise<Buffer> {
  const space = data instanceof Uint16Array ? 'grey16' : 'b-w';
  return sharp(data, { raw: { width: WIDTH, height: HEIGHT, channels: 1 } })
    .toColourspace(space)
    .png()
    .toBuffer();
}

test('masks of 0 and 1, which look black in a viewer, are remarked on: how many and which', async (t) => {
  for (const [name, data] of Object.entries({ bytes: new Uint8Array(PIXELS), words: new Uint16Array(PIXELS) })) {
    const root = await fresh(`dark-${name}`);
    for (const at of [0, 2]) {
      writeFileSync(path.join(root, `a/ground_truth/square/${at}_mask.png`), await grey(square(data, 1)));
    }
    const message = await onlyRemark(root, 'MASK_DARK');
    t.regex(
      message,
      /Whatever is above 0 is anomalous.*: 2 in the class 'a': a\/ground_truth\/square\/0_mask.png \(values to 1\), a/,
    );
  }
});

test('masks of 255 in 16 bits look black too', async (t) => {
  const root = await fresh('dark-255');
  const data = await grey(square(new Uint16Array(PIXELS), 255));
  writeFileSync(path.join(root, 'a/ground_truth/square/1_mask.png'), data);
  t.regex(await onlyRemark(root, 'MASK_DARK'), /1_mask\.png \(values to 255\)/);
});

test('masks of VisA as published are known to hold numbers, and are no remark', async (t) => {
  const root = path.join(folder, 'visa');
  await DRAW.visa(root);
  const data = await grey(square(new Uint8Array(PIXELS), 1));
  for (const name of ['candle', 'pcb1']) writeFileSync(path.join(root, name, 'Data/Masks/Anomaly/000.png'), data);
  const { remarks, faults } = await inspect(root);
  t.deepEqual([remarks, faults], [[], []]);
});

test('masks with their shape in the alpha channel, and masks that cover everything, are remarked on', async (t) => {
  const root = await fresh('alpha');
  const rgba = Buffer.alloc(4 * PIXELS);
  square(new Uint8Array(PIXELS), 255).forEach((value, at) => {
    rgba[4 * at + 3] = value;
  });
  const file = path.join(root, 'a/ground_truth/square/1_mask.png');
  await sharp(rgba, { raw: { width: WIDTH, height: HEIGHT, channels: 4 } })
    .png()
    .toFile(file);
  t.regex(await onlyRemark(root, 'MASK_ALPHA'), /opaque is read as anomalous.*: 1 in the class 'a': a\/.*1_mask\.png/);
  writeFileSync(file, await grey(new Uint8Array(PIXELS).fill(255)));
  t.regex(await onlyRemark(root, 'MASK_FULL'), /cover the whole picture.*: a\/.*1_mask\.png \(48 x 44\)/);
});

test('12 bits in a file of 16, and floats from 0 to 1, are remarked on: 8 bits leave nearly nothing of them', async (t) => {
  const disc = discPixels(WIDTH, HEIGHT, 3, false);
  const values = Array.from({ length: PIXELS }, (_, at) => disc[3 * at] ?? 0);
  const root = await fresh('thin');
  const file = path.join(root, 'a/train/good/deep.png');
  writeFileSync(file, await grey(Uint16Array.from(values, (value) => 16 * value)));
  t.regex(await onlyRemark(root, 'THIN_RANGE'), /Scale .*deep\.png \(values \d+ to 2\d\d\d become \d levels? of 256\)/);
  writeFileSync(file, await grey(Uint16Array.from(values, (value) => 257 * value)));
  t.deepEqual((await inspect(root)).remarks, [], 'the whole range');
  rmSync(file);
  const float = Float32Array.from(values, (value) => value / 255);
  writeFileSync(path.join(root, 'a/train/good/deep.tif'), tiff({ width: WIDTH, height: HEIGHT, data: float }));
  t.regex(await onlyRemark(root, 'THIN_RANGE'), /deep\.tif \(values 0\.\d+ to 0\.\d+ become 1 level of 256\)/);
});

test('pictures of kinds that are not read are remarked on, wherever they lie', async (t) => {
  const root = await fresh('unread');
  for (const name of ['a/train/good/x.pgm', 'a/test/square/y.JP2', 'a/ground_truth/square/y.exr', 'a/notes.txt']) {
    writeFileSync(path.join(root, name), 'P5');
  }
  const message = await onlyRemark(root, 'FILE_UNREAD');
  t.regex(
    message,
    /Convert them to PNG: 3: a\/ground_truth\/square\/y\.exr, a\/test\/square\/y\.JP2, a\/train\/good\/x\.pgm$/,
  );
});

test('masks without a picture are remarked on, and a black mask of a normal picture is none', async (t) => {
  const root = await fresh('orphans');
  const truth = path.join(root, 'a/ground_truth');
  await writeMask(path.join(truth, 'square/7_mask.png'));
  await writeMask(path.join(truth, 'gone/0.png'));
  await writeMask(path.join(truth, 'good/0_mask.png'), false);
  await writeMask(path.join(truth, 'square/0.png'));
  t.regex(
    await onlyRemark(root, 'MASK_UNUSED'),
    /: 2: a\/ground_truth\/gone\/0\.png, a\/ground_truth\/square\/7_mask\.png$/,
  );
});

test('masks that lie beside their pictures are told from them by the layout', async (t) => {
  for (const [format, add, mask] of [
    ['kolektor', 'kos01/Part9_label.bmp', 'kos01/Part0_label.bmp'],
    ['magnetic-tile', 'MT_Blowhole/Imgs/gone.png', undefined],
  ] as const) {
    const root = path.join(folder, `beside-${format}`);
    await DRAW[format](root);
    mkdirSync(path.dirname(path.join(root, add)), { recursive: true });
    if (mask === undefined) await writeMask(path.join(root, add));
    else copyFileSync(path.join(root, mask), path.join(root, add));
    const { remarks } = await inspect(root);
    t.deepEqual(
      remarks.filter(({ code }) => code === 'MASK_UNUSED').map(({ message }) => message.includes(add)),
      [true],
    );
  }
});

test('the drawn set of every layout has no file that goes unread', async (t) => {
  for (const format of datasetFormats) {
    const root = path.join(folder, 'layouts', format);
    await DRAW[format](root);
    const codes = (await inspect(root)).remarks.map(({ code }) => code);
    t.false(codes.includes('MASK_UNUSED') || codes.includes('FILE_UNREAD'), format);
  }
});

test('classes that were left out are not looked at, nor is a link that leads back followed for ever', async (t) => {
  const root = await writeDataset(path.join(folder, 'classes'), ['a', 'b']);
  writeFileSync(path.join(root, 'b/test/good/x.pgm'), 'P5');
  symlinkSync(root, path.join(root, 'a/test/good/up'));
  t.deepEqual((await inspect(root, ['a'])).remarks, []);
  renameSync(path.join(root, 'b/test/good/x.pgm'), path.join(root, 'a/test/good/x.pgm'));
  t.deepEqual(
    (await inspect(root, ['a'])).remarks.map(({ code }) => code),
    ['FILE_UNREAD'],
  );
});
