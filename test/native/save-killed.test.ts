/** A process that is killed while the core writes a model. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, watch } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { writeWhole } from '../../lib/files.js';
import { temporaryFolder } from '../helpers/drawn-set.js';

const { folder, remove } = temporaryFolder();
test.after.always(remove);

test('what a killed save leaves is swept by the next file that is written there', async (t) => {
  const script = `
    const { Trainer } = require(${JSON.stringify(path.join(__dirname, '../../dist/index.js'))});
    (async () => {
      const encoder = { dim: 512, depth: 4, heads: 8, patch: 8 };
      const trainer = await Trainer.create({ encoder, weights: null, size: 40, crop: 32 });
      for (;;) await trainer.save(${JSON.stringify(path.join(folder, 'model.safetensors'))}, { colourScale: false });
    })();`;
  const child = spawn(process.execPath, ['-e', script], { stdio: 'ignore', timeout: 120_000, killSignal: 'SIGKILL' });
  const ended = once(child, 'exit');
  const watcher = watch(folder, () => {
    if (readdirSync(folder).some((name) => name.endsWith('.tmp'))) child.kill('SIGKILL');
  });
  await ended;
  watcher.close();
  t.regex(readdirSync(folder).join(), /^\.dinomaly-[0-9a-f]{8}-\d+-\d+-\d+\.tmp$/);
  await writeWhole(path.join(folder, 'next'), 'whole');
  t.deepEqual(readdirSync(folder), ['next']);
});
