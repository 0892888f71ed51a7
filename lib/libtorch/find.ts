/**
 * Finds a libtorch on this machine: the folder that DINOMALY_LIBTORCH names, one that was fetched before, the one inside an
 * installed Python torch. The first that is whole and of a fitting version serves; a folder that the user named must.
 */
import { readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { DinomalyError } from '../errors.js';
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
interface Rejected {
  readonly place: string;
  readonly reason: string;
  readonly version?: string;
}

/** The folder under which fetched versions lie. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  const base = env.XDG_CACHE_HOME ? env.XDG_CACHE_HOME : join(homedir(), '.cache');
  return join(resolve(base), 'dinomaly', 'libtorch');
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

function remedies({ wanted }: FindOptions): string[] {
  const named = `export DINOMALY_LIBTORCH=DIR    names a folder with libtorch ${wanted.text}, or that of a Python torch`;
  if (!wanted.includes(LIBTORCH_PIN)) {
    return [`npm rebuild dinomaly            builds the addon anew, for the libtorch that is there`, named];
  }
  return [
    'npx dinomaly libtorch           fetches the CPU build (pip, about 200 MB) into the cache',
    'npx dinomaly libtorch --cuda    fetches the CUDA build (about 3 GB) into the cache',
    named,
  ];
}

function failure(rejected: readonly Rejected[], options: FindOptions): DinomalyError {
  const lines = [
    `libtorch ${options.wanted.text} is needed${options.headers ? ' to build' : ''} and was not found. Looked at:`,
    ...rejected.map(({ place, reason }) => `  ${place}: ${reason}`),
    'Each of these mends it:',
    ...remedies(options).map((remedy) => `  ${remedy}`),
  ];
  const others = rejected.some(({ version }) => version !== undefined);
  return new DinomalyError(others ? 'LIBTORCH_VERSION' : 'LIBTORCH_MISSING', lines.join('\n'));
}

/** The libtorch to use. Throws `LIBTORCH_MISSING` or, when there are only others, `LIBTORCH_VERSION`. */
export function findLibtorch(options: FindOptions): Libtorch {
  const env = options.env ?? process.env;
  const named = env.DINOMALY_LIBTORCH;
  if (named) {
    const found = inspect('DINOMALY_LIBTORCH', namedRoot(named, options.headers), options);
    if (isRejected(found)) {
      throw failure([found], options);
    }
    return found;
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
  const python = pythonTorch(env);
  const found: Libtorch | Rejected =
    python === undefined ? { place: 'Python', reason: 'python3 has no torch' } : inspect('Python', python, options);
  if (isRejected(found)) {
    throw failure([...rejected, found], options);
  }
  return found;
}
