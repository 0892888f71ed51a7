/** What `dinomaly evaluate` says of masks that make the pixel metrics doubtful, on the built package. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { temporaryFolder, writeMask, writeModel } from '../helpers/drawn-set.js';

const MAIN = path.join(__dirname, '../../dist/cli/main.js');
const { folder, remove } = temporaryFolder();
test.after.always(remove);

test('evaluate warns of empty and mis-sized masks with their count and names, whether one model or one a class', async (t) => {
  const { data, model } = await writeModel(folder);
  const truth = (name: string, at: number): string => path.join(data, name, `ground_truth/square/${at}_mask.png`);
  for (const at of [0, 1, 2]) {
    await writeMask(truth('disc', at), false);
    await writeMask(truth('ring', at), at > 0, at > 0 ? 24 : 48, 44);
  }
  const models = path.join(folder, 'models');
  mkdirSync(models);
  for (const name of ['disc', 'ring']) copyFileSync(model, path.join(models, `${name}.safetensors`));
  const json = path.join(folder, 'metrics.json');
  for (const file of [model, models]) {
    const command = [MAIN, 'evaluate', '--data', data, '--device', 'cpu', '--model', file, '--json', json];
    const { status, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8', timeout: 200_000 });
    t.is(status, 0, stderr);
    t.regex(
      stderr,
      /warning: The mask of 4 anomalous pictures leaves no anomalous pixel .*disc\/test\/square\/0\.png, /,
    );
    t.regex(
      stderr,
      /warning: The mask of 2 anomalous pictures has another size .*ring\/test\/square\/1\.png, [^,]*2\.png$/m,
    );
    t.notRegex(stderr, /whole map/);
    const { doubtfulMasks } = JSON.parse(readFileSync(json, 'utf8')) as { doubtfulMasks: Record<string, string[]> };
    t.deepEqual(
      Object.entries(doubtfulMasks).map(([doubt, paths]) => [doubt, paths.length]),
      [
        ['empty', 4],
        ['full', 0],
        ['otherSize', 2],
      ],
    );
  }
});
