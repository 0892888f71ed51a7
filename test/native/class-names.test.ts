/** Classes that are called as something else is: the row of means, or what every object has of itself. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import {
  type Dataset,
  Evaluator,
  formatTable,
  formatThresholds,
  Model,
  mergeEvaluations,
  openDataset,
  ShiftMonitor,
  writeReport,
} from '../../lib/index.js';
import { temporaryFolder, trainedTrainer, writeDataset } from '../helpers/drawn-set.js';

const NAMES = ['__proto__', 'constructor', 'hasOwnProperty', 'mean'];
const { folder, remove } = temporaryFolder();
const file = path.join(folder, 'model.safetensors');
let dataset: Dataset;
test.before(async () => {
  dataset = await openDataset(await writeDataset(path.join(folder, 'data'), NAMES));
  await using trainer = await trainedTrainer(dataset, 1);
  await trainer.save(file);
  await using model = await Model.load(file);
  await new Evaluator().calibrateF1(model, dataset.test);
  await model.save(file);
});
test.after.always(remove);

test('each can be chosen from the folders of a dataset', async (t) => {
  t.deepEqual(dataset.classes, NAMES);
  for (const name of NAMES) {
    t.deepEqual((await openDataset(dataset.root, { classes: [name] })).classes, [name]);
  }
});

test('each keeps a threshold of its own through a model file', async (t) => {
  await using model = await Model.load(file);
  t.deepEqual(model.classes, NAMES);
  t.deepEqual(Object.keys(model.thresholds?.classes ?? {}), NAMES);
  t.is(
    formatThresholds(model.thresholds as never).match(/^(__proto__|constructor|hasOwnProperty|mean) +\d/gm)?.length,
    4,
  );
  const image = dataset.test[0]?.path ?? '';
  for (const className of NAMES) {
    const { threshold } = await model.score(image, { className });
    const own = Object.entries(model.thresholds?.classes ?? {}).find(([name]) => name === className);
    t.is(threshold, own?.[1].value ?? Number.NaN);
    t.notThrows(() => new ShiftMonitor(model.thresholds as never, { className, alpha: 0.5, window: 50 }));
  }
});

test('evaluation, table, report and JSON tell them apart from the mean and from one another', async (t) => {
  await using model = await Model.load(file);
  const evaluator = new Evaluator();
  const evaluation = await evaluator.evaluate(model, dataset, { curves: 64 });
  t.deepEqual(Object.keys(evaluation.curves ?? {}), NAMES);
  t.deepEqual(Object.keys(mergeEvaluations([evaluation]).curves ?? {}), NAMES);
  const rows = formatTable(evaluation)
    .split('\n')
    .map((line) => line.split(/ {2,}/)[0]);
  t.deepEqual(
    rows.filter((name) => name?.startsWith('mean')),
    ['mean', 'mean of classes'],
  );
  const files = await writeReport(path.join(folder, 'report'), { evaluation });
  const read = JSON.parse(readFileSync(files.metrics, 'utf8'));
  t.deepEqual(Object.keys(read.curves), NAMES);
  t.is(JSON.stringify(read.curves), JSON.stringify(evaluation.curves));
  const sheet = readFileSync(files.classes, 'utf8')
    .trim()
    .split('\r\n')
    .map((line) => line.split(',')[0]);
  t.deepEqual(sheet, ['class', ...NAMES, 'mean of classes']);
  const page = readFileSync(files.page, 'utf8');
  for (const name of NAMES) t.true(page.includes(`<h3><bdi>${name}</bdi></h3>`), name);
});
