/**
 * Brings libtorch and the native addon into this thread: the only place that opens a binary.
 *
 * The binary that is opened first is the loader, which links nothing. It tells the libtorch that the addon beside it was
 * built against and opens the one found on this machine; the addon's own references then resolve to that.
 */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { constants } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { DinomalyError } from '../errors.js';
import { reasonOf } from '../kinds.js';
import { findLibtorch, isLibtorch, type Libtorch, runsWith, searchLibtorch } from '../libtorch/index.js';
import { ADDON, CUDA_LIBRARY, loaderPaths, PLATFORM, whyNone } from './places.js';
import type { NativeBinding, NativeStop } from './types.js';

/** What native/loader/loader.c exports. */
interface Loader {
  /** Version of the libtorch that the addon was built against. */
  readonly torchVersion: string;
  open(path: string): void;
}

const INSTALL = [
  'npm install dinomaly            again, without --omit=optional (pnpm: --no-optional), which leaves the binaries out',
  'rm -rf node_modules             first, where it was copied from another kind of machine',
  'npx dinomaly build              builds it on this machine (CMake, a C++20 compiler)',
  'npm run setup                   does the same in a clone of the repository',
];

const REBUILD = INSTALL.slice(2);

function loadFailure(what: string, cause: unknown, remedies: readonly string[]): DinomalyError {
  const reason = reasonOf(cause).trim();
  const lines = [`${what}: ${reason}`, 'Each of these may mend it:', ...remedies.map((remedy) => `  ${remedy}`)];
  return new DinomalyError('ADDON_LOAD', lines.join('\n'), { cause });
}

function openLoader(path: string): Loader {
  const opened: { exports: unknown } = { exports: {} };
  try {
    process.dlopen(opened, path);
  } catch (error) {
    throw loadFailure(`The native addon cannot be opened`, error, REBUILD);
  }
  return opened.exports as Loader;
}

/**
 * Runs `load` so that the threads of libtorch spin briefly, not for milliseconds, before they sleep while they wait for each
 * other: on cores that others use too, the spinning keeps off its core the very thread that is waited for, and small
 * networks become tens of times slower. 1000 turns are some 20 to 40 microseconds, enough to pass from one operator to the
 * next awake. libgomp reads the variable once, when it is loaded, so nothing is left for child processes to inherit; and
 * what the user chose stands. In a worker `process.env` is a copy that libgomp does not see: its own choice stays there.
 */
function withBriefSpins(load: () => void): void {
  const { env } = process;
  if (env.GOMP_SPINCOUNT !== undefined || env.OMP_WAIT_POLICY !== undefined) {
    load();
    return;
  }
  env.GOMP_SPINCOUNT = '1000';
  try {
    load();
  } finally {
    delete env.GOMP_SPINCOUNT;
  }
}

/**
 * The libraries of libtorch, each after those that it needs. Each is opened by its path: asked for libtorch.so alone, the
 * dynamic linker would look for the others in LD_LIBRARY_PATH first.
 */
const PARTS = ['libc10.so', 'libtorch_cpu.so', 'libc10_cuda.so', 'libtorch_cuda.so', 'libtorch.so'];

/** Libraries of another libtorch that are in this process. */
function foreignParts(folder: string): string[] {
  const own = realpathSync(folder);
  const mapped = readFileSync('/proc/self/maps', 'utf8').match(/\/.*$/gm) ?? [];
  return [...new Set(mapped)].filter((file) => PARTS.includes(basename(file)) && dirname(file) !== own);
}

function openLibtorch(loader: Loader, libtorch: Libtorch): void {
  const folder = join(libtorch.root, 'lib');
  let failure: unknown;
  try {
    withBriefSpins(() => {
      for (const part of PARTS.map((name) => join(folder, name))) {
        if (existsSync(part)) loader.open(part);
      }
    });
  } catch (error) {
    failure = error;
  }
  const foreign = foreignParts(folder);
  if (foreign.length > 0) {
    const what = `libtorch ${libtorch.version} in ${libtorch.root} cannot run in this process`;
    throw loadFailure(what, new Error(`another one was loaded before it: ${foreign.join(', ')}`), [
      'unset LD_PRELOAD                if it names that one',
      'load dinomaly in a process of its own, apart from the package that brings the other libtorch',
    ]);
  }
  if (failure !== undefined) {
    throw loadFailure(`libtorch ${libtorch.version} in ${libtorch.root} cannot be opened`, failure, [
      `npx dinomaly libtorch${libtorch.cuda ? ' --cuda' : '       '}    fetches a whole one into the cache`,
      'export DINOMALY_LIBTORCH=DIR    names another',
    ]);
  }
}

function openAddon(path: string, loader: Loader): NativeBinding {
  const opened: { exports: unknown } = { exports: {} };
  try {
    // Everything is resolved now: a symbol that this libtorch lacks is an error here, not in the middle of a run.
    process.dlopen(opened, path, constants.dlopen.RTLD_NOW);
  } catch (error) {
    throw loadFailure(`The native addon cannot be opened`, error, REBUILD);
  }
  const binding = opened.exports as NativeBinding;
  if (binding.torchVersion !== loader.torchVersion) {
    const mixed = `the addon was built against libtorch ${binding.torchVersion}, its loader against ${loader.torchVersion}`;
    throw loadFailure('The native addon is of two builds', new Error(mixed), REBUILD);
  }
  return binding;
}

/** The library beside the addon that only a libtorch with CUDA can use. */
export function cudaLibrary(loader: string): string | undefined {
  const path = join(dirname(loader), CUDA_LIBRARY);
  return existsSync(path) ? path : undefined;
}

function openCuda({ path, libtorch }: Match, native: NativeBinding): void {
  const library = libtorch.cuda ? cudaLibrary(path) : undefined;
  if (library === undefined) {
    return;
  }
  try {
    native.openCudaLibrary(library);
  } catch (error) {
    // All runs without it, but slower.
    const { message } = loadFailure('Without CUDA graphs, since the CUDA library cannot be opened', error, REBUILD);
    process.emitWarning(message, { type: 'DinomalyWarning', code: 'CUDA_LIBRARY' });
  }
}

/** A loader, and the libtorch to run its addon with. */
interface Match {
  readonly path: string;
  readonly loader: Loader;
  readonly libtorch: Libtorch;
}

/** The first addon that there is a libtorch for: of several, each may have been built for another. */
function match(): Match {
  let first: Omit<Match, 'libtorch'> | undefined;
  for (const path of loaderPaths()) {
    const loader = openLoader(path);
    const libtorch = searchLibtorch({ wanted: runsWith(loader.torchVersion), headers: false });
    if (isLibtorch(libtorch)) {
      return { path, loader, libtorch };
    }
    first ??= { path, loader };
  }
  if (first === undefined) {
    throw loadFailure(`There is no native addon for ${PLATFORM}`, new Error(whyNone()), INSTALL);
  }
  // Looks again, to throw what says where it looked and what mends it.
  return { ...first, libtorch: findLibtorch({ wanted: runsWith(first.loader.torchVersion), headers: false }) };
}

let loaded: NativeBinding | undefined;
let opened: Match | undefined;

/**
 * The native addon, opened at the first call of each thread. Throws `LIBTORCH_MISSING`, `LIBTORCH_VERSION` or `ADDON_LOAD`;
 * a later call tries again.
 */
export function binding(): NativeBinding {
  if (loaded === undefined) {
    const found = match();
    openLibtorch(found.loader, found.libtorch);
    const native = openAddon(join(dirname(found.path), ADDON), found.loader);
    openCuda(found, native);
    loaded = native;
    opened = found;
  }
  return loaded;
}

/** The loader of the addon that this thread opened, or undefined before it did. */
export function bindingPath(): string | undefined {
  return opened?.path;
}

/** The libtorch that this thread runs, or undefined before it opened the addon. */
export function bindingLibtorch(): Libtorch | undefined {
  return opened?.libtorch;
}

/** An object that stops the native jobs it is given to. */
export function createStop(): NativeStop {
  return new (binding().Stop)();
}
