/**
 * Finds a libtorch on this machine: the folder that DINOMALY_LIBTORCH names, one that was fetched before, the package that npm
 * installed beside this one, the one inside an installed Python torch. The first that is whole and of a fitting version
 * serves; a folder that the user named must.
 */
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DinomalyError } from '../errors.js';
import { cacheFor, installedPackage } from '../package.js';
import { pythonTorch } from './python.js';
import {
  compareVersions,
  describe,
  LIBTORCH_PIN,
  type Libtorch,
  missingPart,
  readVersion,
  type VersionRange,
} from './version.js';

/** What the caller needs. */
export interface FindOptions {
  readonly wanted: VersionRange;
  /** True to compile against it, not only to run with it. */
  readonly headers: boolean;
  readonly env?: NodeJS.ProcessEnv;
}

/** One place that was looked at, and why what is there does not serve. */
export interface Rejected {
  readonly place: string;
  readonly reason: string;
  readonly version?: string;
}

/** The folder under which fetched versions lie. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return cacheFor('libtorch', env);
}

function inspect(place: string, root: string, options: FindOptions): Libtorch | Rejected {
  const missing = missingPart(root, options.headers);
  if (missing !== undefined) {
    return { place, reason: `${root} has no ${missing}` };
  }
  const version = readVersion(root);
  if (version === undefined) {
    return { place, reason: `${root} does not tell its version` };
  }
  if (!options.wanted.includes(version)) {
    return { place, version, reason: `libtorch ${version} in ${root}, wanted ${options.wanted.text}` };
  }
  return describe(root, version);
}

function isRejected(found: Libtorch | Rejected): found is Rejected {
  return 'reason' in found;
}

/** True for what a search found, false for its reasons. */
export function isLibtorch(found: Libtorch | readonly Rejected[]): found is Libtorch {
  return 'root' in found;
}

/** A libtorch of the cache, by its folder's name `<version>-cpu` or `<version>-cuda`. */
function cached(cache: string): string[] {
  let names: string[];
  try {
    names = readdirSync(cache).filter((name) => /^\d+\.\d+\.\d+-(cpu|cuda)$/.test(name));
  } catch {
    return [];
  }
  // The pinned version first, then the newest; of one version the CUDA build, which someone asked for and serves both.
  const rank = (name: string): number => (name.startsWith(`${LIBTORCH_PIN}-`) ? 0 : 1);
  return names.sort((a, b) => rank(a) - rank(b) || compareVersions(b, a) || (a.endsWith('-cuda') ? -1 : 1));
}

/** The user may name the folder of the libraries' parent, or the one above it, as both are called "the torch folder". */
function namedRoot(folder: string, headers: boolean): string {
  const root = resolve(folder);
  const inner = join(root, 'torch');
  return missingPart(root, headers) !== undefined && missingPart(inner, headers) === undefined ? inner : root;
}

function remedies({ wanted, headers, env = process.env }: FindOptions, others: boolean): string[] {
  const named = `export DINOMALY_LIBTORCH=DIR    names a folder with libtorch ${wanted.text}, or that of a Python torch`;
  const rebuild = 'npx dinomaly build              builds the addon anew, for the libtorch that is there';
  if (env.DINOMALY_LIBTORCH) {
    const unset =
      'unset DINOMALY_LIBTORCH         uses one of the cache or of Python, or fetches one at the next build';
    return [unset, named, ...(others && !headers ? [rebuild] : [])];
  }
  if (!wanted.includes(LIBTORCH_PIN)) {
    return [rebuild, named];
  }
  return [
    'npx dinomaly libtorch           fetches the CPU build (about 200 MB) into the cache',
    'npx dinomaly libtorch --cuda    fetches the CUDA build (about 2.5 GB) into the cache',
    named,
  ];
}

/** Where a search looked, and why nothing there serves. */
export function describeSearch(rejected: readonly Rejected[], { wanted, headers }: FindOptions): string {
  const head = `libtorch ${wanted.text} is needed${headers ? ' to build' : ''} and was not found. Looked at:`;
  return [head, ...rejected.map(({ place, reason }) => `  ${place}: ${reason}`)].join('\n');
}

/** The error of a search that found nothing: `LIBTORCH_MISSING` or, when there are only others, `LIBTORCH_VERSION`. */
export function notFound(rejected: readonly Rejected[], options: FindOptions): DinomalyError {
  const others = rejected.some(({ version }) => version !== undefined);
  const lines = [
    describeSearch(rejected, options),
    'Each of these mends it:',
    ...remedies(options, others).map((remedy) => `  ${remedy}`),
  ];
  return new DinomalyError(others ? 'LIBTORCH_VERSION' : 'LIBTORCH_MISSING', lines.join('\n'));
}

/** The package that brings the CPU libtorch of this platform beside the addon. */
const PACKAGE = `@dinomaly/libtorch-${process.platform}-${process.arch}`;

function inPackage(options: FindOptions): Libtorch | Rejected {
  const root = installedPackage(PACKAGE);
  if (root === undefined) {
    return { place: 'npm', reason: `the package ${PACKAGE} is not installed` };
  }
  return inspect('npm', root, options);
}

function inPython(options: FindOptions): Libtorch | Rejected {
  const python = pythonTorch(options.env ?? process.env);
  if (python.root === undefined) {
    return { place: 'Python', reason: python.found ? 'python3 has no torch' : 'there is no python3' };
  }
  return inspect('Python', python.root, options);
}

/** The libtorch to use, or why each place that was looked at has none. A folder that the user named is the only place. */
export function searchLibtorch(options: FindOptions): Libtorch | readonly Rejected[] {
  const env = options.env ?? process.env;
  const named = env.DINOMALY_LIBTORCH;
  if (named) {
    const found = inspect('DINOMALY_LIBTORCH', namedRoot(named, options.headers), options);
    return isRejected(found) ? [found] : found;
  }
  const rejected: Rejected[] = [{ place: 'DINOMALY_LIBTORCH', reason: 'not set' }];
  const cache = cacheFolder(env);
  for (const name of cached(cache)) {
    const found = inspect('cache', join(cache, name, 'torch'), options);
    if (!isRejected(found)) {
      return found;
    }
    rejected.push(found);
  }
  if (rejected.length === 1) {
    rejected.push({ place: 'cache', reason: `nothing in ${cache}` });
  }
  for (const look of [inPackage, inPython]) {
    const found = look(options);
    if (!isRejected(found)) {
      return found;
    }
    rejected.push(found);
  }
  return rejected;
}

/** The libtorch to use. Throws `LIBTORCH_MISSING` or, when there are only others, `LIBTORCH_VERSION`. */
export function findLibtorch(options: FindOptions): Libtorch {
  const found = searchLibtorch(options);
  if (isLibtorch(found)) {
    return found;
  }
  throw notFound(found, options);
}
