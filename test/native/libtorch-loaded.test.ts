/** The libtorch that was found is the one that runs, whatever the dynamic linker is told. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { buildsWith, findLibtorch } from '../../lib/libtorch/index.js';
import { temporaryFolder } from '../helpers/drawn-set.js';

const ROOT = path.join(__dirname, '../..');
const { folder, remove } = temporaryFolder();
test.after.always(remove);

/** A library of that name that holds nothing. */
function emptyLibrary(name: string): string {
  const source = path.join(folder, 'empty.c');
  const file = path.join(folder, name);
  writeFileSync(source, 'int dinomaly_test_stub;\n');
  const made = spawnSync('cc', ['-shared', '-fPIC', `-Wl,-soname,${name}`, '-o', file, source], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(made.stderr);
  return file;
}

/** What a process says of the addon that it loads. */
function load(env: NodeJS.ProcessEnv): { status: number | null; output: string } {
  const script = `
    const { countCosts } = require('./dist/index.js');
    const { readFileSync } = require('node:fs');
    countCosts({ encoder: { dim: 16, depth: 2, heads: 1, patch: 8 }, size: 32, crop: 16, targetLayers: [0, 1] }).then(() => {
      const mapped = new Set(readFileSync('/proc/self/maps', 'utf8').match(/\\/.*lib(torch_cpu|c10)\\.so$/gm));
      console.log([...mapped].join(' '));
    }, (error) => console.log(error.code, error.message));`;
  const { status, stdout } = spawnSync(process.execPath, ['-e', script], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return { status, output: stdout };
}

test('LD_LIBRARY_PATH does not put another libtorch in its place', (t) => {
  for (const name of ['libc10.so', 'libtorch_cpu.so', 'libtorch.so']) emptyLibrary(name);
  const { root } = findLibtorch({ wanted: buildsWith(), headers: false });
  const { status, output } = load({ LD_LIBRARY_PATH: folder });
  t.is(status, 0);
  t.is(output.trim().split(' ').sort().join(' '), `${root}/lib/libc10.so ${root}/lib/libtorch_cpu.so`);
});

test('another libtorch that the process holds already is an error that names it', (t) => {
  const other = emptyLibrary('libtorch_cpu.so');
  const { output } = load({ LD_PRELOAD: other });
  t.regex(output, /^ADDON_LOAD .* another one was loaded before it: \S*libtorch_cpu\.so/s);
  t.true(output.includes(other));
});
