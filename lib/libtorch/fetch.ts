/**
 * Fetches a libtorch into the user's cache: the published wheels by this package itself, or by pip. The wheel of PyTorch is
 * the one public archive that carries libraries and headers of each version.
 *
 * Everything happens in a temporary folder beside the target, which one rename puts in place: what has the target's
 * name is whole.
 */
import { join } from 'node:path';
import { DinomalyError } from '../errors.js';
import { cacheFolder } from './find.js';
import { moveIntoPlace, withPartialFolder } from './partial.js';
import { fetchByPip, pipHasIndex } from './pip.js';
import { endPythons } from './python.js';
import { describe, LIBTORCH_PIN, type Libtorch, missingPart, readVersion } from './version.js';
import { NotFetched, type Work } from './work.js';

/** How to fetch. */
export interface FetchOptions {
  /** The CUDA build and the NVIDIA libraries it names, in place of the CPU build. */
  readonly cuda?: boolean;
  /** Another version than the pinned one, for trying it. Only pip knows it. */
  readonly version?: string;
  /** Only `'wheels'`, those that this package is locked to, or only `'pip'`. Default: both, pip first where it has an index of its own. */
  readonly by?: 'wheels' | 'pip';
  /** A folder that holds the wheels: then nothing is downloaded. */
  readonly from?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Takes progress lines; they go to the error output otherwise. */
  readonly log?: (line: string) => void;
}

type Way = (work: Work) => Promise<string>;

function downloadFailure(reasons: readonly string[]): DinomalyError {
  const lines = [
    'libtorch could not be fetched:',
    ...reasons,
    'Each of these may mend it:',
    '  export HTTPS_PROXY=http://HOST:PORT         where only a proxy leads out',
    '  npx dinomaly libtorch --dry-run             names the files, for --from DIR with those that came by other means',
    '  pip config set global.index-url URL         a mirror that has torch; global.proxy likewise',
    `  python3 -m pip install torch==${LIBTORCH_PIN}       it is found there`,
    '  export DINOMALY_LIBTORCH=DIR                a libtorch that was unpacked by other means',
  ];
  return new DinomalyError('LIBTORCH_DOWNLOAD', lines.join('\n'));
}

async function waysOf(options: FetchOptions, cuda: boolean, version: string, env: NodeJS.ProcessEnv): Promise<Way[]> {
  const pip: Way = (work) => fetchByPip(work, version, cuda);
  // Loaded here: running what is installed needs none of it.
  const wheels: Way = async (work) =>
    (await import('./wheels.js')).fetchWheels(work, { cuda, version, from: options.from });
  if (options.from !== undefined || options.by === 'wheels') {
    return [wheels];
  }
  if (options.by === 'pip') {
    return [pip];
  }
  return (await pipHasIndex(env)) ? [pip, wheels] : [wheels, pip];
}

async function assemble(ways: readonly Way[], work: Work, version: string): Promise<string> {
  const reasons: string[] = [];
  for (const way of ways) {
    try {
      const target = await way(work);
      const root = join(target, 'torch');
      const missing = missingPart(root, true);
      if (missing === undefined && readVersion(root) === version) {
        return target;
      }
      reasons.push(`  what came has ${missing === undefined ? `version ${readVersion(root)}` : `no ${missing}`}`);
    } catch (error) {
      if (!(error instanceof NotFetched)) {
        throw error;
      }
      reasons.push(...error.reasons);
    }
  }
  throw downloadFailure(reasons);
}

/**
 * Fetches libtorch into the cache, or answers at once when it is there.
 *
 * @throws DinomalyError `LIBTORCH_DOWNLOAD`; `LIBTORCH_CHECKSUM` for a wheel that is not the published one
 */
export async function fetchLibtorch(options: FetchOptions = {}): Promise<Libtorch> {
  const { cuda = false, version = LIBTORCH_PIN, env = process.env } = options;
  const log = options.log ?? ((line: string) => void process.stderr.write(`libtorch: ${line}\n`));
  const cache = cacheFolder(env);
  const target = join(cache, `${version}-${cuda ? 'cuda' : 'cpu'}`);
  const root = join(target, 'torch');
  if (missingPart(root, true) === undefined) {
    return describe(root, version);
  }
  const ways = await waysOf(options, cuda, version, env);
  return withPartialFolder(cache, endPythons, async (folder) => {
    const isWhole = (found: string): boolean => missingPart(join(found, 'torch'), true) === undefined;
    moveIntoPlace(await assemble(ways, { folder, env, log }, version), target, isWhole);
    log(`libtorch ${version} is in ${root}`);
    return describe(root, version);
  });
}
