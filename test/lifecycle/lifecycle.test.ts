/**
 * Processes and workers that end while the addon is at work. Each runs in a process of its own: it must go by itself, with the
 * expected status, no signal and nothing on stderr. The work would never end, and a process that stays is killed.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { drawnSet } from '../../bench/pictures.js';
import { Trainer } from '../../lib/index.js';
import { QUIET_ENDS, runBusy } from '../helpers/busy.js';

let folder = '';

test.before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'dinomaly-lifecycle-'));
  await drawnSet(folder, 8);
  await using trainer = await Trainer.create({
    encoder: { dim: 96, depth: 6, heads: 3, patch: 8 },
    weights: null,
    size: 160,
    crop: 144,
  });
  await trainer.save(path.join(folder, 'model.safetensors'));
});

test.after.always(() => rmSync(folder, { recursive: true, force: true }));

for (const work of ['train', 'score', 'count']) {
  for (const [end, status, title] of QUIET_ENDS) {
    test.serial(`while busy with ${work}: ${title}`, async (t) => {
      const result = await runBusy(work, end, folder);
      t.log(`${result.left} ms`);
      t.deepEqual({ ...result, left: 0 }, { status, signal: null, stderr: '', left: 0 });
    });
  }

  for (const [end, title] of [
    ['throw', 'an uncaught throw'],
    ['listener-throws', "a throw of a listener of 'exit'"],
  ] as const) {
    test.serial(`while busy with ${work}: ${title} ends the process as Node does, without a crash`, async (t) => {
      const result = await runBusy(work, end, folder);
      t.log(`${result.left} ms`);
      t.true([1, 7].includes(result.status ?? Number.NaN), `status ${result.status}`);
      t.is(result.signal, null);
      t.regex(result.stderr, /thrown on purpose/);
    });
  }
}

for (const end of ['exit', 'really-exit', 'no-listeners']) {
  test.serial(
    `while libtorch makes what it keeps for later jobs: ${end} ends the process without a crash`,
    async (t) => {
      for (let round = 0; round < 4; ++round) {
        const result = await runBusy('first', end, folder);
        t.deepEqual({ ...result, left: 0 }, { status: 7, signal: null, stderr: '', left: 0 });
      }
    },
  );
}

for (const [end, status, title] of QUIET_ENDS.filter(([name]) => ['exit', 'abort', 'terminate'].includes(name))) {
  test.serial(`while scores wait for others to share their pass: ${title}`, async (t) => {
    const result = await runBusy('wait', end, folder);
    t.deepEqual({ ...result, left: 0 }, { status, signal: null, stderr: '', left: 0 });
  });
}

test.serial('a dropped model still answers what it was asked, and is collected', async (t) => {
  const result = await runBusy('score', 'drop', folder);
  t.deepEqual({ ...result, left: 0 }, { status: 0, signal: null, stderr: '', left: 0 });
});

test('loading the addon, again and again too, listens to no event of the process', (t) => {
  const script = `
    const listeners = () => process.eventNames().map((name) => process.listenerCount(name)).join();
    const before = listeners();
    const dist = ${JSON.stringify(path.join(__dirname, '../../dist/'))};
    for (let i = 0; i < 20; ++i) {
      for (const file of Object.keys(require.cache)) if (file.startsWith(dist)) delete require.cache[file];
      require(dist + 'binding/load.js').binding();
    }
    if (listeners() !== before) throw new Error(before + ' became ' + listeners());`;
  const { status, stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
  t.deepEqual({ status, stderr }, { status: 0, stderr: '' });
});

test('a process ends well while it holds pictures of sharp that were scored and placed', (t) => {
  const script = `
    const { Model, placeMap } = require(${JSON.stringify(path.join(__dirname, '../../dist/index.js'))});
    const sharp = require('sharp');
    (async () => {
      const file = process.argv[1] + '/0.png';
      const model = await Model.load(process.argv[1] + '/model.safetensors');
      globalThis.picture = await sharp(file).removeAlpha().raw().toBuffer({ resolveWithObject: true });
      globalThis.result = await model.score(globalThis.picture);
      globalThis.placed = await placeMap(globalThis.result, globalThis.picture, model);
    })();`;
  const root = path.join(__dirname, '../..');
  const { status, signal, stderr } = spawnSync(process.execPath, ['-e', script, folder], {
    cwd: root,
    encoding: 'utf8',
  });
  t.deepEqual({ status, signal, stderr }, { status: 0, signal: null, stderr: '' });
});
