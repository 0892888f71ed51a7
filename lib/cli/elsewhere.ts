/** Another place for what cannot be written where it should: hours of work must not be lost because a disk is full. */
import { homedir, tmpdir } from 'node:os';
import { join, parse } from 'node:path';
import { DinomalyError } from '../index.js';
import { noteError, warn } from './output.js';

/** Where something went, and why not where it was to go. */
export interface Saved {
  readonly file: string;
  readonly failure?: DinomalyError;
}

/** A user without an entry of his own in the system may have no home. */
const PLACES = [homedir, tmpdir] as const;

async function saveInPlaces(out: string, save: (file: string) => Promise<void>): Promise<string | undefined> {
  const { name, ext } = parse(out);
  const time = new Date().toISOString().slice(0, 19).replaceAll(':', '-');
  for (const place of PLACES) {
    try {
      const file = join(place(), `dinomaly-${name}-${time}${ext}`);
      await save(file);
      return file;
    } catch (error) {
      noteError(error);
    }
  }
  return undefined;
}

/**
 * Saves at `out`, or where that cannot be written in the home folder or the temporary one.
 *
 * @returns the place; with the failure the command must still end with it
 * @throws an error of `save` other than `FILE_WRITE`; that one where no other place can be written to either
 */
export async function saveSomewhere(out: string, save: (file: string) => Promise<void>): Promise<Saved> {
  try {
    await save(out);
    return { file: out };
  } catch (error) {
    if (!(error instanceof DinomalyError) || error.code !== 'FILE_WRITE') {
      throw error;
    }
    const file = await saveInPlaces(out, save);
    if (file === undefined) {
      throw error;
    }
    warn(`${error.message}; saved ${file} instead`);
    return { file, failure: error };
  }
}
