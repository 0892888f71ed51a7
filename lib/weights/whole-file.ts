/** Writes files that are whole or not there: beside the target first, onto the disk, then renamed over it. */
import { randomBytes } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { type FileHandle, open, readlink, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { DinomalyError } from '../errors.js';
import { syncFolder } from './cache.js';

const MOST_LINKS = 40;

const REMEDIES: Readonly<Record<string, string>> = {
  ENOSPC: 'free some space there or choose another path',
  EDQUOT: 'free some space there or choose another path',
  EFBIG: 'the file size limit of this process (ulimit -f) is too low',
  ENOENT: 'create its folder first',
  EACCES: 'choose a folder that this user may write to',
  EPERM: 'choose a folder that this user may write to',
  EROFS: 'choose a folder that this user may write to',
};

function refuse(path: string, cause: unknown): DinomalyError {
  const { code = '', message } = cause instanceof Error ? (cause as NodeJS.ErrnoException) : { message: String(cause) };
  const remedy = REMEDIES[code];
  return new DinomalyError(
    'FILE_WRITE',
    `Cannot write ${path}: ${message}${remedy === undefined ? '' : `; ${remedy}`}`,
    {
      cause,
    },
  );
}

/** Follows symbolic links, a dangling one too: the file is then made where it points. */
async function follow(path: string): Promise<string> {
  let target = resolve(path);
  for (let links = 0; links <= MOST_LINKS; links++) {
    const next = await readlink(target).catch(() => undefined);
    if (next === undefined) {
      return target;
    }
    target = resolve(dirname(target), next);
  }
  throw new Error('too many symbolic links');
}

/** The permissions of the file that is replaced; undefined when there is none. */
async function modeOf(target: string): Promise<number | undefined> {
  const found = await stat(target).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') {
      return undefined;
    }
    throw error;
  });
  if (found !== undefined && !found.isFile()) {
    throw new Error(found.isDirectory() ? 'it is a folder, expected a file name' : 'it is not a regular file');
  }
  return found?.mode;
}

async function fill(
  draft: string,
  mode: number | undefined,
  write: (file: FileHandle) => Promise<void>,
): Promise<BigIntStats> {
  const file = await open(draft, 'wx', 0o666);
  try {
    if (mode !== undefined) {
      // Not decisive: a file system without permissions refuses it.
      await file.chmod(mode & 0o7777).catch(() => undefined);
    }
    await write(file);
    await file.sync();
    return await file.stat({ bigint: true });
  } finally {
    await file.close();
  }
}

/**
 * Writes `path` by `write`. A previous file stays until the new one is whole; after a failure nothing is left beside it.
 *
 * @returns what the new file is: its place on the disk, size and time stamp
 * @throws DinomalyError `FILE_WRITE`; a `DinomalyError` of `write` and the signal's reason as they are
 */
export async function writeWholeFile(
  path: string,
  write: (file: FileHandle) => Promise<void>,
  signal?: AbortSignal,
): Promise<BigIntStats> {
  let draft: string | undefined;
  try {
    const target = await follow(path);
    const mode = await modeOf(target);
    // The name does not contain the target's, which may already be as long as the file system allows.
    draft = join(dirname(target), `.dinomaly-${process.pid}-${randomBytes(6).toString('hex')}.tmp`);
    const written = await fill(draft, mode, write);
    signal?.throwIfAborted();
    await rename(draft, target);
    // In place. A file system that cannot sync a folder is no reason to call the write failed.
    await syncFolder(dirname(target)).catch(() => undefined);
    return written;
  } catch (error) {
    if (draft !== undefined) {
      await rm(draft, { force: true }).catch(() => undefined);
    }
    signal?.throwIfAborted();
    throw error instanceof DinomalyError ? error : refuse(path, error);
  }
}
