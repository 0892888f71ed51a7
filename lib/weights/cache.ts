/** The folder of pulled weights: `<encoder>.pth` or `<encoder>.safetensors`, and beside each its SHA-256 as it came. */
import { statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DinomalyError } from '../errors.js';
import { cacheFor } from '../package.js';
import { readTextSync } from '../read.js';
import type { WeightsSource } from './source.js';

/** Formats are told apart by content; the ending is for people. Several publishers' files share one name, encoders do not. */
const ENDINGS = ['.pth', '.safetensors'] as const;

/** The folder that weights are pulled into. */
export function weightsFolder(env: NodeJS.ProcessEnv = process.env): string {
  return cacheFor('weights', env);
}

/** Where the weights of an encoder lie once they are pulled. */
export function weightsFile(name: string, source: WeightsSource, folder: string): string {
  const path = source.url === null ? '' : new URL(source.url).pathname;
  return join(folder, `${name}${path.endsWith('.safetensors') ? '.safetensors' : '.pth'}`);
}

/** True for a file that has content. */
export function isFile(path: string): boolean {
  try {
    const found = statSync(path);
    return found.isFile() && found.size > 0;
  } catch {
    return false;
  }
}

/**
 * The weights of an encoder in the cache, pulled or put there by hand.
 *
 * @param folder - the cache folder, where it is not the default
 * @returns the path, or undefined when there are none
 */
export function cachedWeights(name: string, folder: string = weightsFolder()): string | undefined {
  return ENDINGS.map((ending) => join(folder, `${name}${ending}`)).find(isFile);
}

/** The SHA-256 that a file of the cache had when it came, if that was recorded. */
export function recordedHash(file: string): string | undefined {
  try {
    return /^[0-9a-f]{64}\b/.exec(readTextSync(`${file}.sha256`))?.[0];
  } catch {
    return undefined;
  }
}

/** Records it in the format of sha256sum, whose `-c` reads it. */
export async function recordHash(file: string, hash: string): Promise<void> {
  const record = `${file}.sha256`;
  await writeFile(record, `${hash}  ${basename(file)}\n`).catch((error: unknown) => {
    throw cacheWriteFailure(record, error);
  });
}

/** The error for a file of the cache that cannot be written. */
export function cacheWriteFailure(path: string, error: unknown): DinomalyError {
  const { code } = error as NodeJS.ErrnoException;
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  const reason = full ? 'the disk is full, or your share of it' : String(error);
  const remedy = 'XDG_CACHE_HOME names another cache folder';
  return new DinomalyError('FILE_WRITE', `Cannot write ${path}: ${reason}; ${remedy}`, { cause: error });
}
