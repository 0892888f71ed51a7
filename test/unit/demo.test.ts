/** The drawn parts of the demo: an honest dataset in MVTec's layout. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { drawDataset } from '../../demo/dataset.js';
import { decodeMask } from '../../lib/image/mask.js';
import { decodeImage } from '../../lib/image.js';
import { type Dataset, openDataset } from '../../lib/index.js';
import { temporaryFolder } from '../helpers/drawn-set.js';

const { folder, remove } = temporaryFolder();
const root = path.join(folder, 'parts');
const SETTINGS = { seed: 3, train: 3, good: 2, perDefect: 2 };
let dataset: Dataset;

test.before(async () => {
  await drawDataset(root, SETTINGS);
  dataset = await openDataset(root);
});
test.after.always(remove);

test('three classes with several kinds of defect each', (t) => {
  t.is(dataset.classes.length, 3);
  t.is(dataset.train.length, 9);
  for (const name of dataset.classes) {
    const samples = dataset.test.filter(({ className }) => className === name);
    t.true(new Set(samples.map(({ defect }) => defect)).size >= 3, name);
    t.is(samples.filter(({ label }) => label === 0).length, 2);
  }
});

test('every mask marks a small visible part of its picture', async (t) => {
  const anomalous = dataset.test.filter(({ label }) => label === 1);
  t.true(anomalous.length > 0);
  for (const { mask } of anomalous) {
    const { data, width, height } = await decodeMask(String(mask));
    const marked = data.filter((value) => value > 0).length / 3 / (width * height);
    t.true(marked > 0.001 && marked < 0.1, `${mask}: ${marked}`);
  }
});

test('no two normal pictures are the same', async (t) => {
  const normals = [...dataset.train, ...dataset.test.filter(({ label }) => label === 0)];
  const seen = new Set<string>();
  for (const { path: file } of normals) {
    seen.add(Buffer.from((await decodeImage(file)).data).toString('latin1'));
  }
  t.is(seen.size, normals.length);
});

test('the same seed draws the same bytes, another one does not', async (t) => {
  const again = path.join(folder, 'again');
  const other = path.join(folder, 'other');
  await drawDataset(again, SETTINGS);
  await drawDataset(other, { ...SETTINGS, seed: 4 });
  const name = 'washer/test/dent/001.png';
  const [first, second, third] = [root, again, other].map((place) => readFileSync(path.join(place, name)));
  t.true(first?.equals(second ?? Buffer.alloc(0)));
  t.false(first?.equals(third ?? Buffer.alloc(0)));
});
