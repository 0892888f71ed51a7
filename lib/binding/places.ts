/**
 * Where the native addon may lie: the loader, and the addon beside it. Nothing here opens a binary.
 *
 * A clone has its own build, or prebuilds. An installed package has what `dinomaly build` made on this machine, or the package
 * of this platform, which package managers bring as an optional dependency.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import nodeGypBuild from 'node-gyp-build';
import { cacheFor, installedPackage, PACKAGE_ROOT, packageVersion } from '../package.js';

/** What Node opens first. */
export const LOADER = 'loader.node';
/** The addon itself, beside the loader. */
export const ADDON = 'libdinomaly.so';

/** What was compiled against CUDA, beside the addon where it was built with the CUDA build of libtorch. */
export const CUDA_LIBRARY = 'libdinomaly_cuda.so';

/** This platform as the names of packages spell it, e.g. `linux-x64`. */
export const PLATFORM = `${process.platform}-${process.arch}`;

const ADDON_PACKAGE = `@dinomaly/${PLATFORM}`;

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

/** Every loader that is there, the one to take first. */
export function loaderPaths(env: NodeJS.ProcessEnv = process.env): string[] {
  const folder = installedPackage(ADDON_PACKAGE);
  const packaged = folder === undefined ? [] : [join(folder, LOADER)];
  return [...inClone(), ...builtHere(env), ...packaged].filter((path) => existsSync(path));
}

/** Why there is no addon, for a person who has just installed the package. */
export function whyNone(): string {
  if (!PUBLISHED.includes(PLATFORM)) {
    return `dinomaly runs on ${PUBLISHED.join(' and ')} only`;
  }
  const folder = installedPackage(ADDON_PACKAGE);
  if (folder === undefined) {
    return `the package ${ADDON_PACKAGE} is not installed (it is for glibc: there is none for Alpine)`;
  }
  return folder.includes('.asar.unpacked')
    ? `Electron's archive holds the package ${ADDON_PACKAGE}: leave it out, with asarUnpack: '**/node_modules/@dinomaly/**'`
    : `the package ${ADDON_PACKAGE} holds no binary`;
}
