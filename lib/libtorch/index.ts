/** libtorch on this machine: found, or fetched. Shared by the runtime, the set-up scripts and the command line. */
import { DinomalyError } from '../errors.js';
import { type FetchOptions, fetchLibtorch } from './fetch.js';
import { describeSearch, type FindOptions, isLibtorch, notFound, searchLibtorch } from './find.js';
import { buildsWith, LIBTORCH_PIN, type Libtorch } from './version.js';

export { type FetchOptions, fetchLibtorch } from './fetch.js';
export { cacheFolder, type FindOptions, findLibtorch, isLibtorch, searchLibtorch } from './find.js';
export { moveIntoPlace, withPartialFolder } from './partial.js';
export {
  buildsWith,
  LIBTORCH_OLDEST,
  LIBTORCH_PIN,
  type Libtorch,
  runsWith,
  type VersionRange,
} from './version.js';

/** What to look for before fetching, and how to fetch. */
export interface EnsureOptions extends Omit<FetchOptions, 'cuda' | 'version'>, Partial<FindOptions> {}

/** The libtorch found, by default one to build against, or else the pinned CPU build, fetched. */
export async function ensureLibtorch(options: EnsureOptions = {}): Promise<Libtorch> {
  const { env = process.env, wanted = buildsWith(), headers = true, ...rest } = options;
  const found = searchLibtorch({ wanted, headers, env });
  if (isLibtorch(found)) {
    return found;
  }
  // A folder that the user named is meant: fetching another would hide the mistake.
  if (env.DINOMALY_LIBTORCH || !wanted.includes(LIBTORCH_PIN)) {
    throw notFound(found, { wanted, headers, env });
  }
  try {
    return await fetchLibtorch({ ...rest, env });
  } catch (error) {
    if (!(error instanceof DinomalyError)) {
      throw error;
    }
    const searched = describeSearch(found, { wanted, headers, env });
    throw new DinomalyError(error.code, `${searched}\n${error.message}`, { cause: error });
  }
}
