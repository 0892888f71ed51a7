/**
 * The unfinished download of one file, and who works at it.
 *
 * It is a folder, `<file>.part` when nobody works at it, with the bytes and a note of what they are the beginning of. A
 * process takes it by renaming it to a name that tells the owner: of two processes one succeeds, and no lock is left behind
 * to go stale. What a killed process left has the name of an owner that is no more, and is taken the same way.
 */
import { readlinkSync, statSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { isRecord } from '../check.js';
import { readText, readTextSync } from '../read.js';
import { cacheWriteFailure, isFile } from './cache.js';

/** What the bytes of a part are the beginning of. */
export interface Origin {
  readonly url: string;
  /** A strong ETag. */
  readonly etag: string | null;
  readonly lastModified: string | null;
  readonly total: number | null;
  /** The boot in which the bytes were written: those of another one may not have reached the disk. */
  readonly boot: string;
}

/** A part that is ours until it is released or removed. */
export interface Part {
  readonly folder: string;
  /** The bytes. */
  readonly data: string;
  /** True when its last owner ended without releasing it. */
  readonly orphan: boolean;
}

/** A part that another process, or another call of this one, works at. */
export interface Busy {
  readonly busy: true;
  readonly received: number;
}

/** Owners on other machines are only known by the age of their files. */
const FOREIGN_ALIVE_MS = 2 * 60 * 1000;

let sequence = 0;

function readOr(path: string, fallback: string): string {
  try {
    return readTextSync(path);
  } catch {
    return fallback;
  }
}

/** When a process started: a number that is used again after it ended is told apart by it. Empty when there is none. */
function startOf(pid: number): string {
  // The name in parentheses may hold anything; the 20th field after it is the start.
  const stat = readOr(`/proc/${pid}/stat`, '');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

/** This machine, or rather its set of process numbers: containers may share a cache folder and a host name. */
function machine(): string {
  let namespace = '';
  try {
    namespace = readlinkSync('/proc/self/ns/pid').replace(/\D/g, '');
  } catch {
    // No procfs: the host name has to do.
  }
  return `${hostname().replaceAll('/', '_')}.${namespace}`;
}

/** The present boot. */
export function bootId(): string {
  return readOr('/proc/sys/kernel/random/boot_id', 'unknown').trim();
}

type Standing = 'idle' | 'alive' | 'orphan' | 'foreign';

function standing(folder: string, suffix: string): Standing {
  if (suffix === '') {
    return 'idle';
  }
  const [, pid, start, , where] = /^-(\d+)-(\d*)-(\d+)@(.*)$/.exec(suffix) ?? [];
  if (where !== machine()) {
    const touched = statSync(join(folder, 'data'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
    return Date.now() - touched < FOREIGN_ALIVE_MS ? 'alive' : 'foreign';
  }
  return startOf(Number(pid)) === start ? 'alive' : 'orphan';
}

async function others(file: string): Promise<{ folder: string; standing: Standing }[]> {
  const prefix = `${basename(file)}.part`;
  const names = (await readdir(dirname(file))).filter((name) => name === prefix || name.startsWith(`${prefix}-`));
  return names.sort().map((name) => {
    const folder = join(dirname(file), name);
    return { folder, standing: standing(folder, name.slice(prefix.length)) };
  });
}

function describe(folder: string, orphan: boolean): Part {
  return { folder, data: join(folder, 'data'), orphan };
}

async function take(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return false; // Another process was quicker.
    }
    throw error;
  }
}

/** Bytes of a part. */
export function sizeOf(part: { readonly folder: string }): number {
  return statSync(join(part.folder, 'data'), { throwIfNoEntry: false })?.size ?? 0;
}

/** One look: the part, who has it, or undefined when someone was quicker and it is worth another look. */
async function tryClaim(file: string, mine: string): Promise<Part | Busy | undefined> {
  const found = await others(file);
  const alive = found.find((other) => other.standing === 'alive');
  if (alive !== undefined) {
    return { busy: true, received: sizeOf(alive) };
  }
  const [first, ...rest] = found.filter((other) => other.standing !== 'foreign');
  if (first !== undefined) {
    if (!(await take(first.folder, mine))) {
      return undefined;
    }
    await Promise.all(rest.map((other) => rm(other.folder, { recursive: true, force: true })));
    return describe(mine, first.standing === 'orphan');
  }
  await mkdir(mine);
  // Of two that begin at once, the one whose name comes first goes on.
  const earlier = (await others(file)).find((other) => other.standing === 'alive' && other.folder < mine);
  if (earlier === undefined) {
    return describe(mine, false);
  }
  await rm(mine, { recursive: true, force: true });
  return { busy: true, received: sizeOf(earlier) };
}

/** Takes the part of a file that is to come, or begins one; {@link Busy} when someone works at it. */
export async function claimPart(file: string): Promise<Part | Busy> {
  const mine = `${file}.part-${process.pid}-${startOf(process.pid)}-${sequence++}@${machine()}`;
  try {
    await mkdir(dirname(file), { recursive: true });
    let claimed: Part | Busy | undefined;
    while (claimed === undefined) {
      claimed = await tryClaim(file, mine);
    }
    return claimed;
  } catch (error) {
    throw cacheWriteFailure(mine, error);
  }
}

/** What a part is the beginning of; undefined when that is not known. */
export async function readOrigin(part: Part): Promise<Origin | undefined> {
  try {
    const value: unknown = JSON.parse(await readText(join(part.folder, 'origin.json')));
    if (!isRecord(value) || typeof value.url !== 'string' || typeof value.boot !== 'string') {
      return undefined;
    }
    const { url, etag, lastModified, total, boot } = value;
    return {
      url,
      etag: typeof etag === 'string' ? etag : null,
      lastModified: typeof lastModified === 'string' ? lastModified : null,
      total: typeof total === 'number' ? total : null,
      boot,
    };
  } catch {
    return undefined;
  }
}

/** Notes what the bytes to come are. */
export async function writeOrigin(part: Part, origin: Origin): Promise<void> {
  const path = join(part.folder, 'origin.json');
  await writeFile(path, JSON.stringify(origin)).catch((error: unknown) => {
    throw cacheWriteFailure(path, error);
  });
}

/** Forgets a part. */
export async function removePart(part: Part): Promise<void> {
  await rm(part.folder, { recursive: true, force: true });
}

/**
 * Leaves a part for whoever goes on with it.
 *
 * @returns the bytes that are kept
 */
export async function releasePart(file: string, part: Part): Promise<number> {
  const kept = isFile(part.data) ? sizeOf(part) : 0;
  if (kept > 0) {
    try {
      await rename(part.folder, `${file}.part`);
      return kept;
    } catch {
      // Someone else left one meanwhile: one is enough.
    }
  }
  await removePart(part);
  return 0;
}
