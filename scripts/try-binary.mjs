// Opens the addon in the main thread and in two worker threads, and says where it came from. Any Node may run it:
//   path/to/node scripts/try-binary.mjs
import { createRequire } from 'node:module';
import path from 'node:path';
import { isMainThread, Worker } from 'node:worker_threads';
import { root, runMain, Trouble } from './tools.mjs';

const require = createRequire(import.meta.url);

/** @returns {Promise<number>} */
function inWorker() {
  return new Promise((resolve, reject) => {
    new Worker(new URL(import.meta.url)).on('error', reject).on('exit', resolve);
  });
}

await runMain(async () => {
  /** @type {typeof import('../lib/binding/load.js')} */
  const { binding, bindingPath } = require(path.join(root, 'dist/binding/load.js'));
  const { torchVersion } = binding();
  if (!isMainThread) return;
  const statuses = await Promise.all([inWorker(), inWorker()]);
  if (statuses.some((status) => status !== 0)) throw new Trouble('a worker thread could not open the addon');
  const from = path.relative(root, bindingPath() ?? '');
  console.log(`Node ${process.versions.node}: ${from} with libtorch ${torchVersion}, main thread and 2 workers`);
});
