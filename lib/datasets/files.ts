/**
 * Folders as the layouts see them: hidden files left out, links followed, names in byte order. Nothing here descends by
 * itself, so that a link to a folder above is one more folder and no endless one.
 */
import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, parse } from 'node:path';
import { DinomalyError } from '../errors.js';
import { imageExtensions } from '../image/formats.js';
import { isError } from '../kinds.js';

/** The folders and the files of one folder, by name, in byte order. */
export interface Listing {
  readonly folders: readonly string[];
  readonly files: readonly string[];
}

const IGNORED = new Set(['thumbs.db', 'desktop.ini', '__macosx', 'lost+found']);

/** Moves what UTF-16 needs two units for behind what it needs one for, as UTF-8 has it. */
function rank(unit: number): number {
  return unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit;
}

/** Order of the UTF-8 bytes, which is Python's order of strings; JavaScript's own order is by UTF-16 unit. */
export function byteOrder(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const difference = rank(a.charCodeAt(at)) - rank(b.charCodeAt(at));
    if (difference !== 0) {
      return difference;
    }
  }
  return a.length - b.length;
}

/** True for a name whose extension can be decoded, in any case. */
export function isImageName(name: string): boolean {
  return imageExtensions.has(extname(name).toLowerCase());
}

/** Name of a file without folder and extension. */
export function stem(path: string): string {
  return parse(path).name;
}

async function kindOf(folder: string, entry: Dirent): Promise<'folder' | 'file' | 'other'> {
  if (entry.isDirectory()) {
    return 'folder';
  }
  if (!entry.isSymbolicLink()) {
    return entry.isFile() ? 'file' : 'other';
  }
  // Sets of links are common: a link that is named as a picture is taken for one without a look at its target.
  if (isImageName(entry.name)) {
    return 'file';
  }
  try {
    const target = await stat(join(folder, entry.name));
    return target.isDirectory() ? 'folder' : target.isFile() ? 'file' : 'other';
  } catch {
    // A dangling or cyclic link: reading it as a file names it in the error.
    return 'file';
  }
}

/** The system's code of an error, such as `'ENOENT'`. */
function systemCode(error: unknown): unknown {
  return isError(error) ? error.code : undefined;
}

function isMissing(error: unknown): boolean {
  const code = systemCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG';
}

/** A name that is no UTF-8 comes with U+FFFD in place of its bytes, and no path leads to it. */
async function refuseForeignNames(folder: string, names: readonly string[]): Promise<void> {
  const suspects = new Set(names.filter((name) => name.includes('\uFFFD')));
  if (suspects.size === 0) {
    return;
  }
  for (const bytes of await readdir(folder, { encoding: 'buffer' })) {
    const name = bytes.toString();
    if (suspects.has(name) && !Buffer.from(name).equals(bytes)) {
      const message = `The name ${JSON.stringify(bytes.toString('latin1'))} in ${folder} is no UTF-8: rename the file`;
      throw new DinomalyError('FILE_READ', message);
    }
  }
}

async function listFolder(folder: string): Promise<Listing | undefined> {
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (isMissing(error)) {
      return undefined;
    }
    throw new DinomalyError('FILE_READ', `Cannot list the folder ${folder}: ${String(error)}`, { cause: error });
  }
  const folders: string[] = [];
  const files: string[] = [];
  for (const entry of entries) {
    if (entry.name.startsWith('.') || IGNORED.has(entry.name.toLowerCase())) {
      continue;
    }
    const kind = await kindOf(folder, entry);
    if (kind !== 'other') {
      (kind === 'folder' ? folders : files).push(entry.name);
    }
  }
  await refuseForeignNames(folder, [...folders, ...files.filter(isImageName)]);
  return { folders: folders.sort(byteOrder), files: files.sort(byteOrder) };
}

/** Folders under one root while it is read: each is listed once, however many layouts ask. */
export class Folders {
  readonly #listings = new Map<string, Promise<Listing | undefined>>();
  readonly #files = new Map<string, Promise<ReadonlySet<string>>>();
  readonly #signal: AbortSignal | undefined;

  /** @param signal - once it aborts, whatever is asked throws its reason */
  constructor(signal?: AbortSignal) {
    this.#signal = signal;
  }

  /**
   * Lists a folder; `undefined` when there is none.
   *
   * @throws DinomalyError `FILE_READ` for one that may not be read, for a link that leads to itself, and for a name of a
   * folder or a picture that is no UTF-8
   */
  list(folder: string): Promise<Listing | undefined> {
    this.#signal?.throwIfAborted();
    const known = this.#listings.get(folder) ?? listFolder(folder);
    this.#listings.set(folder, known);
    return known;
  }

  /** Names of the folders in a folder; none when it is missing. */
  async folders(folder: string): Promise<readonly string[]> {
    return (await this.list(folder))?.folders ?? [];
  }

  /** Paths of the pictures directly in a folder; `undefined` when there is no such folder. */
  async images(folder: string): Promise<string[] | undefined> {
    return (await this.list(folder))?.files.filter(isImageName).map((name) => join(folder, name));
  }

  /** Whether a folder is there, without listing it. */
  async isFolder(path: string): Promise<boolean> {
    this.#signal?.throwIfAborted();
    return (await stat(path).catch(() => undefined))?.isDirectory() === true;
  }

  /** Whether a regular file is there, without listing its folder. A pipe is none: reading it would never end. */
  async isFile(path: string): Promise<boolean> {
    this.#signal?.throwIfAborted();
    return (await stat(path).catch(() => undefined))?.isFile() === true;
  }

  /** Whether a file is there; lists its folder, so that many files of few folders cost little. */
  async hasFile(path: string): Promise<boolean> {
    this.#signal?.throwIfAborted();
    const folder = dirname(path);
    const known = this.#files.get(folder) ?? this.list(folder).then((listing) => new Set(listing?.files));
    this.#files.set(folder, known);
    return (await known).has(basename(path)) || this.isFile(path);
  }
}
