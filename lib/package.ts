/** This package: its folder, its version, and its folders in the user's cache. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** The folder of this package. */
export const PACKAGE_ROOT = join(__dirname, '..');

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
