/** The examples, as they are run from an installed package. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import test from 'ava';
import { Trainer } from '../../lib/index.js';
import { ROOT, runNode, writeConsumer } from '../helpers/consumer.js';
import { TINY, TINY_SIZE, temporaryFolder, writeDisc } from '../helpers/drawn-set.js';

const EXAMPLES = 'node_modules/dinomaly/examples';
const { folder, remove } = temporaryFolder();
test.after.always(remove);
test.before(() => writeConsumer(folder));

test('each example, without arguments, prints its usage and ends with 2', async (t) => {
  const examples = readdirSync(path.join(ROOT, 'examples'));
  t.deepEqual(examples, ['service.mjs', 'train.mjs']);
  for (const example of examples) {
    const { status, stdout, stderr } = await runNode(folder, [`${EXAMPLES}/${example}`]);
    t.deepEqual({ status, stdout }, { status: 2, stdout: '' });
    t.true(stderr.startsWith(`Usage: node ${example} `), stderr);
  }
});

test('the package ships the examples', (t) => {
  const { stdout } = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  for (const example of ['examples/service.mjs', 'examples/train.mjs']) t.true(stdout.includes(`"${example}"`), stdout);
});

test('the service answers a picture with its score, and what is no picture with the error', async (t) => {
  const [model, part] = ['model.safetensors', 'part.png'].map((name) => path.join(folder, name)) as [string, string];
  await writeDisc(part, 1, true);
  await using trainer = await Trainer.create({ encoder: TINY, weights: null, ...TINY_SIZE, seed: 1 });
  await trainer.save(model);
  const service = spawn(process.execPath, [`${EXAMPLES}/service.mjs`, model, '0'], { cwd: folder });
  t.teardown(() => service.kill());
  const [line] = await once(createInterface(service.stdout), 'line');
  const url = `http://127.0.0.1:${/^listening on port (\d+)$/.exec(line)?.[1]}`;
  const scored = await fetch(url, { method: 'POST', body: readFileSync(part) });
  t.is(scored.status, 200);
  const { score } = (await scored.json()) as { score: number };
  await using own = await trainer.model();
  t.is(score, (await own.score(part)).score);
  const refused = await fetch(url, { method: 'POST', body: 'text' });
  t.is(refused.status, 422);
  t.regex(await refused.text(), /DinomalyError/);
  t.like(await (await fetch(`${url}/stats`)).json(), { scored: 1, failed: 1, queued: 0 });
});
