/** Every layout as its set is published: recognised, and read as its authors mean it. */
import { renameSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { type Dataset, type DatasetFormat, datasetFormats, openDataset, type Sample } from '../../lib/index.js';
import { temporaryFolder } from '../helpers/drawn-set.js';
import { DRAW, drawRealIad, type Expected } from '../helpers/layouts.js';

const { folder, remove } = temporaryFolder();
const expected = new Map<DatasetFormat, Expected>();
test.before(async () => {
  for (const format of datasetFormats) expected.set(format, await DRAW[format](rootOf(format)));
});
test.after.always(remove);

function rootOf(format: DatasetFormat): string {
  return path.join(folder, format);
}

function open(format: DatasetFormat): Promise<Dataset> {
  return openDataset(rootOf(format));
}

function anomalous({ test: samples }: Dataset): readonly Sample[] {
  return samples.filter(({ label }) => label === 1);
}

/** Sets in the shape of another that can be read as that other too. */
const READ_AS_MVTEC: readonly DatasetFormat[] = ['visa-1cls', 'mpdd', 'mvtec-3d', 'mvtec-loco', 'btad', 'uni-medical'];

for (const format of datasetFormats) {
  test(`${format} is recognised and read`, async (t) => {
    const dataset = await open(format);
    const wanted = expected.get(format);
    if (wanted === undefined) throw new Error(`${format} was not drawn`);
    t.is(dataset.format, format);
    t.deepEqual(dataset.classes, wanted.classes);
    t.is(dataset.train.length, wanted.train);
    t.is(dataset.validation.length, wanted.validation);
    const found = anomalous(dataset);
    t.deepEqual([dataset.test.length - found.length, found.length], wanted.test);
    t.true(found.every(({ mask }) => mask !== undefined));
    t.true([...dataset.train, ...dataset.validation].every(({ label }) => label === 0));
    t.is(dataset.madeSplit !== null, wanted.drawn);
    for (const split of ['train', 'validation', 'test'] as const) {
      t.true(dataset[split].every((sample) => sample.split === split));
    }
  });

  test(`a set of ${format} is of no other layout`, async (t) => {
    for (const other of datasetFormats.filter((name) => name !== format)) {
      if (other === 'mvtec' && READ_AS_MVTEC.includes(format)) continue;
      const run = openDataset(rootOf(format), { format: other });
      await t.throwsAsync(run, { code: 'DATASET_LAYOUT', message: /has no classes in the layout/ }, other);
    }
  });
}

test('the masks of a LOCO picture are all taken, and a note says what the authors do', async (t) => {
  const dataset = await open('mvtec-loco');
  t.true(anomalous(dataset).length > 0);
  for (const { mask } of anomalous(dataset)) {
    t.deepEqual(
      (mask as readonly string[]).map((file) => path.basename(file)),
      ['000.png', '001.png'],
    );
  }
  t.regex(dataset.notes.join(), /000\.png only/);
});

test('the masks of VisA hold numbers of kinds, those of the converted set grey levels', async (t) => {
  t.true(anomalous(await open('visa')).every(({ maskValues }) => maskValues === 'index'));
  t.true(anomalous(await open('visa-1cls')).every(({ maskValues }) => maskValues === undefined));
});

test('Real-IAD knows views and objects, and views can be chosen', async (t) => {
  const all = await open('real-iad');
  t.deepEqual([...new Set(all.test.map(({ view }) => view))].sort(), ['C1', 'C2']);
  t.deepEqual([...new Set(all.test.map(({ group }) => group))].sort(), ['NG/BX/S0004', 'OK/S0003']);
  t.is(anomalous(all)[0]?.defect, 'BX');
  const one = await openDataset(rootOf('real-iad'), { views: ['C2'] });
  t.deepEqual([one.train.length, one.test.length], [2, 2]);
  t.true([...one.train, ...one.test].every(({ path: file }) => file.includes('_C2_')));
  await t.throwsAsync(openDataset(rootOf('real-iad'), { views: ['C9'] }), {
    instanceOf: RangeError,
    message: /^options\.views\[0\] C9: there is no such view\. Did you mean C1\? It can be 'C1', 'C2'\.$/,
  });
  await t.throwsAsync(openDataset(rootOf('mvtec'), { views: ['C1'] }), { instanceOf: RangeError, message: /no views/ });
});

test('the lists of Real-IAD may lie in the outer folder', async (t) => {
  const root = path.join(folder, 'flat-iad');
  await drawRealIad('realiad_jsons')(root);
  t.like(await openDataset(root), { format: 'real-iad', classes: ['audiojack'] });
});

test('smaller pictures of Real-IAD are read where the large ones are missing, with a note', async (t) => {
  const root = path.join(folder, 'small-iad');
  await DRAW['real-iad'](root);
  renameSync(path.join(root, 'realiad_1024'), path.join(root, 'realiad_256'));
  const dataset = await openDataset(root);
  t.true(dataset.test.length > 0);
  t.true(dataset.test.every(({ path: file }) => file.includes('realiad_256')));
  t.regex(dataset.notes.join(), /realiad_256 are read; the authors take realiad_1024/);
});

test('a root with a class of another shape is not taken for the special set, so that no class goes unread', async (t) => {
  const root = path.join(folder, 'mixed');
  await DRAW.mpdd(root);
  await DRAW.mvtec(root);
  t.like(await openDataset(root), { format: 'mvtec', classes: ['connector', 'disc', 'ring', 'tubes'] });
});

test('BTAD mixes BMP and PNG, and its ok and ko are normal and anomalous', async (t) => {
  const dataset = await open('btad');
  t.true(dataset.train.some(({ path: file }) => file.endsWith('.bmp')));
  t.true(anomalous(dataset).some(({ mask }) => String(mask).endsWith('0009.bmp')));
  t.true(dataset.train.every(({ defect }) => defect === 'good'));
});

test('masks of Uni-Medical without the names of their pictures go by order, with a note', async (t) => {
  const dataset = await open('uni-medical');
  const pairs = anomalous(dataset).map(({ path: file, mask }) => [path.basename(file), path.basename(String(mask))]);
  t.deepEqual(pairs.slice(0, 2), [
    ['000.png', 'label-000.png'],
    ['001.png', 'label-001.png'],
  ]);
  t.regex(dataset.notes.join(), /brain\/Ungood .* by sorted order/);
});

test('the label of a Kolektor picture is that of its mask, and its item is its group', async (t) => {
  const dataset = await open('kolektor');
  t.deepEqual(
    anomalous(dataset).map(({ path: file }) => path.relative(dataset.root, file)),
    ['kos09/Part1.jpg', 'kos10/Part1.jpg'],
  );
  t.true(dataset.test.every(({ group, path: file }) => group === path.basename(path.dirname(file))));
});

test('the tiles of Magnetic-Tile are known by the number in the name', async (t) => {
  const dataset = await open('magnetic-tile');
  t.deepEqual(
    anomalous(dataset).map(({ group, defect }) => [group, defect]),
    [
      ['4709', 'Crack'],
      ['4710', 'Crack'],
    ],
  );
});

test('one class of a set opens by itself', async (t) => {
  for (const [format, name] of [
    ['mvtec', 'ring'],
    ['mvtec-3d', 'rope'],
    ['btad', '02'],
    ['visa-1cls', 'pcb1'],
    ['uni-medical', 'liver'],
    ['folder', 'bolt'],
  ] as const) {
    t.like(await openDataset(path.join(rootOf(format), name)), { format, classes: [name] });
  }
});
