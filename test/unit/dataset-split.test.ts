/** Splits that a set lacks, or that are held out of the split it brings. */
import { cpSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { ofClass } from '../../lib/class-separated.js';
import { remarksOf } from '../../lib/datasets/describe.js';
import { type Dataset, openDataset, type SplitOptions } from '../../lib/index.js';
import { temporaryFolder, writeDataset, writeDisc } from '../helpers/drawn-set.js';
import { DRAW, writeText } from '../helpers/layouts.js';

const { folder, remove } = temporaryFolder();
const own = path.join(folder, 'own');
const items = path.join(folder, 'items');
const mvtec = path.join(folder, 'mvtec');
test.after.always(remove);
test.before(async () => {
  await DRAW.folder(own);
  cpSync(path.join(own, 'bolt'), path.join(own, 'nut'), { recursive: true });
  await DRAW.kolektor(items);
  await writeDataset(mvtec);
});

/** Names of the pictures by split. */
function names(dataset: Dataset): Record<'train' | 'validation' | 'test', string[]> {
  const of = (split: 'train' | 'validation' | 'test'): string[] =>
    dataset[split].map(({ path: file }) => path.relative(dataset.root, file));
  return { train: of('train'), validation: of('validation'), test: of('test') };
}

test('a set without a split gets one of 70 % by default, and it is recorded', async (t) => {
  const dataset = await openDataset(own, { classes: ['bolt'] });
  t.deepEqual(dataset.madeSplit, { seed: 0, from: 'all', train: 0.7, validation: 0 });
  t.deepEqual([dataset.train.length, dataset.validation.length, dataset.test.length], [7, 0, 5]);
  t.regex(remarksOf(dataset).join(), /seed 0.*70 % of the normal pictures/);
});

test('the pictures that a seed draws are the same in every version', async (t) => {
  const dataset = await openDataset(own, { classes: ['bolt'], split: { seed: 3, train: 0.3, validation: 0.2 } });
  const { train, validation } = names(dataset);
  t.deepEqual(
    { train, validation },
    {
      train: ['bolt/normal/0.png', 'bolt/normal/4.png', 'bolt/normal/6.png'],
      validation: ['bolt/normal/1.png', 'bolt/normal/9.png'],
    },
  );
});

test('another seed draws others, and a copy of the set the same', async (t) => {
  const split: SplitOptions = { seed: 1, train: 0.5 };
  const first = names(await openDataset(own, { split }));
  t.notDeepEqual(first, names(await openDataset(own, { split: { ...split, seed: 2 } })));
  const copy = path.join(folder, 'copy');
  cpSync(own, copy, { recursive: true });
  t.deepEqual(first, names(await openDataset(copy, { split })));
});

test('a class draws the same alone, among others, and opened by itself', async (t) => {
  const split: SplitOptions = { seed: 5, train: 0.5, validation: 0.2 };
  const both = await openDataset(own, { split });
  const alone = names(await openDataset(own, { split, classes: ['nut'] }));
  t.deepEqual(names(ofClass(both, 'nut')), alone);
  t.is(ofClass(both, 'nut').validation.length, 2);
  const itself = names(await openDataset(path.join(own, 'nut'), { split }));
  t.deepEqual(
    itself.train.map((file) => `nut/${file}`),
    alone.train,
  );
});

test('a picture more moves none of the others to the other side but one', async (t) => {
  const grown = path.join(folder, 'grown');
  cpSync(path.join(own, 'bolt'), grown, { recursive: true });
  const split: SplitOptions = { train: 0.5 };
  const before = new Set(names(await openDataset(grown, { split })).train);
  await writeDisc(path.join(grown, 'normal/more.png'), 77);
  const after = new Set(names(await openDataset(grown, { split })).train);
  t.true([...before].filter((file) => !after.has(file)).length <= 1);
});

test('no object is on two sides, and no anomalous picture in training or validation', async (t) => {
  for (const seed of [0, 1, 2, 3]) {
    const dataset = await openDataset(items, { split: { seed, train: 0.5, validation: 0.2 } });
    const sides = (['train', 'validation', 'test'] as const).map(
      (split) => new Set(dataset[split].map(({ group }) => group)),
    );
    const all = sides.flatMap((side) => [...side]);
    t.is(new Set(all).size, all.length);
    t.true([...dataset.train, ...dataset.validation].every(({ label }) => label === 0));
    t.true(sides.every((side) => side.size > 0));
    t.is(dataset.test.filter(({ label }) => label === 1).length, 2);
  }
});

test('a share above nothing gets a group, however large the groups are', async (t) => {
  const dataset = await openDataset(items, { split: { train: 0.01, validation: 0.01 } });
  t.deepEqual([dataset.train.length, dataset.validation.length], [2, 2]);
  const held = await openDataset(mvtec, { split: { validation: 0.01 } });
  t.deepEqual([held.train.length, held.validation.length], [10, 2]);
});

test('where objects with a defect are needed to train on, their defects are left out and counted', async (t) => {
  const dataset = await openDataset(items, { split: { train: 0.95 } });
  t.is(dataset.test.filter(({ label }) => label === 1).length, 1);
  t.regex(dataset.notes.join(), /'kolektor': 1 anomalous pictures are left out/);
});

test('a share is held out of the training pictures of a set that brings its split', async (t) => {
  const whole = await openDataset(mvtec);
  t.is(whole.madeSplit, null);
  const dataset = await openDataset(mvtec, { split: { validation: 0.34 } });
  t.deepEqual(dataset.madeSplit, { seed: 0, from: 'train', train: 0.66, validation: 0.34 });
  t.deepEqual([dataset.train.length, dataset.validation.length], [8, 4]);
  t.deepEqual(dataset.test, whole.test);
  t.true(dataset.validation.every(({ split }) => split === 'validation'));
  const together = names(dataset);
  t.deepEqual([...together.train, ...together.validation].sort(), names(whole).train);
  t.regex(remarksOf(dataset).join(), /34 % of the training pictures/);
});

test('however large the share held out, one picture is left to train on', async (t) => {
  const dataset = await openDataset(mvtec, { split: { validation: 0.99 } });
  t.deepEqual([dataset.train.length, dataset.validation.length], [2, 10]);
  const drawn = await openDataset(own, { classes: ['bolt'], split: { train: 0.6, validation: 0.39 } });
  t.deepEqual([drawn.train.length, drawn.validation.length, drawn.test.length], [6, 3, 3]);
});

test('a share of what the set brings by itself is refused', async (t) => {
  const brought = path.join(folder, 'loco');
  await DRAW['mvtec-loco'](brought);
  await t.throwsAsync(openDataset(mvtec, { split: { train: 0.5 } }), {
    instanceOf: RangeError,
    message: /brings its training pictures, for options\.split\.train/,
  });
  await t.throwsAsync(openDataset(brought, { split: { validation: 0.5 } }), {
    instanceOf: RangeError,
    message: /brings its validation pictures, for options\.split\.validation/,
  });
});

test('shares and seeds of the wrong kind or out of range are refused by name', async (t) => {
  const wrong: readonly [unknown, RegExp][] = [
    [{ train: 0 }, /options\.split\.train/],
    [{ train: 1 }, /options\.split\.train/],
    [{ validation: -0.1 }, /options\.split\.validation/],
    [{ validation: 1 }, /options\.split\.validation/],
    [{ validation: 0.3 }, /options\.split\.validation/],
    [{ train: 0.6, validation: 0.4 }, /options\.split/],
    [{ seed: -1 }, /options\.split\.seed/],
    [{ seed: 0.5 }, /options\.split\.seed/],
  ];
  for (const [split, message] of wrong) {
    await t.throwsAsync(openDataset(own, { split: split as SplitOptions }), { instanceOf: RangeError, message });
  }
  for (const split of [{ test: 0.1 }, 'half', null, { train: '0.5' }]) {
    await t.throwsAsync(openDataset(own, { split: split as SplitOptions }), { instanceOf: TypeError }, String(split));
  }
});

test('normal pictures may be split by folders, and a picture beside the folders is a fault', async (t) => {
  const root = path.join(folder, 'divided');
  for (const [i, split] of ['train', 'train', 'validation', 'test'].entries()) {
    await writeDisc(path.join(root, 'normal', split, `${i}.png`), i);
  }
  const dataset = await openDataset(root);
  t.is(dataset.madeSplit, null);
  t.deepEqual([dataset.train.length, dataset.validation.length, dataset.test.length], [2, 1, 1]);
  await writeDisc(path.join(root, 'normal/loose.png'), 9);
  await t.throwsAsync(openDataset(root), {
    code: 'DATASET_LAYOUT',
    message: /normal\/loose\.png lies beside .* train/,
  });
});

test('classes of which only some bring a split are refused, with both names', async (t) => {
  const root = path.join(folder, 'uneven');
  await writeDisc(path.join(root, 'a/normal/train/0.png'), 0);
  await writeDisc(path.join(root, 'b/normal/0.png'), 1);
  await t.throwsAsync(openDataset(root), { code: 'DATASET_LAYOUT', message: /'a' brings a split and the class 'b'/ });
  t.is((await openDataset(root, { classes: ['a'] })).madeSplit, null);
});

test('a class with only normal or only anomalous pictures opens', async (t) => {
  const root = path.join(folder, 'onesided');
  await writeDisc(path.join(root, 'clean/normal/0.png'), 0);
  await writeDisc(path.join(root, 'bad/anomalous/0.png'), 1, true);
  writeText(path.join(root, 'bad/masks/0.png'), 'not opened');
  const dataset = await openDataset(root);
  t.deepEqual(
    dataset.train.map(({ className }) => className),
    ['clean'],
  );
  t.deepEqual(
    dataset.test.map(({ className, label }) => [className, label]),
    [['bad', 1]],
  );
});
