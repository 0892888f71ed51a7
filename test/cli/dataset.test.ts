/** `dinomaly dataset check` and the options that open a dataset, in processes of their own on the built package. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { temporaryFolder, writeDataset } from '../helpers/drawn-set.js';
import { DRAW } from '../helpers/layouts.js';

const MAIN = path.join(__dirname, '../../dist/cli/main.js');
const { folder, remove } = temporaryFolder();
test.after.always(remove);

function dinomaly(...args: string[]): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8', timeout: 200_000 });
}

test('check prints the counts of a sound set and ends with 0', async (t) => {
  const root = await writeDataset(path.join(folder, 'sound'));
  const { status, stdout, stderr } = dinomaly('dataset', 'check', root);
  t.is(status, 0, stderr);
  t.is(
    stdout,
    [
      'class  train  validation  test   pixels',
      'disc   6      0           2 + 3  48x44',
      'ring   6      0           2 + 3  48x44',
      // Both classes are drawn by the same seeds.
      ...stdout.split('\n').filter((line) => line.startsWith('remark  DUPLICATE')),
      'mvtec: 22 pictures, no faults, 11 remarks',
      '',
    ].join('\n'),
  );
});

test('check lists every fault and ends with 1, as text and as JSON', async (t) => {
  const root = await writeDataset(path.join(folder, 'faulty'), ['disc']);
  rmSync(path.join(root, 'disc/ground_truth/square/0_mask.png'));
  writeFileSync(path.join(root, 'disc/train/good/0.png'), '');
  const text = dinomaly('dataset', 'check', root);
  t.is(text.status, 1, text.stderr);
  t.regex(text.stdout, /^fault {3}MASK_MISSING {2}.*square\/0\.png/m);
  t.regex(text.stdout, /^fault {3}IMAGE_DECODE {2}.*good\/0\.png: it is empty/m);
  t.regex(text.stdout, /2 faults/);
  const json = dinomaly('dataset', 'check', root, '--json');
  t.is(json.status, 1);
  const { faults, classes } = JSON.parse(json.stdout) as { faults: { code: string }[]; classes: { name: string }[] };
  t.deepEqual(faults.map(({ code }) => code).sort(), ['IMAGE_DECODE', 'MASK_MISSING']);
  t.deepEqual(
    classes.map(({ name }) => name),
    ['disc'],
  );
});

test('check takes layout, classes, views and a split, and says what split was made', async (t) => {
  const root = path.join(folder, 'iad');
  await DRAW['real-iad'](root);
  const views = dinomaly('dataset', 'check', root, '--format', 'real-iad', '--view', 'C1', '--class', 'audiojack');
  t.regex(views.stdout, /^audiojack {2}2 +0 +1 \+ 1/m);
  const own = path.join(folder, 'own');
  await DRAW.folder(own);
  const split = dinomaly('dataset', 'check', own, '--split-seed', '4', '--train-share', '0.5', '--validation', '0.2');
  t.is(split.status, 0, split.stderr);
  t.regex(split.stdout, /^bolt +5 +2 +3 \+ 2/m);
  t.regex(split.stderr, /Split with seed 4.*50 % .* trained on, 20 % held out/);
});

test('a layout that is none, and one that the set does not have, are refused', async (t) => {
  const root = await writeDataset(path.join(folder, 'refused'), ['disc']);
  const unknown = dinomaly('dataset', 'check', root, '--format', 'coco');
  t.is(unknown.status, 2);
  t.regex(unknown.stderr, /Expected one of 'mvtec', .* for --format but received 'coco'/);
  const other = dinomaly('dataset', 'check', root, '--format', 'visa');
  t.is(other.status, 1);
  t.regex(other.stderr, /DATASET_LAYOUT .* has no classes in the layout visa/);
});

test('train and evaluate, with one model or one a class, take the split that they are told', async (t) => {
  const root = path.join(folder, 'trained');
  await DRAW.folder(root);
  const size = ['--dim', '16', '--depth', '4', '--heads', '2', '--patch', '8', '--size', '40', '--crop', '32'];
  const data = [
    '--data',
    root,
    '--format',
    'folder',
    '--split-seed',
    '2',
    '--train-share',
    '0.6',
    '--validation',
    '0.1',
  ];
  const out = path.join(folder, 'models');
  const run = ['--untrained', '--iterations', '1', '--batch-size', '2', '--class-separated', '--out', out];
  const trained = dinomaly('train', ...data, ...size, ...run);
  t.is(trained.status, 0, trained.stderr);
  t.regex(trained.stderr, /Split with seed 2/);
  t.regex(trained.stderr, /^6 pictures of 1 class/m);
  const evaluated = dinomaly('evaluate', '--model', out, ...data);
  t.is(evaluated.status, 0, evaluated.stderr);
  t.regex(evaluated.stderr, /^5 pictures of 1 class/m);
});
