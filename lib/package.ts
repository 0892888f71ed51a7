/** This package: its folder, its version, and its folders in the user's cache. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { DinomalyError } from './errors.js';

function isOwn(folder: string): boolean {
  try {
    return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name?: string }).name === 'dinomaly';
  } catch {
    return false;
  }
}

/** Bundlers put this file elsewhere, where the binaries and this package's other files are not found. */
function packageRoot(): string {
  // A bundle of ECMAScript modules has no __dirname.
  const folder = typeof __dirname === 'undefined' ? undefined : join(__dirname, '..');
  if (folder === undefined || !isOwn(folder)) {
    throw new DinomalyError(
      'BUNDLED',
      `dinomaly was bundled into ${folder === undefined ? 'an ECMAScript module' : __dirname}, where it cannot find its files. Mark it as external, so that it is loaded from node_modules:
  esbuild     --external:dinomaly
  webpack     externals: { dinomaly: 'commonjs dinomaly' }
  Vite        ssr: { external: ['dinomaly'] }
  Rollup      external: ['dinomaly']
  Next.js     serverExternalPackages: ['dinomaly']
More: docs/hosts.md`,
    );
  }
  return folder;
}

/**
 * The folder of this package.
 * @throws DinomalyError `BUNDLED`, at the import
 */
export const PACKAGE_ROOT = packageRoot();

/**
 * The folder of an installed package, or undefined where it is not installed. Electron puts an application into an archive,
 * `app.asar`, out of which no library can be opened; what it is told to leave out lies in the folder beside it.
 */
export function installedPackage(name: string): string | undefined {
  try {
    const manifest = createRequire(join(PACKAGE_ROOT, 'package.json')).resolve(`${name}/package.json`);
    return dirname(manifest).replace(/\.asar(?=\/)/, '.asar.unpacked');
  } catch {
    return undefined;
  }
}

/** The version of this package. */
export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8')) as { version: string };
  return version;
}

/** A folder of this package in the user's cache: in `XDG_CACHE_HOME`, or in `~/.cache`. */
export function cacheFor(name: string, env: NodeJS.ProcessEnv = process.env): string {
  const base = env.XDG_CACHE_HOME ? env.XDG_CACHE_HOME : join(homedir(), '.cache');
  return join(resolve(base), 'dinomaly', name);
}
