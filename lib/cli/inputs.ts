/** The pictures that the arguments of a command name: files, folders with all below them, and patterns. */
import { lstat, realpath, stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { Folders, isImageName } from '../datasets/files.js';
import { DinomalyError } from '../errors.js';
import { expandGlob, isGlob } from './glob.js';

/** Where a path really is; as it is written, where there is nothing yet. */
export async function placeOf(path: string): Promise<string> {
  return realpath(path).catch(() => resolve(path));
}

/** Whether a place is the folder, or in it. */
export function isWithin(place: string, folder: string): boolean {
  const way = relative(folder, place);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`));
}

/** Folders that outputs are written into: pictures in them are not judged. */
export class OutputFolders {
  readonly #places: readonly string[];

  private constructor(places: readonly string[]) {
    this.#places = places;
  }

  static async of(folders: readonly (string | undefined)[]): Promise<OutputFolders> {
    const named = folders.filter((folder) => folder !== undefined);
    return new OutputFolders(await Promise.all(named.map(placeOf)));
  }

  /**
   * Refuses to read pictures from a folder that outputs are written into: the next run would take them for pictures.
   *
   * @throws RangeError
   */
  async check(folder: string): Promise<void> {
    const place = await placeOf(folder);
    if (this.#places.some((output) => isWithin(place, output))) {
      throw new RangeError(
        `Expected a folder apart from the pictures for the outputs but received ${folder} for both: outputs would be taken for pictures`,
      );
    }
  }

  async has(folder: string): Promise<boolean> {
    if (this.#places.length === 0) {
      return false;
    }
    const place = await placeOf(folder);
    return this.#places.some((output) => isWithin(place, output));
  }
}

/** The pictures in a folder and all below, in byte order of each folder. A folder that is reached twice is read once. */
export async function picturesIn(
  folder: string,
  outputs: OutputFolders,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const seen = new Set<string>();
  const folders = new Folders(signal);
  const walk = async (at: string): Promise<string[]> => {
    const place = await placeOf(at);
    if (seen.has(place) || (await outputs.has(at))) {
      return [];
    }
    seen.add(place);
    const listing = await folders.list(at);
    const found = (listing?.files ?? []).filter(isImageName).map((name) => join(at, name));
    for (const name of listing?.folders ?? []) {
      found.push(...(await walk(join(at, name))));
    }
    return found;
  };
  return walk(folder);
}

async function picturesOf(argument: string, outputs: OutputFolders): Promise<readonly string[]> {
  const found = await stat(argument).catch(() => undefined);
  if (found?.isDirectory() === true) {
    await outputs.check(argument);
    const pictures = await picturesIn(argument, outputs);
    if (pictures.length === 0) {
      throw new DinomalyError('FILE_READ', `There are no pictures in ${argument}, nor in the folders below it`);
    }
    return pictures;
  }
  const there = (await lstat(argument).catch(() => undefined)) !== undefined;
  if (there || !isGlob(argument)) {
    // A file that is missing is told when it is scored, and the others go on.
    return [argument];
  }
  const pictures = (await expandGlob(argument, new Folders())).filter(isImageName);
  if (pictures.length === 0) {
    throw new DinomalyError('FILE_READ', `No picture fits the pattern ${argument}`);
  }
  return pictures;
}

/**
 * The pictures of all arguments, in their order.
 *
 * @throws DinomalyError `FILE_READ` for a folder without pictures and a pattern that none fits
 * @throws RangeError for a folder that outputs are written into
 */
export async function listPictures(args: readonly string[], outputs: OutputFolders): Promise<readonly string[]> {
  const found: string[] = [];
  for (const argument of args) {
    found.push(...(await picturesOf(argument, outputs)));
  }
  return found;
}
