/** Writes files that are whole or not there: beside the target first, onto the disk, then renamed over it. */
import type { BigIntStats } from 'node:fs';
import { type FileHandle, mkdir, open, readlink, rename, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { discardDraft, nameDraft, settleDraft, sweepDrafts } from './drafts.js';
import { DinomalyError } from './errors.js';
import { isError, isUint8Array } from './kinds.js';

/** What is in a file: all of it, or pieces one after the other. */
export type FileContent = string | Uint8Array | Iterable<string | Uint8Array>;

/** A new file, whole and on the disk, that waits beside the place it is to take. */
export interface Draft {
  /** Where it is now. */
  readonly file: string;
  /** Where it belongs; symbolic links have been followed. */
  readonly target: string;
  /** What it is: its place on the disk, size and time stamp. */
  readonly stats: BigIntStats;
}

const MOST_LINKS = 40;

const NO_SPACE = 'free some space there or choose another path';
const NO_RIGHT = 'choose a folder that this user may write to';

const REMEDIES: Readonly<Record<string, string>> = {
  ENOSPC: NO_SPACE,
  EDQUOT: NO_SPACE,
  EFBIG: 'the file size limit of this process (ulimit -f) is too low',
  ENOENT: 'create its folder first',
  EACCES: NO_RIGHT,
  EPERM: NO_RIGHT,
  EROFS: NO_RIGHT,
};

/** The error for a file or folder that cannot be written, with what mends it where that is known. */
export function writeFailure(path: string, cause: unknown): DinomalyError {
  const { code = '', message } = isError(cause) ? cause : { message: String(cause) };
  const remedy = REMEDIES[code];
  return new DinomalyError(
    'FILE_WRITE',
    `Cannot write ${path}: ${message}${remedy === undefined ? '' : `; ${remedy}`}`,
    { cause },
  );
}

/** Makes a folder and those above it. @throws DinomalyError `FILE_WRITE` */
export async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw writeFailure(folder, error);
  });
}

/** Makes a rename outlast a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Follows symbolic links, a dangling one too: the file is then made where it points. */
export async function follow(path: string): Promise<string> {
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

async function draftBy(path: string, write: (file: FileHandle) => Promise<void>): Promise<Draft> {
  let file: string | undefined;
  try {
    const target = await follow(path);
    const mode = await modeOf(target);
    await sweepDrafts(dirname(target));
    file = nameDraft(target);
    return { file, target, stats: await fill(file, mode, write) };
  } catch (error) {
    if (file !== undefined) {
      await discardDraft(file);
    }
    throw error instanceof DinomalyError ? error : writeFailure(path, error);
  }
}

async function writeContent(file: FileHandle, content: FileContent): Promise<void> {
  for (const piece of typeof content === 'string' || isUint8Array(content) ? [content] : content) {
    await file.writeFile(piece);
  }
}

/**
 * Writes the draft of a file; `rename(draft.file, draft.target)` puts it in its place, and `discardDraft(draft.file)` ends it in
 * either case. Nothing is left after a failure.
 *
 * @throws DinomalyError `FILE_WRITE`
 */
export function writeDraft(path: string, content: FileContent): Promise<Draft> {
  return draftBy(path, (file) => writeContent(file, content));
}

/**
 * Writes `path` by `write`. A previous file stays until the new one is whole; after a failure nothing is left beside it.
 *
 * @returns what the new file is: its place on the disk, size and time stamp
 * @throws DinomalyError `FILE_WRITE`; a `DinomalyError` of `write` and the signal's reason as they are
 */
export async function writeWholeBy(
  path: string,
  write: (file: FileHandle) => Promise<void>,
  signal?: AbortSignal,
): Promise<BigIntStats> {
  let draft: Draft | undefined;
  try {
    draft = await draftBy(path, write);
    signal?.throwIfAborted();
    await rename(draft.file, draft.target);
    settleDraft(draft.file);
    // In place. A file system that cannot sync a folder is no reason to call the write failed.
    await syncFolder(dirname(draft.target)).catch(() => undefined);
    return draft.stats;
  } catch (error) {
    if (draft !== undefined) {
      await discardDraft(draft.file);
    }
    signal?.throwIfAborted();
    throw error instanceof DinomalyError ? error : writeFailure(path, error);
  }
}

/**
 * Writes a file that is whole or not there; a previous one stays until the new one is.
 *
 * @throws DinomalyError `FILE_WRITE`
 */
export async function writeWhole(path: string, content: FileContent): Promise<void> {
  await writeWholeBy(path, (file) => writeContent(file, content));
}
