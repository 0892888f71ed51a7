// The package's install script. With an addon for this machine, prebuilt or built before, only libtorch may be missing:
// it is found or fetched. Without an addon, or when only another libtorch is there, the addon is built.
//   npm rebuild dinomaly --build-from-source     builds in any case
// In a clone it does nothing: set-up builds there, once TypeScript is compiled.
import { createRequire } from 'node:module';
import path from 'node:path';
import { buildNative, libtorchToBuild } from './native.mjs';
import { isClone, root, runMain } from './tools.mjs';

const require = createRequire(import.meta.url);

/** The libtorch version that the addon wants, or undefined when there is no addon that opens here. */
function builtFor() {
  const asked = process.env.npm_config_build_from_source;
  if (asked === 'true' || asked?.split(',').includes('dinomaly')) return undefined;
  try {
    /** @type {{torchVersion: string}} */
    const loader = require(require('node-gyp-build').path(root));
    return loader.torchVersion;
  } catch {
    return undefined;
  }
}

/**
 * Finds or fetches a libtorch for the addon that is there.
 * @param {string} version
 * @returns {Promise<boolean>} whether the addon stays of use
 */
async function provideLibtorch(version) {
  /** @type {typeof import('../lib/libtorch/index.js')} */
  const { ensureLibtorch, runsWith } = require(path.join(root, 'dist/libtorch/index.js'));
  try {
    await ensureLibtorch({ wanted: runsWith(version), headers: false });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    // Another libtorch is there, and none of this version can be had: the sources compile with it.
    if (error.code !== 'LIBTORCH_DOWNLOAD') return false;
    // The package is of use once libtorch is provided by other means, and says how when it is loaded.
    console.warn(`dinomaly: ${error.message}`);
  }
  return true;
}

await runMain(async () => {
  if (isClone) return;
  const version = builtFor();
  if (version !== undefined && (await provideLibtorch(version))) return;
  buildNative((await libtorchToBuild()).root);
});
