/** `dinomaly train` and `calibrate` on one split that was made. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import path from 'node:path';
import test from 'ava';
import { Model } from '../../lib/index.js';
import { temporaryFolder, writeDataset, writeDisc } from '../helpers/drawn-set.js';

const MAIN = path.join(__dirname, '../../dist/cli/main.js');
const { folder, remove } = temporaryFolder();
test.after.always(remove);

function dinomaly(...args: string[]): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8', timeout: 200_000 });
}

test('thresholds of the pictures that were held out from training go into the model file', async (t) => {
  const data = await writeDataset(path.join(folder, 'data'), ['disc']);
  for (let i = 0; i < 54; i++) {
    await writeDisc(path.join(data, 'disc/train/good', `more-${i}.png`), 7 * i, false, 36 + (i % 28), 44);
  }
  const model = path.join(folder, 'model.safetensors');
  const split = ['--data', data, '--validation', '0.5', '--split-seed', '3'];
  const encoder = ['--dim', '16', '--depth', '4', '--heads', '2', '--patch', '8', '--size', '40', '--crop', '32'];
  const trained = dinomaly('train', ...split, ...encoder, '--iterations', '3', '--batch-size', '4', '--out', model);
  t.is(trained.status, 0, trained.stderr);
  const other = dinomaly('calibrate', '--model', model, '--data', data, '--validation', '0.5', '--split-seed', '4');
  t.is(other.status, 1);
  t.regex(other.stderr, /CALIBRATION_DATA The model was trained on another split.*with seed 3.*leave out --split-seed/);
  const run = dinomaly('calibrate', '--model', model, '--data', data, '--false-reject-rate', '0.1');
  t.is(run.status, 0, run.stderr);
  t.regex(run.stdout, /^disc .* 30 /m);
  await using loaded = await Model.load(model);
  t.is(loaded.thresholds?.image.images, 30);
  t.is(loaded.thresholds?.falseRejectRate, 0.1);
  const predicted = dinomaly('predict', '--model', model, path.join(data, 'disc/test/square/0.png'));
  t.is(JSON.parse(predicted.stdout).threshold, loaded.thresholds?.image.value);
});
