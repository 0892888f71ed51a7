// Builds the loader, the addon and the test executables of a clone with CMake, configured through cmake-js. It is what
// binding.gyp runs, and a step of set-up. libtorch is found or fetched by the code that the package itself runs; an installed
// package builds with `dinomaly build`.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { dependencyBin, isMain, jobs, root, run, runMain, Trouble } from './tools.mjs';

const folder = path.join(root, 'build/cmake');

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

/**
 * A file of dist/, which set-up makes first.
 * @param {string} file
 */
function built(file) {
  const found = path.join(root, 'dist', file);
  if (existsSync(found)) return createRequire(import.meta.url)(found);
  throw new Trouble('dist/ is missing: run `npm run build` first, or `npm run setup` for everything');
}

/** Looks for compiler and CMake before anything long begins. */
export function checkTools() {
  /** @type {typeof import('../lib/binding/tools.js')} */
  const tools = built('binding/tools.js');
  tools.checkTools();
}

/** @param {string} libtorch the folder to build against */
export function buildNative(libtorch) {
  checkTools();
  configure({
    CMAKE_HOME_DIRECTORY: root,
    DINOMALY_LIBTORCH: libtorch,
    DINOMALY_TESTS: process.env.DINOMALY_TESTS ?? 'ON',
  });
  run('cmake', ['--build', folder, '--parallel', String(jobs())]);
}

/** The libtorch to build against, fetched when there is none. */
export async function libtorchToBuild() {
  /** @type {typeof import('../lib/libtorch/index.js')} */
  const { ensureLibtorch } = built('libtorch/index.js');
  return ensureLibtorch();
}

if (isMain(import.meta.url)) {
  await runMain(async () => buildNative((await libtorchToBuild()).root));
}
