// The package's install script. With a prebuilt addon for this machine only libtorch may be missing; without, the addon
// is built. In a clone it does nothing: set-up builds there, once TypeScript is compiled.
import { createRequire } from 'node:module';
import path from 'node:path';
import { buildNative, libtorchToBuild } from './native.mjs';
import { isClone, root, runMain } from './tools.mjs';

const require = createRequire(import.meta.url);

/** The libtorch version that the prebuilt addon wants, or undefined when there is none that opens here. */
function prebuiltFor() {
  try {
    /** @type {{torchVersion: string}} */
    const loader = require(require('node-gyp-build').path(root));
    return loader.torchVersion;
  } catch {
    return undefined;
  }
}

/** @param {string} version */
async function provideLibtorch(version) {
  /** @type {typeof import('../lib/libtorch/index.js')} */
  const { findLibtorch, fetchLibtorch, runsWith } = require(path.join(root, 'dist/libtorch/index.js'));
  try {
    findLibtorch({ wanted: runsWith(version), headers: false });
  } catch {
    try {
      await fetchLibtorch();
    } catch (error) {
      // The package is of use once libtorch is provided by other means, and says how when it is loaded.
      console.warn(`dinomaly: ${error instanceof Error ? error.message : error}`);
    }
  }
}

await runMain(async () => {
  if (isClone) return;
  const version = prebuiltFor();
  if (version === undefined) buildNative((await libtorchToBuild()).root);
  else await provideLibtorch(version);
});
