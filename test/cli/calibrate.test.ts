/** `dinomaly calibrate`, and decisions of `dinomaly predict`, as a user runs them. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { temporaryFolder, writeModel } from '../helpers/drawn-set.js';

const MAIN = path.join(__dirname, '../../dist/cli/main.js');
const { folder, remove } = temporaryFolder();
let model = '';
let data = '';

test.before(async () => {
  ({ model, data } = await writeModel(folder));
});
test.after.always(remove);

function dinomaly(...args: string[]): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8', timeout: 200_000 });
}

const lines = (stdout: string): Record<string, unknown>[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

test('thresholds by F1 go into the file that is named, with a warning, and predict decides by them', (t) => {
  const out = path.join(folder, 'f1.safetensors');
  const before = readFileSync(model);
  const run = dinomaly('calibrate', '--model', model, '--data', data, '--f1', '--out', out);
  t.is(run.status, 0, run.stderr);
  t.regex(run.stderr, /chosen on the test pictures/);
  t.regex(run.stdout, /^class +threshold +pictures/);
  t.regex(run.stdout, /^disc .*\nring .*\n-+\nall classes .* 10 /m);
  t.regex(run.stdout, /saved .*f1\.safetensors$/m);
  t.deepEqual(readFileSync(model), before, 'the model itself is left alone');
  const picture = path.join(data, 'disc/test/square/0.png');
  const own = dinomaly('predict', '--model', out, '--class-name', 'disc', picture);
  t.is(own.status, 0, own.stderr);
  const [decided] = lines(own.stdout);
  t.is(decided?.isAnomalous, Number(decided?.score) > Number(decided?.threshold));
  t.true(Number(decided?.confidence) >= 0 && Number(decided?.confidence) <= 1);
  const [given] = lines(dinomaly('predict', '--model', out, '--threshold', '0', picture).stdout);
  t.deepEqual([given?.threshold, given?.isAnomalous, given?.score], [0, true, decided?.score]);
});

test('predict leaves the decision open without thresholds, and takes one by hand', (t) => {
  const picture = path.join(data, 'disc/test/square/0.png');
  const [open] = lines(dinomaly('predict', '--model', model, picture).stdout);
  t.deepEqual([open?.threshold, open?.isAnomalous, open?.confidence], [null, null, null]);
  const [given] = lines(dinomaly('predict', '--model', model, '--threshold', '100', picture).stdout);
  t.deepEqual([given?.threshold, given?.isAnomalous, given?.confidence], [100, false, null]);
});

test('a class that the model does not know ends with 2, the nearest one and those it does', (t) => {
  const { status, stderr } = dinomaly('predict', '--model', model, '--class-name', 'dics', 'x.png');
  t.is(status, 2);
  t.regex(stderr, /--class-name dics: there is no such class name\. Did you mean disc\? It can be 'disc', 'ring'\./);
});

test('a set without validation pictures ends with 1 and the remedy', (t) => {
  const { status, stdout, stderr } = dinomaly('calibrate', '--model', model, '--data', data);
  t.is(status, 1);
  t.is(stdout, '');
  t.regex(stderr, /^dinomaly: CALIBRATION_DATA .*no validation pictures.*--f1/);
});

test('a folder of models has each calibrated on its class', (t) => {
  const models = path.join(folder, 'models');
  mkdirSync(models);
  for (const name of ['disc', 'ring']) {
    copyFileSync(model, path.join(models, `${name}.safetensors`));
  }
  const run = dinomaly('calibrate', '--model', models, '--data', data, '--f1');
  t.is(run.status, 0, run.stderr);
  t.regex(run.stdout, /saved .*disc\.safetensors\n(.*\n)*saved .*ring\.safetensors/);
  t.regex(run.stdout, /all classes .* 5 /);
});

test('wrong usage of calibrate ends with 2', (t) => {
  for (const [args, message] of [
    [['--f1', '--false-reject-rate', '0.1'], /--false-reject-rate/],
    [['--f1', '--pixel-reject-rate', '2'], /--pixel-reject-rate/],
    [['--confidence-level', 'high'], /confidence-level/],
    [['--f1', '--class', 'dics'], /--class dics: there is no such class\. Did you mean disc\?/],
  ] as const) {
    const { status, stderr } = dinomaly('calibrate', '--model', model, '--data', data, ...args);
    t.is(status, 2, stderr);
    t.regex(stderr, message);
  }
  const out = path.join(folder, 'nowhere', 'out');
  const { status, stderr } = dinomaly('calibrate', '--model', model, '--data', data, '--f1', '--out', out);
  t.is(status, 1);
  t.regex(stderr, /FILE_WRITE.*nowhere/);
});
