/**
 * Where the native addon may lie: the loader, and the addon beside it. Nothing here opens a binary.
 *
 * A clone has its own build, or prebuilds. An installed package has what `dinomaly build` made on this machine, or the package
 * of this platform, which package managers bring as an optional dependency.
 */
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import nodeGypBuild from 'node-gyp-build';
import { cacheFor, PACKAGE_ROOT, packageVersion } from '../package.js';

/** What Node opens first. */
export const LOADER = 'loader.node';
/** The addon itself, beside the loader. */
export const ADDON = 'libdinomaly.so';

/** This platform as the names of packages spell it, e.g. `linux-x64`. */
export const PLATFORM = `${process.platform}-${process.arch}`;

/** Platforms that a package with a binary is published for. */
export const PUBLISHED: readonly string[] = ['linux-x64', 'linux-arm64'];

/** The folder under which `dinomaly build` keeps what it built. */
export function builtFolder(env: NodeJS.ProcessEnv = process.env): string {
  return cacheFor('addon', env);
}

/** The name of a build in that folder: it serves one version of this package, one platform and one minor version of libtorch. */
export function builtName(version: string, torchVersion: string): string {
  return `${version}-${PLATFORM}-libtorch-${torchVersion.split('.').slice(0, 2).join('.')}`;
}

function inClone(): string[] {
  try {
    return [nodeGypBuild.path(PACKAGE_ROOT)];
  } catch {
    return [];
  }
}

function builtHere(env: NodeJS.ProcessEnv): string[] {
  const folder = builtFolder(env);
  try {
    const names = readdirSync(folder).filter((name) => name.startsWith(builtName(packageVersion(), '')));
    // The newest libtorch first.
    return names.sort((a, b) => b.localeCompare(a, 'en', { numeric: true })).map((name) => join(folder, name, LOADER));
  } catch {
    return [];
  }
}

/** The folder of an installed package, or undefined where it was not installed. */
function installed(name: string): string | undefined {
  try {
    return dirname(createRequire(join(PACKAGE_ROOT, 'package.json')).resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}

/** Every loader that is there, the one to take first. */
export function loaderPaths(env: NodeJS.ProcessEnv = process.env): string[] {
  const folder = installed(`@dinomaly/${PLATFORM}`);
  const packaged = folder === undefined ? [] : [join(folder, LOADER)];
  return [...inClone(), ...builtHere(env), ...packaged].filter((path) => existsSync(path));
}

/** Why there is no addon, for a person who has just installed the package. */
export function whyNone(): string {
  if (!PUBLISHED.includes(PLATFORM)) {
    return `dinomaly runs on ${PUBLISHED.join(' and ')} only`;
  }
  return installed(`@dinomaly/${PLATFORM}`) === undefined
    ? `the package @dinomaly/${PLATFORM} is not installed (it is for glibc: there is none for Alpine)`
    : `the package @dinomaly/${PLATFORM} holds no binary`;
}
