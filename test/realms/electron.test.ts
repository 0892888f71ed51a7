/** An application as Electron packs it: an archive, for which a folder stands here, and beside it what was left out. */
import { copyFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { findLibtorch, LIBTORCH_PIN, runsWith } from '../../lib/libtorch/index.js';
import { ROOT, runNode, writeConsumer } from '../helpers/consumer.js';
import { temporaryFolder } from '../helpers/drawn-set.js';

const { folder, remove } = temporaryFolder();
test.after.always(remove);

const PLATFORM = `${process.platform}-${process.arch}`;
const PROGRAM = `
const { readFileSync } = require('node:fs');
require('dinomaly').countCosts({ encoder: { dim: 16, depth: 2, heads: 1, patch: 8 }, size: 32, crop: 16, targetLayers: [0, 1] })
  .then(() => console.log(readFileSync('/proc/self/maps', 'utf8').match(/\\/.*libdinomaly\\.so$/m)[0]), (error) => console.log(error.message));`;

/** Writes the packages of the binaries into the archive, where only JavaScript can be opened, and beside it. */
function writeBinaries(packed: string, unpacked: string): void {
  const names = [PLATFORM, `libtorch-${PLATFORM}`];
  rmSync(path.join(packed, 'node_modules/@dinomaly'));
  for (const [name, place] of names.flatMap((name) => [packed, unpacked].map((place) => [name, place] as const))) {
    const made = path.join(place, 'node_modules/@dinomaly', name);
    mkdirSync(made, { recursive: true });
    writeFileSync(path.join(made, 'package.json'), '{}');
  }
  const [addon, torch] = names.map((name) => path.join(unpacked, 'node_modules/@dinomaly', name)) as [string, string];
  for (const file of ['loader.node', 'libdinomaly.so']) {
    copyFileSync(path.join(ROOT, 'build/Release', file), path.join(addon, file));
  }
  const { root, version } = findLibtorch({ wanted: runsWith(LIBTORCH_PIN), headers: false });
  symlinkSync(path.join(root, 'lib'), path.join(torch, 'lib'));
  writeFileSync(path.join(torch, 'build-version'), version);
}

test("binaries are opened beside Electron's archive, and an archive that holds them is an error with the remedy", async (t) => {
  const [packed, unpacked] = ['app.asar', 'app.asar.unpacked'].map((name) => path.join(folder, name)) as [
    string,
    string,
  ];
  writeConsumer(packed, { 'main.cjs': PROGRAM });
  rmSync(path.join(packed, 'node_modules/dinomaly/build'));
  writeBinaries(packed, unpacked);
  const env = { XDG_CACHE_HOME: path.join(folder, 'cache'), DINOMALY_LIBTORCH: undefined };
  const opened = await runNode(packed, ['main.cjs'], env);
  t.is(opened.stdout.trim(), path.join(unpacked, 'node_modules/@dinomaly', PLATFORM, 'libdinomaly.so'), opened.stderr);
  rmSync(unpacked, { recursive: true });
  const refused = await runNode(packed, ['main.cjs'], env);
  t.regex(refused.stdout, /Electron's archive holds the package .* asarUnpack: '\*\*\/node_modules\/@dinomaly\/\*\*'/);
});
