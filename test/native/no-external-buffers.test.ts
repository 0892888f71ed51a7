/**
 * A runtime that takes no memory of addons into its buffers, as Electron does. Node takes it, so the addon here is a copy whose
 * reference to Node's function has another name, which a preloaded library answers as such a runtime would.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { Trainer } from '../../lib/index.js';
import { ROOT, runNode, writeConsumer } from '../helpers/consumer.js';
import { TINY, TINY_SIZE, temporaryFolder, writeDisc } from '../helpers/drawn-set.js';

const { folder, remove } = temporaryFolder();
test.after.always(remove);

const NODES = 'napi_create_external_arraybuffer';
const OURS = 'test_create_external_arraybuffer';
const FORBIDS = `#include <stdio.h>
int ${OURS}(void) { fputs("refused\\n", stderr); return 22; /* napi_no_external_buffers_allowed */ }
`;

/** Everything that the addon makes arrays for. */
const PROGRAM = `
const { createHash } = require('node:crypto');
const { Model, placeMap, renderHeatmap } = require('dinomaly');
(async () => {
  const hash = (array) => createHash('sha256').update(Buffer.from(array.buffer, array.byteOffset, array.byteLength)).digest('hex');
  const model = await Model.load('model.safetensors');
  const result = await model.score('part.png');
  const placed = await placeMap(result, 'part.png', model);
  const heatmap = await renderHeatmap('part.png', result, model, { scale: { low: 0, high: 1 } });
  const [attention] = await model.attention('part.png', { row: 1, column: 1 });
  const features = await model.features('part.png');
  placed.map.fill(0);
  console.log(JSON.stringify([result.score, hash(result.map), placed.map.length, hash(heatmap), hash(attention.map), hash(features.layers[0].data)]));
})();`;

/** Puts a copy of the addon that asks for ${OURS} into the project, and gives the library that answers it. */
function forbid(): string {
  const release = path.join(folder, 'node_modules/dinomaly/build/Release');
  rmSync(path.dirname(release));
  mkdirSync(release, { recursive: true });
  const built = path.join(ROOT, 'build/Release');
  copyFileSync(path.join(built, 'loader.node'), path.join(release, 'loader.node'));
  const addon = readFileSync(path.join(built, 'libdinomaly.so'));
  const at = addon.indexOf(`\0${NODES}\0`) + 1;
  if (at === 0) throw new Error(`the addon does not use ${NODES}`);
  addon.write(OURS, at);
  writeFileSync(path.join(release, 'libdinomaly.so'), addon);
  const [source, library] = ['forbids.c', 'forbids.so'].map((name) => path.join(folder, name)) as [string, string];
  writeFileSync(source, FORBIDS);
  const made = spawnSync('cc', ['-shared', '-fPIC', '-o', library, source], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(made.stderr);
  return library;
}

test('where the runtime forbids buffers over memory of addons, maps and pictures are copied, and are the same', async (t) => {
  writeConsumer(folder, { 'program.cjs': PROGRAM });
  await writeDisc(path.join(folder, 'part.png'), 1, true);
  await using trainer = await Trainer.create({ encoder: TINY, weights: null, ...TINY_SIZE, seed: 1 });
  await trainer.save(path.join(folder, 'model.safetensors'));
  const shared = await runNode(folder, ['program.cjs']);
  const copied = await runNode(folder, ['program.cjs'], { LD_PRELOAD: forbid() });
  t.is(shared.stderr, '');
  t.deepEqual(JSON.parse(copied.stdout || copied.stderr), JSON.parse(shared.stdout));
  t.regex(copied.stderr, /^(?:refused\n){3,}$/);
});
