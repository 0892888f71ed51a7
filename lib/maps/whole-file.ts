/** Files that are whole or not there. */
import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DinomalyError } from '../errors.js';

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Makes a folder and those above it. @throws DinomalyError `FILE_WRITE` */
export async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw new DinomalyError('FILE_WRITE', `Cannot make the folder ${folder}: ${reason(error)}`, { cause: error });
  });
}

/**
 * Writes the parts one after the other beside `path` and renames the result over it: a previous file stays until then.
 *
 * @throws DinomalyError `FILE_WRITE`
 */
export async function writeWhole(path: string, parts: readonly Uint8Array[]): Promise<void> {
  const draft = join(dirname(path), `.${basename(path).slice(0, 100)}.${randomUUID()}.tmp`);
  try {
    const file = await open(draft, 'wx');
    try {
      for (const part of parts) {
        await file.writeFile(part);
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    const remedy = 'see that its folder is there, may be written to and has room';
    throw new DinomalyError('FILE_WRITE', `Cannot write ${path}: ${reason(error)}; ${remedy}`, { cause: error });
  }
}
