/** Several threads, and several processes, of one program that all use the package. */
import { cpSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { Model, Trainer } from '../../lib/index.js';
import { runNode, writeConsumer } from '../helpers/consumer.js';
import { TINY, TINY_SIZE, temporaryFolder, writeDisc } from '../helpers/drawn-set.js';

const { folder, remove } = temporaryFolder();
test.after.always(remove);

let expected = Number.NaN;
test.before(async () => {
  writeConsumer(folder);
  cpSync(path.join(__dirname, 'processes'), folder, { recursive: true });
  await writeDisc(path.join(folder, 'part.png'), 1, true);
  await using trainer = await Trainer.create({ encoder: TINY, weights: null, ...TINY_SIZE, seed: 1 });
  await trainer.save(path.join(folder, 'model.safetensors'));
  await using model = await Model.load(path.join(folder, 'model.safetensors'));
  expected = (await model.score(path.join(folder, 'part.png'))).score;
});

for (const [program, count, title] of [
  ['threads.cjs', 4, 'worker threads and the main thread score at once, while another worker is terminated'],
  ['cluster.mjs', 3, 'the primary of a cluster and its workers score at once'],
] as const) {
  test(title, async (t) => {
    const { status, stdout, stderr } = await runNode(folder, [program, 'model.safetensors', 'part.png']);
    t.deepEqual({ status, stderr }, { status: 0, stderr: '' });
    t.deepEqual(JSON.parse(stdout), Array(count).fill(expected));
  });
}
