/**
 * Fetches libtorch without Python: the published wheels whose SHA-256 this package knows. What came before an interruption is
 * kept in the cache, and the next fetch goes on from there.
 */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DinomalyError } from '../errors.js';
import { hashFile } from '../read.js';
import { bringFile, type Pull } from '../weights/pull.js';
import { cacheFolder } from './find.js';
import { lockedWheels, type Wheel } from './locked.js';
import { unzipWheel } from './unzip.js';
import { LIBTORCH_PIN } from './version.js';
import { NotFetched, type Work } from './work.js';

/** What to fetch; the rest is for tests. */
export interface WheelsOptions {
  readonly cuda: boolean;
  readonly version: string;
  /** A folder that holds the wheels. */
  readonly from?: string | undefined;
  readonly wheels?: readonly Wheel[];
  readonly allowHttp?: boolean;
  readonly retryMs?: number;
}

const MIB = 1024 * 1024;
const TELL_MS = 5000;

/** The wheels of a build. @throws NotFetched where none are known */
export function wheelsOf({ cuda, version, wheels }: WheelsOptions): readonly Wheel[] {
  const known = wheels ?? (version === LIBTORCH_PIN ? lockedWheels(cuda) : undefined);
  if (known === undefined) {
    const build = `libtorch ${version}${cuda ? ' with CUDA' : ''} on ${process.platform}-${process.arch}`;
    throw new NotFetched([`  wheels: none are known for ${build}`]);
  }
  return known;
}

/** `4 wheels, 312 MiB`, with the hosts that they come from. */
export function describeWheels(wheels: readonly Wheel[]): string {
  const bytes = wheels.reduce((sum, wheel) => sum + (wheel.bytes ?? 0), 0);
  const hosts = [...new Set(wheels.map(({ url }) => new URL(url).host))].join(' and ');
  const size = wheels.some((wheel) => wheel.bytes === null)
    ? 'of a size that the server tells'
    : `${Math.round(bytes / MIB)} MiB`;
  return `${wheels.length} ${wheels.length === 1 ? 'wheel' : 'wheels'}, ${size}, from ${hosts}`;
}

async function checkHash(file: string, wheel: Wheel): Promise<void> {
  const actual = await hashFile(file);
  if (actual !== wheel.sha256) {
    const message = `${file} has the sha256 ${actual}, expected ${wheel.sha256}. It is not what was published: nothing of it`;
    throw new DinomalyError('LIBTORCH_CHECKSUM', `${message} is used. Get ${wheel.url} again.`);
  }
}

function inFolder(folder: string, wheels: readonly Wheel[]): string[] {
  const missing = wheels.filter(({ name }) => !existsSync(join(folder, name)));
  if (missing.length > 0) {
    const lines = missing.map(({ url }) => `    ${url}`);
    throw new NotFetched([`  ${folder} lacks ${missing.length} of ${wheels.length} wheels:`, ...lines]);
  }
  return wheels.map(({ name }) => join(folder, name));
}

function pullOf(work: Work, wheel: Wheel, { allowHttp = false, retryMs = 1000 }: WheelsOptions): Pull {
  let told = performance.now();
  const onProgress: Pull['onProgress'] = ({ received, total }) => {
    if (performance.now() - told >= TELL_MS) {
      told = performance.now();
      work.log(
        `  ${wheel.name}: ${Math.round(received / MIB)} of ${total === null ? '?' : Math.round(total / MIB)} MiB`,
      );
    }
  };
  return { signal: undefined, onProgress, log: work.log, folder: '', verify: false, env: work.env, allowHttp, retryMs };
}

/** Downloads one wheel, unless it came before. */
async function download(work: Work, wheel: Wheel, folder: string, options: WheelsOptions): Promise<string> {
  const wanted = { url: wheel.url, bytes: wheel.bytes, sha256: wheel.sha256 };
  try {
    return await bringFile(join(folder, wheel.name), wanted, pullOf(work, wheel, options), ({ trouble, kept }) => {
      const rest = kept === 0 ? '' : `; ${Math.round(kept / MIB)} MiB are kept, and the next fetch goes on from there`;
      return new NotFetched([`  ${wheel.url}: ${trouble.message}${rest}`]);
    });
  } catch (error) {
    if (error instanceof DinomalyError && error.code === 'WEIGHTS_CHECKSUM') {
      const message = `${wheel.url} is not the wheel that was published, or was changed on the way: ${error.message}`;
      throw new DinomalyError('LIBTORCH_CHECKSUM', message, { cause: error });
    }
    throw error;
  }
}

/**
 * Fetches the wheels and unpacks what is needed of them under the work's folder.
 *
 * @returns the folder that holds `torch` and, with CUDA, `nvidia`
 * @throws NotFetched when they do not come
 * @throws DinomalyError `LIBTORCH_CHECKSUM`, `FILE_WRITE`
 */
export async function fetchWheels(work: Work, options: WheelsOptions): Promise<string> {
  const wheels = wheelsOf(options);
  const target = join(work.folder, 'whole');
  const downloads = join(cacheFolder(work.env), 'wheels');
  const given = options.from === undefined ? undefined : inFolder(resolve(options.from), wheels);
  if (given === undefined) {
    work.log(`fetching ${describeWheels(wheels)}`);
  }
  for (const [index, wheel] of wheels.entries()) {
    const file = given?.[index] ?? (await download(work, wheel, downloads, options));
    await checkHash(file, wheel);
    work.log(`unpacking ${wheel.name}`);
    await unzipWheel(file, target).catch((error: unknown) => {
      throw new NotFetched([`  unpacking ${file}: ${String(error)}`]);
    });
  }
  if (given === undefined) {
    await rm(downloads, { recursive: true, force: true });
  }
  return target;
}
