/** Folders of one's own: opened as people have them, with one sentence of what was understood. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type Dataset, inspectDataset, openDataset, type Sample } from '../../lib/index.js';
import { temporaryFolder, writeDataset, writeDisc, writeMask } from '../helpers/drawn-set.js';

const { folder, remove } = temporaryFolder();
test.after.always(remove);

/** Empty files under a new root: opening a set looks at names only. */
function tree(name: string, files: readonly string[]): string {
  const root = path.join(folder, name);
  for (const file of files) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), '');
  }
  return root;
}

function pictures(where: string, count: number, extension = 'jpg'): string[] {
  return Array.from({ length: count }, (_, at) => `${where}/${at}.${extension}`);
}

function all({ train, validation, test: tested }: Dataset): readonly Sample[] {
  return [...train, ...validation, ...tested];
}

/** How many pictures were taken for good, and how many for each kind of defect. */
function kinds(dataset: Dataset): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { defect } of all(dataset)) counts[defect] = (counts[defect] ?? 0) + 1;
  return counts;
}

async function opens(
  t: ExecutionContext,
  root: string,
  expected: { classes: readonly string[]; kinds: Record<string, number>; note: RegExp },
): Promise<Dataset> {
  const dataset = await openDataset(root);
  t.is(dataset.format, 'folder');
  t.deepEqual(dataset.classes, expected.classes);
  t.deepEqual(kinds(dataset), expected.kinds);
  t.true(
    dataset.test.filter(({ label }) => label === 1).length === all(dataset).filter(({ label }) => label === 1).length,
  );
  t.regex(dataset.notes[0] ?? '', expected.note);
  return dataset;
}

test('a class of MVTec AD 2 is read as its set is, although test_public holds good and bad', async (t) => {
  const files = [
    ...pictures('can/train/good', 3),
    ...pictures('can/test_public/good', 2),
    ...pictures('can/test_public/bad', 2),
  ];
  const root = tree('ad2', files);
  for (const each of [root, path.join(root, 'can')]) {
    const dataset = await openDataset(each);
    t.like(dataset, { format: 'mvtec', classes: ['can'] });
    t.is(dataset.train.length, 3);
  }
});

test('good and bad in one folder are one class, split by hash, and the bad pictures are tested on', async (t) => {
  const root = tree('photos', [...pictures('good', 10), ...pictures('bad', 4)]);
  const note = /^Class photos: good pictures from good \(10\); bad pictures from bad \(4\), without masks\.$/;
  const dataset = await opens(t, root, { classes: ['photos'], kinds: { good: 10, bad: 4 }, note });
  t.deepEqual([dataset.train.length, dataset.test.length], [7, 7]);
  t.deepEqual(dataset.madeSplit, { seed: 0, from: 'all', train: 0.7, validation: 0 });
});

test('a folder of good pictures only, in good or by themselves, is one class', async (t) => {
  const inside = tree('only-good', pictures('good', 5));
  await opens(t, inside, {
    classes: ['only-good'],
    kinds: { good: 5 },
    note: /from good \(5\); bad pictures from no folder/,
  });
  const flat = tree('flat', [...pictures('.', 5), 'readme.txt', 'IMG_1.HEIC', ...pictures('old', 3)]);
  await opens(t, flat, {
    classes: ['flat'],
    kinds: { good: 5 },
    note: /good pictures from the folder itself \(5\); .*not read: pictures in old \(3\); 2 files that cannot be read as pictures \(\.heic, \.txt\)/,
  });
});

test('each class may have its own good and bad', async (t) => {
  const root = tree('parts', [...pictures('bolt/good', 4), ...pictures('bolt/bad', 1), ...pictures('nut/good', 5)]);
  const note = /^2 classes \(bolt, nut\): good pictures from good \(9\); bad pictures from bad \(1\)/;
  await opens(t, root, { classes: ['bolt', 'nut'], kinds: { good: 9, bad: 1 }, note });
});

for (const [good, bad] of [
  ['OK', 'NG'],
  ['normal', 'anomaly'],
  ['Good', 'Defective'],
  ['i.O.', 'n.i.O.'],
  ['gut', 'schlecht'],
  ['pass', 'fail'],
  ['defect-free', 'defects'],
] as const) {
  test(`${good} and ${bad} are good and bad`, async (t) => {
    const root = tree(`named-${good}`, [...pictures(good, 3), ...pictures(bad, 2)]);
    await opens(t, root, {
      classes: [`named-${good}`],
      kinds: { good: 3, [bad]: 2 },
      note: /bad pictures from .* \(2\)/,
    });
  });
}

test('folders beside good that are named after defects are kinds of defects, and so are those in bad', async (t) => {
  const beside = tree('beside', [...pictures('good', 3), ...pictures('scratch', 2), ...pictures('dent', 1)]);
  await opens(t, beside, {
    classes: ['beside'],
    kinds: { good: 3, scratch: 2, dent: 1 },
    note: /from dent \(1\), scratch \(2\)/,
  });
  const inside = tree('inside', [...pictures('good', 3), ...pictures('bad/scratch', 2), ...pictures('raw', 9)]);
  await opens(t, inside, {
    classes: ['inside'],
    kinds: { good: 3, scratch: 2 },
    note: /not read: pictures in raw \(9\)/,
  });
});

test('loose pictures beside a folder of bad ones are good', async (t) => {
  const root = tree('loose', [...pictures('.', 6), ...pictures('bad', 2)]);
  await opens(t, root, { classes: ['loose'], kinds: { good: 6, bad: 2 }, note: /the folder itself \(6\)/ });
});

test('train and test with names of their own keep their split, and bad pictures among the training ones are tested on', async (t) => {
  const files = [
    ...pictures('train/OK', 4),
    ...pictures('train/NG', 1),
    ...pictures('test/OK', 2),
    ...pictures('test/NG', 3),
  ];
  const dataset = await opens(t, tree('splits', files), {
    classes: ['splits'],
    kinds: { good: 6, NG: 4 },
    note: /train\/OK \(4\)/,
  });
  t.is(dataset.madeSplit, null);
  t.deepEqual([dataset.train.length, dataset.test.length], [4, 6]);
  const mixed = tree('mixed', [...pictures('train/good', 4), ...pictures('train/bad', 1), ...pictures('val/good', 2)]);
  const other = await opens(t, mixed, { classes: ['mixed'], kinds: { good: 6, bad: 1 }, note: /val\/good \(2\)/ });
  t.deepEqual([other.train.length, other.validation.length, other.test.length], [4, 2, 1]);
});

test('masks lie in a folder of masks by kind or without, or beside their pictures, and some may be missing', async (t) => {
  const where = ['masks/bad', 'ground_truth', 'mask/bad'];
  for (const [at, masks] of where.entries()) {
    const root = tree(`masked-${at}`, [...pictures('good', 2), ...pictures('bad', 2), `${masks}/0.png`]);
    const dataset = await opens(t, root, {
      classes: [`masked-${at}`],
      kinds: { good: 2, bad: 2 },
      note: /1 of 2 with a mask/,
    });
    const masked = dataset.test.flatMap(({ mask }) => mask ?? []);
    t.deepEqual(masked, [path.join(root, masks, '0.png')]);
  }
  const beside = tree('masked-beside', ['good/0.png', 'bad/0.png', 'bad/0_mask.png', 'bad/1_mask.png']);
  const note = /bad \(2\), 1 of 2 with a mask/;
  await opens(t, beside, { classes: ['masked-beside'], kinds: { good: 1, bad: 2 }, note });
});

test('a root that fits nothing is told what it holds and the two likeliest layouts', async (t) => {
  const unknown = tree('unknown', [...pictures('red', 3), ...pictures('blue', 1), 'list.docx']);
  const error = await t.throwsAsync(openDataset(unknown), { code: 'DATASET_LAYOUT' });
  const message = error?.message ?? '';
  t.true(message.includes('it holds the folders blue (1 picture), red (3 pictures) and 1 file'), message);
  t.true(message.includes(`${unknown}/good and bad ones, if there are any, in ${unknown}/bad`), message);
  t.true(message.includes(`${unknown}/<part>/good`), message);
  t.false(/kolektor|visa|real-iad/.test(message), message);
  const empty = tree('empty', []);
  mkdirSync(empty);
  await t.throwsAsync(openDataset(empty), { message: /it is empty/ });
});

test('a set in the shape of MVTec-AD without ground_truth opens without masks, and says so', async (t) => {
  const root = await writeDataset(path.join(folder, 'bare'), ['disc']);
  rmSync(path.join(root, 'disc/ground_truth'), { recursive: true });
  const dataset = await openDataset(root);
  t.is(dataset.format, 'mvtec');
  t.true(all(dataset).every(({ mask }) => mask === undefined));
  t.deepEqual(dataset.notes, ['disc has no folder ground_truth: its anomalous pictures have no masks.']);
});

test('the check of a set remarks on anomalous pictures without a mask, and the set stays sound', async (t) => {
  const root = path.join(folder, 'checked');
  await writeDisc(path.join(root, 'good/0.png'), 0);
  for (const i of [1, 2]) await writeDisc(path.join(root, `bad/${i}.png`), i, true);
  await writeMask(path.join(root, 'masks/1.png'));
  const { faults, remarks } = await inspectDataset(await openDataset(root, { faults: 'list' }));
  t.deepEqual(faults, []);
  const remark = remarks.find(({ code }) => code === 'MASKS_LACKING');
  t.regex(remark?.message ?? '', /1 of 2 anomalous pictures without a mask, .*bad\/2\.png/);
});
