/** Masks and the metrics: the same defects give the same figures, however their masks are written. */
import path from 'node:path';
import test from 'ava';
import sharp from 'sharp';
import { type Dataset, type Evaluation, Evaluator, type Model, openDataset, Trainer } from '../../lib/index.js';
import { discPixels, TINY, TINY_SIZE, temporaryFolder, writeMask, writePng } from '../helpers/drawn-set.js';
import { writeText } from '../helpers/layouts.js';

const SIDE = 160;
const { folder, remove } = temporaryFolder();
let model: Model;
test.before(async () => {
  await using trainer = await Trainer.create({ encoder: TINY, weights: null, ...TINY_SIZE });
  model = await trainer.model();
});
test.after.always(async () => {
  await model.dispose();
  remove();
});

/** Small defects of two kinds inside the crop: single pixels, a scratch one pixel wide, a spot. */
function kindsOf(at: number): Uint8Array {
  const kinds = new Uint8Array(SIDE * SIDE);
  const mark = (x: number, y: number, kind: number): void => {
    kinds[y * SIDE + x] = kind;
  };
  for (let i = 0; i < 40; i++) mark(30 + i + at, 50 + at, 1);
  for (let i = 0; i < 25; i++) mark(90 + at + (i % 5), 100 + Math.floor(i / 5), 2);
  for (let i = 0; i < 5; i++) mark(40 + 13 * i, 120 - 7 * at, 1 + (i % 2));
  return kinds;
}

type Write = (file: string, kinds: Uint8Array) => Promise<unknown>;

function grey(values: Uint8Array | Uint16Array) {
  const space = values instanceof Uint16Array ? 'grey16' : 'b-w';
  return sharp(values, { raw: { width: SIDE, height: SIDE, channels: 1 } }).toColourspace(space);
}

/** How a mask may be written; each says the same. */
const WRITINGS: Readonly<Record<string, Write>> = {
  converted: (file, kinds) =>
    grey(kinds.map((kind) => (kind > 0 ? 255 : 0)))
      .png()
      .toFile(file),
  numbers: (file, kinds) => grey(kinds).png().toFile(file),
  'numbers of 16 bits': (file, kinds) => grey(Uint16Array.from(kinds)).png().toFile(file),
  '255 in 16 bits': (file, kinds) =>
    grey(Uint16Array.from(kinds, (kind) => (kind > 0 ? 255 : 0)))
      .png()
      .toFile(file),
  '65535 in 16 bits': (file, kinds) =>
    grey(Uint16Array.from(kinds, (kind) => (kind > 0 ? 65535 : 0)))
      .png()
      .toFile(file),
  'one bit': (file, kinds) =>
    grey(kinds.map((kind) => (kind > 0 ? 255 : 0)))
      .tiff({ bitdepth: 1, compression: 'none' })
      .toFile(file.replace('.png', '.tif')),
};

async function writePicture(file: string, seed: number, kinds?: Uint8Array): Promise<void> {
  const data = discPixels(SIDE, SIDE, seed, false);
  for (const [at, kind] of (kinds ?? []).entries()) if (kind > 0) data.fill(250, 3 * at, 3 * at + 3);
  await writePng(file, data, SIDE, SIDE);
}

/** Three anomalous pictures and two normal ones in MVTec-AD's layout. */
async function writeConverted(root: string, write: Write): Promise<Dataset> {
  const at = (...parts: string[]): string => path.join(root, 'nut', ...parts);
  await writeMask(at('ground_truth/bad/unused.png'));
  for (let i = 0; i < 3; i++) {
    await writePicture(at('test/bad', `${i}.png`), i, kindsOf(i));
    await write(at('ground_truth/bad', `${i}.png`), kindsOf(i));
    if (i < 2) await writePicture(at('test/good', `${i}.png`), 10 + i);
  }
  return openDataset(root);
}

/** The same in VisA's, as published. */
async function writePublished(root: string): Promise<Dataset> {
  const lines = ['object,split,label,image,mask'];
  const at = (name: string): string => path.join(root, name);
  await writeMask(at('nut/Data/Masks/unused.png'));
  for (let i = 0; i < 3; i++) {
    const [bad, mask, good] = [`nut/Data/Images/bad${i}.png`, `nut/Data/Masks/bad${i}.png`, `nut/Data/Images/${i}.png`];
    await writePicture(at(bad), i, kindsOf(i));
    await grey(kindsOf(i)).png().toFile(at(mask));
    lines.push(`nut,test,anomaly,${bad},${mask}`);
    if (i < 2) {
      await writePicture(at(good), 10 + i);
      lines.push(`nut,test,normal,${good},`);
    }
  }
  writeText(path.join(root, 'split_csv/1cls.csv'), `${lines.join('\n')}\n`);
  return openDataset(root);
}

function evaluate(dataset: Dataset, maskConvention: 'any' | 'half' = 'any'): Promise<Evaluation> {
  // One at a time: in company a score may differ in its last digit.
  return new Evaluator({ maskConvention, lookAhead: 1 }).evaluate(model, dataset);
}

test('small defects give the same metrics however their masks are written, in each convention', async (t) => {
  const sets = [await writePublished(path.join(folder, 'published'))];
  for (const [name, write] of Object.entries(WRITINGS)) {
    sets.push(await writeConverted(path.join(folder, name), write));
  }
  for (const convention of ['any', 'half'] as const) {
    const [published, ...others] = await Promise.all(sets.map((dataset) => evaluate(dataset, convention)));
    t.not(published?.mean.pixelAp, null);
    for (const [at, { classes }] of others.entries()) {
      t.deepEqual(classes, published?.classes, `${Object.keys(WRITINGS)[at]}, ${convention}`);
    }
  }
});

test('numbers beyond half of white count where the layout says that they are numbers', async (t) => {
  const dataset = await writePublished(path.join(folder, 'large-numbers'));
  const { classes } = await evaluate(dataset);
  for (const { mask } of dataset.test.filter(({ label }) => label === 1)) {
    const kinds = kindsOf(Number(/(\d)\.png$/.exec(String(mask))?.[1]));
    await grey(kinds.map((kind) => [0, 10, 200][kind] ?? 0))
      .png()
      .toFile(String(mask));
  }
  t.deepEqual((await evaluate(dataset)).classes, classes);
});

test('an evaluation lists the anomalous pictures whose masks are empty, full or of another size', async (t) => {
  const root = path.join(folder, 'doubtful');
  const dataset = await writeConverted(root, WRITINGS.converted ?? (() => Promise.reject()));
  const picture = (name: number): string => path.join(root, `nut/test/bad/${name}.png`);
  const mask = (name: number): string => path.join(root, `nut/ground_truth/bad/${name}.png`);
  t.deepEqual((await evaluate(dataset)).doubtfulMasks, { empty: [], full: [], otherSize: [] });
  await grey(new Uint8Array(SIDE * SIDE))
    .png()
    .toFile(mask(0));
  await grey(new Uint8Array(SIDE * SIDE).fill(1))
    .png()
    .toFile(mask(1));
  await writeMask(mask(2), true, 80, 80);
  const { doubtfulMasks } = await evaluate(dataset);
  t.deepEqual(doubtfulMasks, { empty: [picture(0)], full: [picture(1)], otherSize: [picture(2)] });
});

test('a defect that the crop cuts away leaves an empty mask, which is told', async (t) => {
  const root = path.join(folder, 'cut');
  const corner = new Uint8Array(SIDE * SIDE).fill(255, 0, 3);
  const dataset = await writeConverted(root, (file) => grey(corner).png().toFile(file));
  t.is((await evaluate(dataset)).doubtfulMasks.empty.length, 3);
});
