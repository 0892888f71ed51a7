/** Vitest runs the package in processes, threads and realms of its own. */
import { cpSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { ROOT, runNode, writeConsumer } from '../helpers/consumer.js';
import { temporaryFolder, writeDataset } from '../helpers/drawn-set.js';

const { folder, remove } = temporaryFolder();
test.after.always(remove);

test('a project that is tested with Vitest trains, scores, evaluates, reports and sees typed errors in each of its pools', async (t) => {
  const project = path.join(folder, 'project');
  writeConsumer(project);
  cpSync(path.join(__dirname, 'vitest'), project, { recursive: true });
  const data = await writeDataset(path.join(folder, 'data'), ['disc']);
  const vitest = path.join(ROOT, 'node_modules/vitest/vitest.mjs');
  const env = { DINOMALY_DATA: data, NO_COLOR: '1', CI: 'true' };
  const { status, stdout, stderr } = await runNode(project, [vitest, 'run', '--reporter=verbose'], env);
  for (const pool of ['threads', 'forks', 'vmThreads', 'vmForks']) {
    t.is(stdout.split(`✓ |${pool}| `).length - 1, 2, `${pool}: ${stdout}${stderr}`);
  }
  t.is(status, 0, stderr);
});
