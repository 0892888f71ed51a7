// Builds the loader and the addon (in a clone the test executables too) with CMake, configured through cmake-js. It is
// what binding.gyp runs, and a step of set-up. libtorch is found or fetched by the code that the package itself runs.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { dependencyBin, isClone, isMain, jobs, output, root, run, runMain, Trouble } from './tools.mjs';

const folder = path.join(root, 'build/cmake');

/** A clear word for the tools that no package manager of Node brings. */
export function checkTools() {
  const missing = [];
  const cmake = output('cmake', ['--version'])?.match(/version (\d+)\.(\d+)/);
  if (!cmake || Number(cmake[1]) * 1000 + Number(cmake[2]) < 3022) missing.push('CMake 3.22 or newer');
  const compilers = process.env.CXX ? [process.env.CXX] : ['c++', 'g++', 'clang++'];
  const compiler = compilers.map((name) => output(name, ['-dumpversion'])).find((text) => text !== undefined);
  if (compiler === undefined || Number.parseInt(compiler, 10) < 11)
    missing.push('a C++20 compiler (GCC 11 or newer, Clang 14)');
  if (output('ninja', ['--version']) === undefined && output('make', ['--version']) === undefined) {
    missing.push('ninja or make');
  }
  if (missing.length > 0) {
    throw new Trouble(`Building needs ${missing.join(', ')}.\nDebian, Ubuntu: apt install g++ cmake ninja-build`);
  }
}

/** @returns {Record<string, string>} */
function cmakeCache() {
  const file = path.join(folder, 'CMakeCache.txt');
  if (!existsSync(file)) return {};
  const entries = readFileSync(file, 'utf8').matchAll(/^(\w+):\w+=(.*)$/gm);
  return Object.fromEntries(Array.from(entries, ([, name, value]) => [name, value]));
}

/** @param {Record<string, string>} settings */
function configure(settings) {
  const cache = cmakeCache();
  const made = existsSync(path.join(folder, 'build.ninja')) || existsSync(path.join(folder, 'Makefile'));
  if (made && Object.entries(settings).every(([name, value]) => cache[name] === value)) return;
  // A cache that was made elsewhere, or for another libtorch, keeps paths that no longer hold.
  rmSync(folder, { recursive: true, force: true });
  const options = Object.entries(settings).filter(([name]) => name !== 'CMAKE_HOME_DIRECTORY');
  const definitions = options.map(([name, value]) => `--CD${name}=${value}`);
  run(dependencyBin('cmake-js'), ['configure', '--out', folder, '--log-level', 'error', ...definitions]);
}

/** @param {string} libtorch the folder to build against */
export function buildNative(libtorch) {
  checkTools();
  configure({
    CMAKE_HOME_DIRECTORY: root,
    DINOMALY_LIBTORCH: libtorch,
    DINOMALY_TESTS: process.env.DINOMALY_TESTS ?? (isClone ? 'ON' : 'OFF'),
  });
  run('cmake', ['--build', folder, '--parallel', String(jobs())]);
}

/** The libtorch to build against, fetched when there is none. */
export async function libtorchToBuild() {
  const built = path.join(root, 'dist/libtorch/index.js');
  if (!existsSync(built))
    throw new Trouble('dist/ is missing: run `npm run build` first, or `npm run setup` for everything');
  /** @type {typeof import('../lib/libtorch/index.js')} */
  const { ensureLibtorch } = createRequire(import.meta.url)(built);
  return ensureLibtorch();
}

if (isMain(import.meta.url)) {
  await runMain(async () => buildNative((await libtorchToBuild()).root));
}
