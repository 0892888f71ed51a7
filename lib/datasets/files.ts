/** Folders as the layouts see them: hidden files left out, links followed, names in byte order. */
import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { extname, join, parse } from 'node:path';
import { DinomalyError } from '../errors.js';
import { imageExtensions } from '../image.js';

/** The folders and the files of one folder, by name, in byte order. */
export interface Listing {
  readonly folders: readonly string[];
  readonly files: readonly string[];
}

const IGNORED = new Set(['thumbs.db', 'desktop.ini', '__macosx']);

/** Order of the UTF-8 bytes, which is Python's order of strings; JavaScript's own order is by UTF-16 unit. */
export function byteOrder(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

async function kindOf(folder: string, entry: Dirent): Promise<'folder' | 'file' | 'other'> {
  if (!entry.isSymbolicLink()) {
    return entry.isDirectory() ? 'folder' : entry.isFile() ? 'file' : 'other';
  }
  try {
    const target = await stat(join(folder, entry.name));
    return target.isDirectory() ? 'folder' : 'file';
  } catch {
    // A dangling or cyclic link: reading it as a file names it in the error.
    return 'file';
  }
}

function isMissing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** Lists a folder; `undefined` when there is none. */
export async function list(folder: string): Promise<Listing | undefined> {
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
  return { folders: folders.sort(byteOrder), files: files.sort(byteOrder) };
}

/** True for a name whose extension can be decoded, in any case. */
export function isImageName(name: string): boolean {
  return imageExtensions.has(extname(name).toLowerCase());
}

/** Paths of the pictures directly in a folder; `undefined` when there is no such folder. */
export async function listImages(folder: string): Promise<string[] | undefined> {
  const listing = await list(folder);
  return listing?.files.filter(isImageName).map((name) => join(folder, name));
}

/** Name of a file without folder and extension. */
export function stem(path: string): string {
  return parse(path).name;
}
