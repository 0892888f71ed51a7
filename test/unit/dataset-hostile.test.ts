/** Folders that nobody would make on purpose: cycles, many files, names, tables that lie. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { byteOrder } from '../../lib/datasets/files.js';
import { openDataset } from '../../lib/index.js';
import { temporaryFolder, writeDataset, writeDisc } from '../helpers/drawn-set.js';
import { DRAW, writeText } from '../helpers/layouts.js';

const { folder, remove } = temporaryFolder();
test.after.always(remove);

async function fresh(name: string): Promise<string> {
  return writeDataset(path.join(folder, name), ['a']);
}

test('links to folders above end nothing and add nothing', async (t) => {
  const root = await fresh('cycle');
  const before = await openDataset(root);
  symlinkSync(root, path.join(root, 'up'));
  symlinkSync('../..', path.join(root, 'a/test/loop'));
  symlinkSync('.', path.join(root, 'a/train/good/self'));
  t.deepEqual(await openDataset(root), before);
});

test('a class folder that is a link to itself is passed over, and one that is needed is named', async (t) => {
  const root = await fresh('self');
  symlinkSync('b', path.join(root, 'b'));
  t.deepEqual((await openDataset(root)).classes, ['a']);
  rmSync(path.join(root, 'a/ground_truth/square'), { recursive: true });
  symlinkSync('square', path.join(root, 'a/ground_truth/square'));
  await t.throwsAsync(openDataset(root), { code: 'FILE_READ', message: /Cannot list .*ground_truth\/square.*ELOOP/ });
});

test('a picture that is a link to itself is listed, and found by whoever reads it', async (t) => {
  const root = await fresh('link');
  symlinkSync('9.png', path.join(root, 'a/train/good/9.png'));
  t.is((await openDataset(root)).train.length, 7);
});

test('a folder of 50,000 pictures is listed whole and in byte order', async (t) => {
  const good = path.join(folder, 'many/a/train/good');
  mkdirSync(good, { recursive: true });
  for (let i = 0; i < 50_000; ++i) writeFileSync(path.join(good, `${i}.png`), '');
  const { train } = await openDataset(path.join(folder, 'many'));
  t.is(train.length, 50_000);
  const names = train.map(({ path: file }) => path.basename(file));
  t.deepEqual(names, names.toSorted());
});

test('a manifest of 50,000 pictures in one folder is read whole, and one of them that is missing is named', async (t) => {
  const root = path.join(folder, 'long');
  mkdirSync(path.join(root, 'p'), { recursive: true });
  const lines = ['image,label,class,split'];
  for (let i = 0; i < 50_000; ++i) {
    writeFileSync(path.join(root, `p/${i}.png`), '');
    lines.push(`p/${i}.png,normal,x,train`);
  }
  writeText(path.join(root, 'manifest.csv'), lines.join('\n'));
  t.is((await openDataset(root)).train.length, 50_000);
  rmSync(path.join(root, 'p/49999.png'));
  await t.throwsAsync(openDataset(root), { code: 'FILE_READ', message: /line 50001, column 'image'.*49999\.png/ });
});

test('a folder that may not be read is named', async (t) => {
  const root = await fresh('locked');
  const good = path.join(root, 'a/train/good');
  rmSync(good, { recursive: true });
  mkdirSync(good, { mode: 0o000 });
  // Root reads whatever it likes, and finds the folder empty.
  const locked = process.getuid?.() !== 0;
  await t.throwsAsync(openDataset(root), {
    code: locked ? 'FILE_READ' : 'DATASET_EMPTY_CLASS',
    message: /train\/good/,
  });
});

test('a pipe in the place of a manifest or a picture is passed over, as reading it would never end', async (t) => {
  const root = await fresh('pipe');
  for (const name of ['list.csv', 'target', 'a/train/good/pipe.png']) {
    t.is(spawnSync('mkfifo', [path.join(root, name)]).status, 0);
  }
  symlinkSync('target', path.join(root, 'manifest.csv'));
  const { format, train } = await openDataset(root);
  t.deepEqual([format, train.length], ['mvtec', 6]);
  await t.throwsAsync(openDataset(path.join(root, 'list.csv')), { code: 'DATASET_LAYOUT' });
});

test('emoji, long and foreign names are read as they are', async (t) => {
  const root = await fresh('names');
  const names = ['🔩 schraube.png', 'ä ö.png', '\uFB01.png', `${'n'.repeat(250)}.png`, 'a\nb.png', '-.png', '%20.png'];
  for (const [at, name] of names.entries()) await writeDisc(path.join(root, 'a/train/good', name), 60 + at);
  const { train } = await openDataset(root);
  const found = train.map(({ path: file }) => path.basename(file));
  for (const name of names) t.true(found.includes(name), name);
});

test('a name that is no UTF-8 is an error, as no path leads to it; a file that is no picture may have one', async (t) => {
  const root = await fresh('latin');
  const name = (text: string): Buffer =>
    Buffer.concat([Buffer.from(`${root}/a/train/good/`), Buffer.from(text, 'latin1')]);
  writeFileSync(name('notiz-\xFC.txt'), '');
  t.is((await openDataset(root)).train.length, 6);
  writeFileSync(name('bl\xFCte.png'), '');
  await t.throwsAsync(openDataset(root), {
    code: 'FILE_READ',
    message: /The name "bl\u00FCte\.png" in .*good is no UTF-8: rename/,
  });
});

test('byte order is that of UTF-8, also where UTF-16 has another', (t) => {
  const names = ['z', 'a', 'ab', '\u{1F529}', '\uFB01', '\uE000', 'ä', ''];
  const bytes = (text: string): Buffer => Buffer.from(text);
  t.deepEqual(
    names.toSorted(byteOrder),
    names.toSorted((a, b) => Buffer.compare(bytes(a), bytes(b))),
  );
});

test('a table of VisA that names a missing picture, lacks a column or has a bad label is an error that names the line', async (t) => {
  const root = path.join(folder, 'visa');
  await DRAW.visa(root);
  const table = path.join(root, 'split_csv/1cls.csv');
  const head = 'object,split,label,image,mask\n';
  const cases: readonly [string, string, RegExp][] = [
    [
      `${head}candle,train,normal,candle/Data/Images/Normal/none.JPG,\n`,
      'FILE_READ',
      /1cls\.csv, line 2, column 'image': there is no file .*none\.JPG/,
    ],
    [
      `${head}../x,train,normal,candle/Data/Images/Normal/0000.JPG,\n`,
      'DATASET_LAYOUT',
      /line 2, column 'object': the name of a class has no slash/,
    ],
    ['object,split,label,image\n', 'DATASET_LAYOUT', /line 1: the header lacks the column 'mask'/],
    [
      `${head}candle,train,fine,candle/Data/Images/Normal/0000.JPG,\n`,
      'DATASET_LAYOUT',
      /line 2, column 'label': expected normal or anomaly/,
    ],
    [`${head}candle,test,anomaly,candle/Data/Images/Anomaly/000.JPG,\n`, 'MASK_MISSING', /000\.JPG has no mask/],
    [
      `${head}candle,train,anomaly,candle/Data/Images/Anomaly/000.JPG,\n`,
      'DATASET_LAYOUT',
      /000\.JPG is to be trained on/,
    ],
  ];
  for (const [text, code, message] of cases) {
    writeFileSync(table, text);
    await t.throwsAsync(openDataset(root), { code, message }, text);
  }
});

test('a broken list of Real-IAD is an error that names the file and the place in it', async (t) => {
  const root = path.join(folder, 'iad');
  await DRAW['real-iad'](root);
  const file = path.join(root, 'realiad_jsons/realiad_jsons/audiojack.json');
  const entry = { category: 'audiojack', anomaly_class: 'OK', image_path: 'OK/x.jpg', mask_path: null };
  const cases: readonly [unknown, string, RegExp][] = [
    ['{"train": [', 'DATASET_LAYOUT', /audiojack\.json: it is no JSON/],
    ['[]', 'DATASET_LAYOUT', /it is no object with the lists/],
    [{ train: [] }, 'DATASET_LAYOUT', /it has no list 'test'/],
    [{ train: [7], test: [] }, 'DATASET_LAYOUT', /train\[0\] is no object/],
    [{ train: [{ ...entry, image_path: 3 }], test: [] }, 'DATASET_LAYOUT', /train\[0\]\.image_path is no text/],
    [
      { train: [{ ...entry, anomaly_class: 'AK' }], test: [] },
      'DATASET_LAYOUT',
      /train\[0\] is to be trained on but is of the kind 'AK'/,
    ],
    [
      { train: [], test: [{ ...entry, anomaly_class: 'AK' }] },
      'MASK_MISSING',
      /OK\/x\.jpg has no mask: .*test\[0\]\.mask_path/,
    ],
  ];
  for (const [content, code, message] of cases) {
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
    await t.throwsAsync(openDataset(root), { code, message }, JSON.stringify(content));
  }
  rmSync(path.join(root, 'realiad_1024'), { recursive: true });
  await t.throwsAsync(openDataset(root), { code: 'DATASET_LAYOUT', message: /no folder .*realiad_1024\/audiojack/ });
});

test('a Kolektor picture without its label file, or with a broken one, is named', async (t) => {
  const root = path.join(folder, 'kolektor');
  await DRAW.kolektor(root);
  writeFileSync(path.join(root, 'kos03/Part1_label.bmp'), 'BM broken');
  await t.throwsAsync(openDataset(root), { code: 'IMAGE_DECODE', message: /kos03\/Part1_label\.bmp/ });
  rmSync(path.join(root, 'kos03/Part1_label.bmp'));
  await t.throwsAsync(openDataset(root), { code: 'MASK_MISSING', message: /kos03\/Part1\.jpg .*Part1_label\.bmp/ });
});

test('a Magnetic-Tile picture of a defect without its mask is named', async (t) => {
  const root = path.join(folder, 'tiles');
  await DRAW['magnetic-tile'](root);
  rmSync(path.join(root, 'MT_Crack/Imgs/exp1_num_4709.png'));
  await t.throwsAsync(openDataset(root), { code: 'MASK_MISSING', message: /num_4709\.jpg .*num_4709\.png/ });
});

test('a root that is a file but no manifest is refused', async (t) => {
  const file = path.join(folder, 'notes.txt');
  writeText(file, '');
  await t.throwsAsync(openDataset(file), {
    code: 'DATASET_LAYOUT',
    message: /notes\.txt is not a dataset: it is a file, but not a manifest/,
  });
});
