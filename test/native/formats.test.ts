/** A dataset as it comes from several cameras: kinds of file and of mask side by side. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import sharp from 'sharp';
import { Evaluator, openDataset, Trainer } from '../../lib/index.js';
import { bmp } from '../helpers/bmp.js';
import { discPixels, TINY, TINY_SIZE, temporaryFolder, writeDataset } from '../helpers/drawn-set.js';

const [WIDTH, HEIGHT] = [48, 44];
const { folder, remove } = temporaryFolder();
const root = path.join(folder, 'data');
const truth = path.join(root, 'disc/ground_truth/square');
test.after.always(remove);

/** Interleaved pixels as a BMP of 24 or 32 bits. */
function toBmp(rgb: Buffer, bytes: 3 | 4): Buffer {
  const rows = Array.from({ length: HEIGHT }, (_, y) =>
    Array.from({ length: WIDTH }, (_, x) => {
      const at = 3 * (y * WIDTH + x);
      return [rgb[at + 2] ?? 0, rgb[at + 1] ?? 0, rgb[at] ?? 0, ...(bytes === 4 ? [0] : [])];
    }).flat(),
  );
  return bmp(rows, bytes);
}

const raw = { width: WIDTH, height: HEIGHT, channels: 3 } as const;

test.before(async () => {
  await writeDataset(root, ['disc']);
  const good = path.join(root, 'disc/train/good');
  const defect = path.join(root, 'disc/test/square');
  writeFileSync(path.join(good, 'camera.BMP'), toBmp(discPixels(WIDTH, HEIGHT, 8, false), 4));
  await sharp(discPixels(WIDTH, HEIGHT, 9, false), { raw })
    .tiff()
    .toFile(path.join(good, 'scan.tiff'));
  await sharp(discPixels(WIDTH, HEIGHT, 9, false), { raw })
    .webp()
    .toFile(path.join(good, 'web.WebP'));
  // The same defect thrice: as PNG, as BMP with a BMP mask of the plain stem, and with a palette mask.
  const pixels = discPixels(WIDTH, HEIGHT, 30, true);
  const mask = await sharp(path.join(truth, '0_mask.png')).removeAlpha().raw().toBuffer();
  rmSync(path.join(truth, '1_mask.png'));
  rmSync(path.join(defect, '1.png'));
  writeFileSync(path.join(defect, '1.bmp'), toBmp(pixels, 3));
  writeFileSync(path.join(truth, '1.bmp'), toBmp(mask, 3));
  rmSync(path.join(defect, '2.png'));
  await sharp(pixels, { raw }).png().toFile(path.join(defect, '2.PNG'));
  await sharp(mask, { raw }).png({ palette: true, colours: 2 }).toFile(path.join(truth, '2_mask.PNG'));
  rmSync(path.join(truth, '2_mask.png'));
});

test('kinds of picture and mask mix in one set, and equal pixels get equal scores', async (t) => {
  const dataset = await openDataset(root);
  t.is(dataset.train.length, 9);
  t.deepEqual(
    dataset.test.filter(({ label }) => label === 1).map(({ mask }) => path.basename(String(mask))),
    ['0_mask.png', '1.bmp', '2_mask.PNG'],
  );
  await using trainer = await Trainer.create({ encoder: TINY, weights: null, ...TINY_SIZE });
  await trainer.train(dataset, { iterations: 3, batchSize: 9 });
  await using model = await trainer.model();
  const scores: number[] = [];
  for await (const { score } of model.scoreMany(
    ['0.png', '1.bmp', '2.PNG'].map((name) => path.join(root, 'disc/test/square', name)),
  )) {
    scores.push(score);
  }
  for (const score of scores) t.true(Math.abs(score - (scores[0] ?? 0)) <= 1e-6 * Math.abs(score), `${scores}`);
  const evaluation = await new Evaluator().evaluate(model, dataset);
  t.like(evaluation.classes[0], { name: 'disc', images: 5, anomalous: 3 });
  t.not(evaluation.mean.pixelAuroc, null);
});

test('an unreadable mask is named before anything is scored', async (t) => {
  const copy = path.join(folder, 'broken');
  await writeDataset(copy, ['disc']);
  writeFileSync(path.join(copy, 'disc/ground_truth/square/1_mask.png'), '');
  const dataset = await openDataset(copy);
  await using trainer = await Trainer.create({ encoder: TINY, weights: null, ...TINY_SIZE });
  await using model = await trainer.model();
  let scored = 0;
  const run = new Evaluator().evaluate(model, dataset, { onProgress: () => void scored++ });
  await t.throwsAsync(run, { code: 'IMAGE_DECODE', message: /1_mask\.png: it is empty/ });
  t.is(scored, 0);
});

test('a set without test pictures trains, and cannot be evaluated', async (t) => {
  const copy = path.join(folder, 'training-only');
  await writeDataset(copy, ['disc']);
  rmSync(path.join(copy, 'disc/test'), { recursive: true });
  const dataset = await openDataset(copy);
  await using trainer = await Trainer.create({ encoder: TINY, weights: null, ...TINY_SIZE });
  await trainer.train(dataset, { iterations: 1, batchSize: 2 });
  await using model = await trainer.model();
  const run = new Evaluator().evaluate(model, dataset);
  await t.throwsAsync(run, { code: 'DATASET_EMPTY_CLASS', message: /'disc' .* no test pictures/ });
});

test('a set without training pictures is evaluated, and cannot be trained on', async (t) => {
  const copy = path.join(folder, 'test-only');
  await writeDataset(copy, ['disc']);
  rmSync(path.join(copy, 'disc/train'), { recursive: true });
  mkdirSync(path.join(copy, 'disc/test/unused'));
  const dataset = await openDataset(copy);
  await using trainer = await Trainer.create({ encoder: TINY, weights: null, ...TINY_SIZE });
  await t.throwsAsync(trainer.train(dataset), { code: 'DATASET_EMPTY_CLASS', message: /'disc'/ });
  await using model = await trainer.model();
  t.is((await new Evaluator().evaluate(model, dataset)).images, 5);
});
