/** The check of a dataset: all that is at fault, and what is only worth knowing. */
import { copyFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { datasetFormats, type Inspection, type InspectOptions, inspectDataset, openDataset } from '../../lib/index.js';
import { temporaryFolder, writeDataset, writeDisc, writeMask } from '../helpers/drawn-set.js';
import { DRAW } from '../helpers/layouts.js';

const { folder, remove } = temporaryFolder();
test.after.always(remove);

async function fresh(name: string): Promise<string> {
  return writeDataset(path.join(folder, name), ['a']);
}

async function inspect(root: string): Promise<Inspection> {
  return inspectDataset(await openDataset(root, { faults: 'list' }));
}

function codes({ faults, remarks }: Inspection): { faults: string[]; remarks: string[] } {
  return { faults: faults.map(({ code }) => code), remarks: remarks.map(({ code }) => code) };
}

test('a sound set has counts and sizes by class, and neither fault nor remark', async (t) => {
  const found = await inspect(await fresh('sound'));
  t.deepEqual(codes(found), { faults: [], remarks: [] });
  t.is(found.pictures, 11);
  t.deepEqual(found.classes, [
    {
      name: 'a',
      train: { normal: 6, anomalous: 0 },
      validation: { normal: 0, anomalous: 0 },
      test: { normal: 2, anomalous: 3 },
      sizes: [{ width: 48, height: 44, pictures: 11 }],
    },
  ]);
});

test('the drawn set of every layout is sound', async (t) => {
  for (const format of datasetFormats) {
    const root = path.join(folder, 'layouts', format);
    await DRAW[format](root);
    t.deepEqual((await inspect(root)).faults, [], format);
  }
});

test('every fault is listed with its file, not the first only', async (t) => {
  const root = await fresh('faulty');
  const at = (file: string): string => path.join(root, 'a', file);
  rmSync(at('ground_truth/square/0_mask.png'));
  await writeMask(at('ground_truth/square/1_mask.png'), false);
  await writeMask(at('ground_truth/square/2_mask.png'), true, 24, 22);
  writeFileSync(at('train/good/0.png'), 'no picture');
  truncateSync(at('train/good/1.png'), 200);
  copyFileSync(at('train/good/2.png'), at('test/good/1.png'));
  const { faults } = await inspect(root);
  t.deepEqual(faults.map(({ code, path: file }) => [code, path.relative(root, file)]).sort(), [
    ['DUPLICATE', 'a/test/good/1.png'],
    ['IMAGE_DECODE', 'a/train/good/0.png'],
    ['IMAGE_DECODE', 'a/train/good/1.png'],
    ['MASK_EMPTY', 'a/ground_truth/square/1_mask.png'],
    ['MASK_MISSING', 'a/test/square/0.png'],
    ['MASK_SIZE', 'a/ground_truth/square/2_mask.png'],
  ]);
  t.true(faults.every(({ className, message }) => className === 'a' && message.includes(root)));
  t.regex(faults.find(({ code }) => code === 'MASK_SIZE')?.message ?? '', /24 x 22 pixels, the picture .* 48 x 44/);
});

test('what keeps a class from being read is a fault of that class, and the others are checked', async (t) => {
  const root = await writeDataset(path.join(folder, 'classes'), ['a', 'b']);
  rmSync(path.join(root, 'a/train/good'), { recursive: true });
  await writeDisc(path.join(root, 'b/test/loose.png'), 90);
  const { faults, classes } = await inspect(root);
  t.deepEqual(
    faults.map(({ code, className }) => [code, className]),
    [
      ['DATASET_LAYOUT', 'a'],
      ['DATASET_LAYOUT', 'b'],
    ],
  );
  t.deepEqual(
    classes.map(({ train }) => train.normal),
    [0, 6],
  );
});

test('an unreadable mask is a fault of its own, and no empty one', async (t) => {
  const root = await fresh('mask');
  writeFileSync(path.join(root, 'a/ground_truth/square/1_mask.png'), '');
  const found = await inspect(root);
  t.deepEqual(codes(found).faults, ['IMAGE_DECODE']);
  t.regex(found.faults[0]?.message ?? '', /1_mask\.png: it is empty/);
});

test('masks of one picture are empty only together, and each must have its size', async (t) => {
  const root = path.join(folder, 'union');
  await DRAW['mvtec-loco'](root);
  const own = path.join(root, 'breakfast_box/ground_truth/logical_anomalies/000');
  await writeMask(path.join(own, '000.png'), false);
  t.deepEqual((await inspect(root)).faults, []);
  await writeMask(path.join(own, '001.png'), false, 24, 22);
  t.deepEqual(codes(await inspect(root)).faults.sort(), ['MASK_EMPTY', 'MASK_SIZE']);
});

test('mixed sizes, duplicates inside a split and a lack of one label are remarks', async (t) => {
  const root = await fresh('remarks');
  copyFileSync(path.join(root, 'a/train/good/0.png'), path.join(root, 'a/train/good/again.png'));
  await writeDisc(path.join(root, 'a/train/good/wide.png'), 70, false, 60, 44);
  rmSync(path.join(root, 'a/test/good'), { recursive: true });
  const found = await inspect(root);
  t.deepEqual(codes(found), { faults: [], remarks: ['MIXED_SIZES', 'ONE_LABEL', 'DUPLICATE'] });
  t.regex(found.remarks[0]?.message ?? '', /2 sizes: 48 x 44 \(10\), 60 x 44 \(1\)/);
  t.regex(found.remarks[1]?.message ?? '', /only anomalous test pictures/);
});

test('objects that are both trained on and tested are a remark', async (t) => {
  const root = path.join(folder, 'objects');
  await DRAW.manifest(root);
  const dataset = await openDataset(root);
  const grouped = { ...dataset, train: dataset.train.map((one) => ({ ...one, group: 'o1' })) };
  const both = { ...grouped, test: dataset.test.map((one) => ({ ...one, group: 'o1' })) };
  t.deepEqual((await inspectDataset(grouped)).remarks, []);
  t.regex(
    (await inspectDataset(both)).remarks[0]?.message ?? '',
    /shows 1 objects both in training and in test pictures: o1/,
  );
});

test('progress counts every picture, its error ends the check, and the signal stops it', async (t) => {
  const dataset = await openDataset(await fresh('progress'));
  const seen: number[] = [];
  await inspectDataset(dataset, { onProgress: ({ done, total }) => void seen.push(done / total) });
  t.is(seen.length, 11);
  t.is(seen.at(-1), 1);
  const boom = new Error('boom');
  const thrown = inspectDataset(dataset, {
    onProgress: () => {
      throw boom;
    },
  });
  t.is(await t.throwsAsync(thrown), boom);
  const controller = new AbortController();
  const stopped = inspectDataset(dataset, { signal: controller.signal, onProgress: () => controller.abort(boom) });
  t.is(await t.throwsAsync(stopped), boom);
  t.is(await t.throwsAsync(inspectDataset(dataset, { signal: AbortSignal.abort(boom) })), boom);
});

test('options of the wrong kind and what is no dataset are refused by name', async (t) => {
  const dataset = await openDataset(await fresh('options'));
  for (const [options, path_] of [
    [{ signal: 1 }, 'options.signal'],
    [{ onProgress: 1 }, 'options.onProgress'],
    [{ pixelLimit: '1' }, 'options.pixelLimit'],
    [{ progress: 1 } as InspectOptions, 'options.progress'],
  ] as const) {
    const message = new RegExp(path_.replace('.', '\\.'));
    await t.throwsAsync(inspectDataset(dataset, options as InspectOptions), { instanceOf: TypeError, message });
  }
  await t.throwsAsync(inspectDataset([] as never), { instanceOf: TypeError, message: /a dataset of openDataset/ });
  await t.throwsAsync(openDataset('x', { faults: 'keep' as 'list' }), {
    instanceOf: RangeError,
    message: /options\.faults/,
  });
});

test('a picture past the limit is a fault', async (t) => {
  const dataset = await openDataset(await fresh('limit'));
  const { faults } = await inspectDataset(dataset, { pixelLimit: 100 });
  t.true(faults.every(({ code }) => code === 'IMAGE_TOO_LARGE'));
  t.is(faults.length, 14);
});
