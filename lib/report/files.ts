/** Files that belong together: all of them are replaced, or none. */
import { constants } from 'node:fs';
import { access, copyFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { discardDraft, nameDraft } from '../drafts.js';
import { DinomalyError } from '../errors.js';
import { type Draft, makeFolder, syncFolder, writeDraft, writeFailure } from '../files.js';

/** A file's name in its folder, and what is in it: text, or pieces of it one after the other. */
export interface NamedText {
  readonly name: string;
  readonly text: string | Iterable<string>;
}

/** A step back: what a replaced file was before. */
type Undo = () => Promise<void>;

/**
 * Makes a folder that files can be written to, before hours are spent on what goes into them.
 *
 * @throws DinomalyError `FILE_WRITE` for a folder that cannot be made or is read-only, or a name that a folder has
 */
export async function openFolder(folder: string, names: readonly string[]): Promise<void> {
  await makeFolder(folder);
  await access(folder, constants.W_OK).catch((error: unknown) => {
    throw writeFailure(folder, error);
  });
  for (const name of names) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && !found.isFile()) {
      throw new DinomalyError('FILE_WRITE', `Cannot write ${path}: it is no regular file; choose another folder`);
    }
  }
}

async function keepPrevious(target: string, backup: string): Promise<boolean> {
  try {
    await copyFile(target, backup, constants.COPYFILE_FICLONE);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return false;
    }
    throw error;
  }
}

async function replace({ file, target }: Draft, backup: string): Promise<Undo> {
  try {
    const kept = await keepPrevious(target, backup);
    await rename(file, target);
    return () => (kept ? rename(backup, target) : rm(target, { force: true }));
  } catch (error) {
    throw writeFailure(target, error);
  }
}

/** Puts each draft in its place; at a failure the files already replaced get their previous content back. */
async function replaceAll(drafts: readonly Draft[]): Promise<void> {
  const undo: Undo[] = [];
  const backups: string[] = [];
  try {
    for (const draft of drafts) {
      const backup = nameDraft(draft.target);
      backups.push(backup);
      undo.push(await replace(draft, backup));
    }
  } catch (error) {
    for (const step of undo.reverse()) {
      await step();
    }
    throw error;
  } finally {
    for (const backup of backups) {
      await discardDraft(backup);
    }
  }
}

/**
 * Writes files into a folder, which is made where it is missing. Each is whole in a draft before the first is replaced.
 *
 * @returns their paths, in order
 * @throws DinomalyError `FILE_WRITE`, the signal's reason; what was there before is still there then
 */
export async function writeTogether(
  folder: string,
  files: readonly NamedText[],
  signal?: AbortSignal,
): Promise<string[]> {
  await openFolder(
    folder,
    files.map(({ name }) => name),
  );
  const paths = files.map(({ name }) => join(folder, name));
  const drafts: Draft[] = [];
  try {
    for (const [at, path] of paths.entries()) {
      signal?.throwIfAborted();
      drafts.push(await writeDraft(path, files[at]?.text ?? ''));
    }
    signal?.throwIfAborted();
    await replaceAll(drafts);
  } finally {
    for (const { file } of drafts) {
      await discardDraft(file);
    }
  }
  for (const place of new Set(drafts.map(({ target }) => dirname(target)))) {
    await syncFolder(place).catch(() => undefined);
  }
  return paths;
}
