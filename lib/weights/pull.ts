/**
 * Pulls the published weights of an encoder into the cache. What has the final name is whole and checked: bytes are gathered
 * beside it, put on the disk, and renamed.
 */
import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkBoolean, checkFunction, checkOptions, checkPath, checkSignal, orDefault } from '../check.js';
import { DinomalyError } from '../errors.js';
import { syncFolder } from '../files.js';
import { hashFile } from '../read.js';
import { cachedWeights, cacheWriteFailure, recordedHash, recordHash, weightsFile, weightsFolder } from './cache.js';
import { Download, type Surroundings, type Wanted } from './download.js';
import { Client, Trouble } from './http.js';
import { downloadFailure, noLink, wrongHash } from './messages.js';
import { claimPart, type Part, releasePart, removePart } from './part.js';
import { expectedHash, type WeightsSource, weightsSource } from './source.js';

/** How far a pull is. */
export interface PullProgress {
  /** `'waiting'` while another process downloads the same file. */
  readonly phase: 'waiting' | 'downloading';
  /** Bytes that are there, those of an earlier pull included. */
  readonly received: number;
  /** Bytes of the file; null until the server has told. */
  readonly total: number | null;
}

/** Options of {@link pullWeights}. */
export interface PullOptions {
  /** The promise rejects with the signal's reason; what came is kept, and the next pull goes on from there. */
  readonly signal?: AbortSignal | undefined;
  /** Called often; an error that it throws ends the pull. */
  readonly onProgress?: ((progress: PullProgress) => void) | undefined;
  /** Takes lines about repetitions and waiting. Default: none are told. */
  readonly log?: ((line: string) => void) | undefined;
  /** Folder for the file. Default: `dinomaly/weights` in `XDG_CACHE_HOME`, or in `~/.cache`. */
  readonly cacheFolder?: string | URL | undefined;
  /** Reads a file that is there already and compares its checksum. Default: `false`. */
  readonly verify?: boolean | undefined;
}

/** Checked options, and what only tests choose. */
export interface Pull {
  readonly signal: AbortSignal | undefined;
  readonly onProgress: (progress: PullProgress) => void;
  readonly log: (line: string) => void;
  readonly folder: string;
  readonly verify: boolean;
  readonly env: NodeJS.ProcessEnv;
  readonly allowHttp: boolean;
  readonly retryMs: number;
}

const POLL_MS = 500;
const RETRY_MS = 1000;

/** The options of {@link pullWeights}, checked. */
export function checkPullOptions(options: unknown): Pull {
  const given = checkOptions(options, 'options', ['signal', 'onProgress', 'log', 'cacheFolder', 'verify']);
  const nothing = (): void => undefined;
  const { cacheFolder } = given;
  return {
    signal: checkSignal(given.signal, 'options.signal'),
    onProgress: checkFunction<Pull['onProgress']>(given.onProgress, 'options.onProgress') ?? nothing,
    log: checkFunction<Pull['log']>(given.log, 'options.log') ?? nothing,
    folder: cacheFolder === undefined ? weightsFolder() : checkPath(cacheFolder, 'options.cacheFolder'),
    verify: checkBoolean(orDefault(given.verify, false), 'options.verify'),
    env: process.env,
    allowHttp: false,
    retryMs: RETRY_MS,
  };
}

/**
 * Downloads the published weights of an encoder into the cache, or answers at once when they are there. A download that was
 * cut goes on where it ended. The environment's `HTTPS_PROXY` and `NO_PROXY` hold.
 *
 * ```ts
 * const encoder = 'dinov2reg_vit_base_14';
 * const trainer = await Trainer.create({ encoder, weights: await pullWeights(encoder) });
 * ```
 *
 * @param name - one of `encoderNames`
 * @returns the path of the file
 * @throws TypeError, RangeError naming the argument at fault
 * @throws DinomalyError `WEIGHTS_DOWNLOAD`, also where the publisher has no plain link; `WEIGHTS_CHECKSUM`, `FILE_WRITE`
 */
export async function pullWeights(name: string, options?: PullOptions): Promise<string> {
  const known = weightsSource(name);
  return pullFrom(known.name, known.source, checkPullOptions(options));
}

/** {@link pullWeights} from a given source. */
export async function pullFrom(name: string, source: WeightsSource, pull: Pull): Promise<string> {
  pull.signal?.throwIfAborted();
  const present = cachedWeights(name, pull.folder);
  if (present !== undefined) {
    await (pull.verify ? verify(present, source, pull) : undefined);
    return present;
  }
  const file = weightsFile(name, source, pull.folder);
  if (source.url === null) {
    throw noLink(name, source, file);
  }
  const wanted = { url: source.url, bytes: source.bytes ?? null, sha256: expectedHash(source) };
  return bringFile(file, wanted, pull, (end) => downloadFailure(name, wanted.url, file, end));
}

/** How a download ended that failed for good, and the bytes of it that are kept. */
export interface FailedEnd {
  readonly trouble: Trouble;
  readonly kept: number;
}

/**
 * Downloads a file, or waits while another process does.
 *
 * @param failure - the error to throw when it does not come
 * @returns the path, `file`
 */
export async function bringFile(
  file: string,
  wanted: Wanted,
  pull: Pull,
  failure: (end: FailedEnd) => Error,
): Promise<string> {
  for (;;) {
    const part = await claimPart(file);
    if (!('busy' in part)) {
      return await fill(file, part, () => bring(file, part, wanted, pull, failure));
    }
    pull.onProgress({ phase: 'waiting', received: part.received, total: wanted.bytes });
    await sleep(POLL_MS, undefined, pull.signal === undefined ? {} : { signal: pull.signal }).catch(() => {
      pull.signal?.throwIfAborted();
    });
  }
}

/** Runs `work` on a part that is ours. The file may have come while it was being claimed. */
async function fill(file: string, part: Part, work: () => Promise<void>): Promise<string> {
  if (!existsSync(file)) {
    await work();
  }
  await removePart(part);
  return file;
}

/** Compares a file that is there with what was published, or with what it was when it came. */
async function verify(file: string, source: WeightsSource, pull: Pull): Promise<void> {
  const actual = await hashFile(file, { signal: pull.signal });
  const expected = source.sha256?.toLowerCase() ?? recordedHash(file) ?? expectedHash(source);
  if (expected === null) {
    pull.log(`nothing to compare ${file} with: its sha256 ${actual} is noted for the next time`);
    await recordHash(file, actual);
    return;
  }
  if (!actual.startsWith(expected)) {
    const aside = `${file}.bad`;
    await rename(file, aside).catch((error: unknown) => {
      throw cacheWriteFailure(aside, error);
    });
    throw wrongHash(file, { expected, actual }, `It was set aside as ${aside}; pull again.`);
  }
  pull.log(`${file} has the sha256 ${actual}, as it should`);
}

/** Downloads into a part, and gives it the final name. A part that cannot serve is removed, any other is left for later. */
async function bring(
  file: string,
  part: Part,
  wanted: Wanted,
  pull: Pull,
  failure: (end: FailedEnd) => Error,
): Promise<void> {
  let kept = 0;
  try {
    const hash = await download(part, wanted, pull);
    await recordHash(file, hash);
    await rename(part.data, file).catch((error: unknown) => {
      throw cacheWriteFailure(file, error);
    });
    await syncFolder(dirname(file));
  } catch (error) {
    if (error instanceof DinomalyError && error.code === 'WEIGHTS_CHECKSUM') {
      await removePart(part);
    } else {
      kept = await releasePart(file, part);
    }
    pull.signal?.throwIfAborted();
    throw error instanceof Trouble ? failure({ trouble: error, kept }) : error;
  }
}

async function download(part: Part, wanted: Wanted, pull: Pull): Promise<string> {
  const client = await Client.open(pull);
  const { signal, log, retryMs } = pull;
  const onBytes = (received: number, total: number | null): void =>
    pull.onProgress({ phase: 'downloading', received, total: total ?? wanted.bytes });
  const around: Surroundings = { client, signal, onBytes, log, retryMs };
  try {
    const download = await Download.open(part, wanted, around);
    try {
      return await checked(download, wanted, around);
    } finally {
      await download.close();
    }
  } finally {
    await client.close();
  }
}

/** The SHA-256 of a whole download, the published one where that is known. */
async function checked(download: Download, wanted: Wanted, { log }: Surroundings): Promise<string> {
  const expected = wanted.sha256;
  const resumed = download.received > 0;
  let actual = await download.run();
  if (expected !== null && !actual.startsWith(expected) && resumed) {
    // The beginning may have been damaged, or be that of another version.
    log('the checksum is wrong: downloading the whole file anew');
    await download.restart();
    actual = await download.run();
  }
  if (expected !== null && !actual.startsWith(expected)) {
    throw wrongHash(
      wanted.url,
      { expected, actual },
      'What came was removed: the file was replaced, or changed on the way. weights: FILE, or --weights FILE, takes any.',
    );
  }
  return actual;
}
