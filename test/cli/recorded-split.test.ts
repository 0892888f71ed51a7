/** `evaluate` and `calibrate` on the split that a model was trained on, on another one, and on another set. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { cpSync, renameSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { Model } from '../../lib/index.js';
import { temporaryFolder, writeDataset } from '../helpers/drawn-set.js';
import { DRAW } from '../helpers/layouts.js';

const MAIN = path.join(__dirname, '../../dist/cli/main.js');
const { folder, remove } = temporaryFolder();
const inFolder = (name: string): string => path.join(folder, name);
test.after.always(remove);
test.before(async () => {
  await DRAW.folder(inFolder('drawn'));
  await DRAW.manifest(inFolder('brought'));
  await writeDataset(inFolder('mvtec'));
  train('drawn', 'drawn.safetensors', '--train-share', '0.5', '--validation', '0.2', '--split-seed', '5');
  train('mvtec', 'plain.safetensors');
  train('mvtec', 'each', '--class-separated', '--validation', '0.4', '--split-seed', '9');
});

function dinomaly(...args: string[]): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8', timeout: 200_000 });
}

function train(data: string, out: string, ...split: string[]): void {
  const encoder = ['--dim', '16', '--depth', '4', '--heads', '2', '--patch', '8', '--size', '40', '--crop', '32'];
  const steps = ['--iterations', '2', '--batch-size', '4'];
  const run = dinomaly('train', '--data', inFolder(data), ...encoder, ...steps, '--out', inFolder(out), ...split);
  if (run.status !== 0) throw new Error(run.stderr);
}

function on(command: string, model: string, data: string, ...more: string[]): SpawnSyncReturns<string> {
  return dinomaly(command, '--model', inFolder(model), '--data', inFolder(data), ...more);
}

test('evaluate takes the split of training, and says where another was asked for', (t) => {
  const same = on('evaluate', 'drawn.safetensors', 'drawn');
  t.is(same.status, 0, same.stderr);
  t.regex(same.stderr, /seed 5.*50 % .* 20 % held out.*5 pictures of 1 class/s);
  t.notRegex(same.stderr, /another split/);
  const other = on('evaluate', 'drawn.safetensors', 'drawn', '--split-seed', '6');
  t.is(other.status, 0, other.stderr);
  t.regex(other.stderr, /seed 6.*trained on another split than this one\..*seed 5.*Test pictures may be among/s);
});

test('a set that the split of training does not fit is evaluated as it is, and said to be another', (t) => {
  for (const data of ['mvtec', 'brought']) {
    const run = on('evaluate', 'drawn.safetensors', data);
    t.is(run.status, 0, run.stderr);
    t.regex(run.stderr, /trained on another split than this one\..*seed 5/);
  }
  const wrong = on('evaluate', 'drawn.safetensors', 'mvtec', '--train-share', '0.5');
  t.is(wrong.status, 2);
  t.regex(wrong.stderr, /--train-share/);
});

test('calibrate takes new pictures that a set lists for validation, as its refusals advise', async (t) => {
  const out = inFolder('calibrated.safetensors');
  const run = on('calibrate', 'drawn.safetensors', 'brought', '--false-reject-rate', '0.5', '--out', out);
  t.is(run.status, 0, run.stderr);
  await using model = await Model.load(out);
  t.is(model.thresholds?.image.images, 1);
});

test('calibrate refuses to hold out pictures of a model that was trained on all of them', (t) => {
  const run = on('calibrate', 'plain.safetensors', 'mvtec', '--validation', '0.4');
  t.is(run.status, 1);
  t.regex(run.stderr, /CALIBRATION_DATA .*the split that its set brought.*split 'validation' in a manifest/);
});

test('a class under another name is drawn otherwise, which is said', (t) => {
  cpSync(inFolder('drawn/bolt'), inFolder('renamed'), { recursive: true });
  const evaluated = on('evaluate', 'drawn.safetensors', 'renamed');
  t.is(evaluated.status, 0, evaluated.stderr);
  t.regex(evaluated.stderr, /drawn by the names of the classes, .* trained on bolt, not 'renamed'/);
  const calibrated = on('calibrate', 'drawn.safetensors', 'renamed');
  t.is(calibrated.status, 1);
  t.regex(calibrated.stderr, /CALIBRATION_DATA .*not 'renamed'/);
});

test('a checkpoint without metadata has no split, and is refused by calibrate before it is scored with', (t) => {
  const file = path.join(__dirname, '../fixtures/cases/checkpoints/dinomaly-official.pth');
  const shape = ['--dim', '8', '--depth', '3', '--heads', '2', '--patch', '7', '--size', '32', '--crop', '28'];
  const checkpoint = ['--model', file, ...shape, '--data', inFolder('brought')];
  const evaluated = dinomaly('evaluate', ...checkpoint);
  t.is(evaluated.status, 0, evaluated.stderr);
  t.notRegex(evaluated.stderr, /another split/);
  const calibrated = dinomaly('calibrate', ...checkpoint);
  t.is(calibrated.status, 1);
  t.regex(calibrated.stderr, /MODEL_SOURCE .*no place for thresholds/);
  t.notRegex(calibrated.stderr, /^picture /m);
});

test('a folder of models goes by the split of each of them', (t) => {
  const run = on('evaluate', 'each', 'mvtec');
  t.is(run.status, 0, run.stderr);
  t.regex(run.stderr, /seed 9: 40 %/);
  t.notRegex(run.stderr, /another split/);
  train('mvtec', 'each', '--class-separated', '--class', 'ring', '--validation', '0.4', '--split-seed', '8');
  const uneven = on('calibrate', 'each', 'mvtec');
  t.is(uneven.status, 1);
  t.regex(uneven.stderr, /CALIBRATION_DATA .*another split than this one\. Held out with seed 8/);
  renameSync(inFolder('each/ring.safetensors'), inFolder('ring.safetensors'));
  for (const command of ['evaluate', 'calibrate']) {
    const missing = on(command, 'each', 'mvtec');
    t.is(missing.status, 1);
    t.regex(missing.stderr, /^dinomaly: FILE_READ The folder .*each has no model of the class 'ring'/);
  }
});

test('a model that is missing is told before the set is opened, and a set that is missing by its name', (t) => {
  t.regex(
    on('evaluate', 'none.safetensors', 'nowhere').stderr,
    /^dinomaly: FILE_READ Cannot read '.*none\.safetensors'/,
  );
  t.regex(
    on('calibrate', 'plain.safetensors', 'nowhere').stderr,
    /^dinomaly: FILE_READ Cannot open the dataset .*nowhere/,
  );
});
