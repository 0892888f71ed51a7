// Everything between a clone and its first run: dependencies, TypeScript, libtorch, native build. Each step looks first
// whether it has anything to do, so that a second run costs a moment. `npm test` and `npm run demo` begin with it.
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { buildNative, checkTools, libtorchToBuild } from './native.mjs';
import { dependencyBin, isMain, root, run, runMain } from './tools.mjs';

/** @param {string} name */
function modified(name) {
  const file = path.join(root, name);
  return existsSync(file) ? statSync(file).mtimeMs : 0;
}

/**
 * @template T
 * @param {string} title
 * @param {() => T | Promise<T>} step
 * @returns {Promise<T>}
 */
async function timed(title, step) {
  const start = performance.now();
  const result = await step();
  console.log(`set-up, ${title}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return result;
}

function installDependencies() {
  // npm writes its own copy of the lock file as the last act of an install.
  if (modified('node_modules/.package-lock.json') < modified('package-lock.json')) {
    run('npm', ['ci', '--no-audit', '--no-fund']);
  }
}

/** Does what is left to do, and ends with the line `set-up: N s`. */
export async function setUp() {
  const start = performance.now();
  await timed('dependencies', installDependencies);
  await timed('TypeScript', () => run(dependencyBin('tsc'), ['-p', 'tsconfig.json']));
  checkTools();
  const libtorch = await timed('libtorch', libtorchToBuild);
  await timed('native build', () => buildNative(libtorch.root));
  console.log(`set-up: ${((performance.now() - start) / 1000).toFixed(1)} s`);
}

if (isMain(import.meta.url)) {
  await runMain(setUp);
}
