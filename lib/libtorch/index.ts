/** libtorch on this machine: found, or fetched. Shared by the runtime, the set-up scripts and the command line. */
import { DinomalyError } from '../errors.js';
import { type FetchOptions, fetchLibtorch } from './fetch.js';
import { findLibtorch } from './find.js';
import { buildsWith, type Libtorch } from './version.js';

export { type FetchOptions, fetchLibtorch } from './fetch.js';
export { cacheFolder, type FindOptions, findLibtorch } from './find.js';
export {
  buildsWith,
  LIBTORCH_OLDEST,
  LIBTORCH_PIN,
  type Libtorch,
  runsWith,
  type VersionRange,
} from './version.js';

/** A libtorch to build against: the one found, or else the pinned CPU build, fetched. */
export async function ensureLibtorch(options: Omit<FetchOptions, 'cuda' | 'version'> = {}): Promise<Libtorch> {
  try {
    return findLibtorch({ wanted: buildsWith(), headers: true, env: options.env ?? process.env });
  } catch (error) {
    // A folder that the user named is meant: fetching another would hide the mistake.
    if ((options.env ?? process.env).DINOMALY_LIBTORCH || !(error instanceof DinomalyError)) {
      throw error;
    }
    return fetchLibtorch(options);
  }
}

/** `dinomaly libtorch [--cuda]`: fetches into the cache; progress on the error output, the folder on the output. */
export async function libtorchCommand(options: { readonly cuda?: boolean } = {}): Promise<void> {
  const { root } = await fetchLibtorch({ cuda: options.cuda ?? false });
  process.stdout.write(`${root}\n`);
}
