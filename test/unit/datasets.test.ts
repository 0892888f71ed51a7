/** The MVTec-AD layout as people have it on their disks. */
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { openDataset } from '../../lib/index.js';
import { temporaryFolder, writeDataset, writeDisc } from '../helpers/drawn-set.js';

const { folder, remove } = temporaryFolder();
test.after.always(remove);

async function fresh(name: string, classes?: readonly string[]): Promise<string> {
  return writeDataset(path.join(folder, name), classes);
}

test('several classes under one root, in byte order, with labels, defects and masks', async (t) => {
  const dataset = await openDataset(await fresh('several', ['b', 'a', 'C']));
  t.deepEqual(dataset.classes, ['C', 'a', 'b']);
  t.is(dataset.train.length, 18);
  t.true(dataset.train.every(({ label, split }) => label === 0 && split === 'train'));
  const anomalous = dataset.test.filter(({ label }) => label === 1);
  t.is(anomalous.length, 9);
  for (const { path: picture, mask, defect } of anomalous) {
    t.is(defect, 'square');
    t.is(path.basename(String(mask)), `${path.parse(picture).name}_mask.png`);
  }
});

test('one class folder by itself, and a choice among classes', async (t) => {
  const root = await fresh('choice', ['a', 'b']);
  t.deepEqual((await openDataset(path.join(root, 'a'))).classes, ['a']);
  t.deepEqual((await openDataset(root, { classes: ['b'] })).classes, ['b']);
  await t.throwsAsync(openDataset(root, { classes: ['c'] }), {
    instanceOf: RangeError,
    message: /options\.classes\[0\]/,
  });
});

test('extensions in any case count, masks go by stem with or without _mask, hidden and foreign files do not count', async (t) => {
  const root = await fresh('names', ['a']);
  const defect = path.join(root, 'a/test/square');
  const truth = path.join(root, 'a/ground_truth/square');
  await writeDisc(path.join(defect, 'upper.PNG'), 1, true);
  copyFileSync(path.join(truth, '0_mask.png'), path.join(truth, 'upper.png'));
  writeFileSync(path.join(defect, '.hidden.png'), '');
  writeFileSync(path.join(defect, 'Thumbs.db'), '');
  const dataset = await openDataset(root);
  const found = dataset.test.filter(({ label }) => label === 1).map(({ path: file }) => path.basename(file));
  t.deepEqual(found, ['0.png', '1.png', '2.png', 'upper.PNG']);
  t.is(
    path.basename(dataset.test.find(({ path: file }) => file.endsWith('.PNG'))?.mask?.toString() ?? ''),
    'upper.png',
  );
});

test('an anomalous picture without its mask is an error that names both', async (t) => {
  const root = await fresh('maskless', ['a']);
  rmSync(path.join(root, 'a/ground_truth/square/1_mask.png'));
  await t.throwsAsync(openDataset(root), { code: 'MASK_MISSING', message: /square\/1\.png .*1_mask\.png/ });
});

test('two masks of one stem are an error that names both, with the suffix or without', async (t) => {
  for (const [first, second] of [
    ['1_mask.png', '1_mask.bmp'],
    ['1.png', '1.PNG'],
  ] as const) {
    const root = await fresh(`twice-${first}`, ['a']);
    const truth = path.join(root, 'a/ground_truth/square');
    const names = [first, second].map((name) => path.join(truth, name));
    const mask = path.join(truth, '1_mask.png');
    for (const name of names.filter((one) => one !== mask)) copyFileSync(mask, name);
    if (!names.includes(mask)) rmSync(mask);
    const error = await t.throwsAsync(openDataset(root), { code: 'DATASET_LAYOUT', message: /two masks.*remove one/ });
    for (const name of [...names, path.join(root, 'a/test/square/1.png')]) t.true(error?.message.includes(name), name);
  }
});

test('a mask with the suffix is preferred to one without, and masks of no picture may share a stem', async (t) => {
  const root = await fresh('preferred', ['a']);
  const truth = path.join(root, 'a/ground_truth/square');
  for (const name of ['1.png', '1.bmp', 'stray.png', 'stray.bmp', 'stray_mask.png', 'stray_mask.bmp']) {
    copyFileSync(path.join(truth, '1_mask.png'), path.join(truth, name));
  }
  const { test: samples } = await openDataset(root);
  t.is(samples.find(({ path: file }) => file.endsWith('square/1.png'))?.mask, path.join(truth, '1_mask.png'));
});

test('pictures of one stem share a mask', async (t) => {
  const root = await fresh('shared', ['a']);
  const defect = path.join(root, 'a/test/square');
  copyFileSync(path.join(defect, '1.png'), path.join(defect, '1.PNG'));
  const { test: samples } = await openDataset(root);
  t.is(samples.filter(({ mask }) => String(mask).endsWith('1_mask.png')).length, 2);
});

test('an empty class, a class without train/good and a root without classes are named', async (t) => {
  const root = await fresh('empty', ['a']);
  mkdirSync(path.join(root, 'void/train/good'), { recursive: true });
  await t.throwsAsync(openDataset(root), { code: 'DATASET_EMPTY_CLASS', message: /'void'/ });
  const bare = path.join(folder, 'bare');
  mkdirSync(bare);
  await t.throwsAsync(openDataset(bare), { code: 'DATASET_LAYOUT', message: /bare/ });
  await t.throwsAsync(openDataset(path.join(folder, 'nowhere')), { code: 'FILE_READ', message: /nowhere/ });
});
