/** Jest runs the package with classes of another realm than Node's and the addon's. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { temporaryFolder, writeDataset } from '../helpers/drawn-set.js';

const ROOT = path.join(__dirname, '../..');
const JEST = path.join(path.dirname(createRequire(__filename).resolve('jest/package.json')), 'bin/jest.js');

const { folder, remove } = temporaryFolder();
test.after.always(remove);

test('a project that is tested with Jest trains, scores, evaluates, reports, and sees typed errors', async (t) => {
  const data = path.join(folder, 'data');
  await writeDataset(data, ['disc']);
  const env = {
    ...process.env,
    DINOMALY_PACKAGE: path.join(ROOT, 'dist/index.js'),
    DINOMALY_DATA: data,
    DINOMALY_OUT: folder,
    FORCE_COLOR: '0',
  };
  const project = ['--rootDir', path.join(__dirname, 'jest'), '--ci', '--runInBand', '--testTimeout', '60000'];
  const run = promisify(execFile)(process.execPath, [JEST, ...project], { env, timeout: 240_000 });
  const { stderr } = await run.catch((error: { stderr: string }) => error);
  t.regex(stderr, /Tests: +7 passed, 7 total/, stderr);
  t.true(existsSync(path.join(folder, 'done')));
});
