/**
 * Files in: the one way to read a file that somebody else named. It is opened without waiting, must be a regular file and is
 * read in pieces, of which there is a bound. A pipe would keep the thread that opens it for good, and a device such as
 * /dev/zero has no end.
 */
import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { DinomalyError } from './errors.js';
import { isError, reasonOf } from './kinds.js';

/** How to read a file. */
export interface ReadOptions {
  /** What the file is, for messages. Default: no word. */
  readonly what?: string | undefined;
  /** Most bytes. Default: {@link MOST_TEXT_BYTES} for what is read whole, none for what is read piece by piece. */
  readonly limit?: number | undefined;
  /** What to do about a file of more bytes, for messages. */
  readonly remedy?: string | undefined;
  /** Ends the reading between two pieces; it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** A file that is open, and its bytes when it was opened. */
export interface OpenFile {
  readonly file: FileHandle;
  readonly size: number;
}

/** Most bytes of a text that is read whole: less than the longest string. */
export const MOST_TEXT_BYTES = 2 ** 28;

// O_NOCTTY: a terminal that is named by mistake must not become that of this process.
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
const PIECE = 2 ** 19;
/** As much as a file in /proc mostly holds, whose size is 0. */
const SMALL = 2 ** 12;

function kindOf(stats: Stats): string {
  const kinds = [
    [stats.isDirectory(), 'a folder'],
    [stats.isFIFO(), 'a pipe'],
    [stats.isSocket(), 'a socket'],
    [stats.isCharacterDevice() || stats.isBlockDevice(), 'a device'],
  ] as const;
  return kinds.find(([is]) => is)?.[1] ?? 'not a regular file';
}

function failure(path: string, reason: string, { what }: ReadOptions, cause?: unknown): DinomalyError {
  const name = what === undefined ? path : `${what} ${path}`;
  return new DinomalyError('FILE_READ', `Cannot read ${name}: ${reason}`, { cause });
}

function fromSystem(path: string, error: unknown, options: ReadOptions): DinomalyError {
  // Linux says so of a socket.
  const socket = isError(error) && error.code === 'ENXIO';
  return failure(path, socket ? 'it is a socket; give a file' : reasonOf(error), options, error);
}

function checkStats(stats: Stats, path: string, options: ReadOptions): void {
  if (!stats.isFile()) {
    throw failure(path, `it is ${kindOf(stats)}; give a regular file`, options);
  }
  checkLength(stats.size, path, options);
}

function checkLength(bytes: number, path: string, options: ReadOptions): void {
  const { limit = Number.POSITIVE_INFINITY, remedy } = options;
  if (bytes > limit) {
    const reason = `it has more than the ${limit} bytes that are read`;
    throw failure(path, remedy === undefined ? reason : `${reason}; ${remedy}`, options);
  }
}

/**
 * Opens a regular file for reading; the caller closes it.
 *
 * @throws DinomalyError `FILE_READ` naming the file: it is not a regular file, cannot be opened, or has more bytes than `limit`
 */
export async function openFile(path: string, options: ReadOptions = {}): Promise<OpenFile> {
  options.signal?.throwIfAborted();
  const file = await open(path, FLAGS).catch((error: unknown) => {
    throw fromSystem(path, error, options);
  });
  try {
    const stats = await file.stat();
    checkStats(stats, path, options);
    return { file, size: stats.size };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Reads into `buffer` from `at`, at most a piece. */
async function readPiece(
  file: FileHandle,
  path: string,
  buffer: Buffer,
  at: number,
  position: number,
  options: ReadOptions,
): Promise<number> {
  options.signal?.throwIfAborted();
  try {
    const { bytesRead } = await file.read(buffer, at, Math.min(PIECE, buffer.length - at), position);
    return bytesRead;
  } catch (error) {
    throw fromSystem(path, error, options);
  }
}

/** All of an open file; it may hold more than its size says, or less. */
async function readAll(file: FileHandle, size: number, path: string, options: ReadOptions): Promise<Buffer> {
  // A byte more than it should have: that it stays empty tells the end without another look.
  let buffer = Buffer.allocUnsafeSlow(Math.max(size, SMALL) + 1);
  for (let length = 0; ; ) {
    if (length === buffer.length) {
      buffer = Buffer.concat([buffer], 2 * length);
    }
    const got = await readPiece(file, path, buffer, length, length, options);
    if (got === 0) {
      return buffer.subarray(0, length);
    }
    length += got;
    checkLength(length, path, options);
  }
}

/**
 * All bytes of a file, in memory that nobody else has.
 *
 * @throws DinomalyError `FILE_READ` naming the file; the signal's reason
 */
export async function readBytes(path: string, options: ReadOptions = {}): Promise<Buffer> {
  const bounded = { ...options, limit: options.limit ?? MOST_TEXT_BYTES };
  const { file, size } = await openFile(path, bounded);
  try {
    return await readAll(file, size, path, bounded);
  } finally {
    await file.close();
  }
}

/**
 * A file of UTF-8 text.
 *
 * @throws as {@link readBytes}
 */
export async function readText(path: string, options?: ReadOptions): Promise<string> {
  return (await readBytes(path, options)).toString('utf8');
}

/**
 * The first bytes of a file, at most `count`.
 *
 * @throws as {@link readBytes}
 */
export async function readHead(path: string, count: number, options: ReadOptions = {}): Promise<Buffer> {
  const { file } = await openFile(path, options);
  try {
    const buffer = Buffer.allocUnsafeSlow(count);
    let length = 0;
    for (let got = 1; got > 0 && length < count; length += got) {
      got = await readPiece(file, path, buffer, length, length, options);
    }
    return buffer.subarray(0, length);
  } finally {
    await file.close();
  }
}

/** The bytes of an open file from `start` on, piece by piece, each in memory of its own. */
export async function* piecesOf(
  file: FileHandle,
  path: string,
  start = 0,
  options: ReadOptions = {},
): AsyncGenerator<Buffer, void, void> {
  for (let at = start; ; ) {
    const buffer = Buffer.allocUnsafeSlow(PIECE);
    const got = await readPiece(file, path, buffer, 0, at, options);
    if (got === 0) {
      return;
    }
    at += got;
    checkLength(at, path, options);
    yield buffer.subarray(0, got);
  }
}

/**
 * The bytes of a file, piece by piece; the file is closed when the consumer leaves.
 *
 * @throws as {@link readBytes}
 */
export async function* readPieces(path: string, options: ReadOptions = {}): AsyncGenerator<Buffer, void, void> {
  const { file } = await openFile(path, options);
  try {
    yield* piecesOf(file, path, 0, options);
  } finally {
    await file.close();
  }
}

/**
 * SHA-256 of a file's bytes, lower-case hex.
 *
 * @throws as {@link readBytes}
 */
export async function hashFile(path: string, options?: ReadOptions): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of readPieces(path, options)) {
    hash.update(piece);
  }
  return hash.digest('hex');
}

/**
 * A small file of Latin-1 text, at once: no more than its first 4,096 bytes.
 *
 * @throws as {@link readBytes}
 */
export function readTextSync(path: string): string {
  let file: number;
  try {
    file = openSync(path, FLAGS);
  } catch (error) {
    throw fromSystem(path, error, {});
  }
  try {
    checkStats(fstatSync(file), path, {});
    const buffer = Buffer.alloc(SMALL);
    return buffer.toString('latin1', 0, readSync(file, buffer));
  } finally {
    closeSync(file);
  }
}
