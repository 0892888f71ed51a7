/** Files that belong together: all of them are replaced, or none. */
import { constants } from 'node:fs';
import { access, copyFile, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DinomalyError } from '../errors.js';

/** A file's name in its folder, and what is in it: text, or pieces of it one after the other. */
export interface FileContent {
  readonly name: string;
  readonly text: string | Iterable<string>;
}

interface Draft {
  readonly path: string;
  readonly draft: string;
  readonly backup: string;
}

function writeFailure(path: string, error: unknown): DinomalyError {
  return new DinomalyError('FILE_WRITE', `Cannot write ${path}: ${String(error)}`, { cause: error });
}

/**
 * Makes a folder that files can be written to, before hours are spent on what goes into them.
 *
 * @throws DinomalyError `FILE_WRITE` for a folder that cannot be made or is read-only, or a name that a folder has
 */
export async function openFolder(folder: string, names: readonly string[]): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (error) {
    throw writeFailure(folder, error);
  }
  for (const name of names) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && !found.isFile()) {
      throw new DinomalyError('FILE_WRITE', `Cannot write ${path}: it is no regular file; choose another folder`);
    }
  }
}

async function writeDraft({ draft, path }: Draft, text: FileContent['text']): Promise<void> {
  try {
    const file = await open(draft, 'w');
    try {
      for (const piece of typeof text === 'string' ? [text] : text) {
        await file.writeFile(piece);
      }
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    throw writeFailure(path, error);
  }
}

async function keepPrevious({ path, backup }: Draft): Promise<boolean> {
  try {
    await copyFile(path, backup, constants.COPYFILE_FICLONE);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return false;
    }
    throw writeFailure(path, error);
  }
}

/** Puts each draft in its place; at a failure the files already replaced get their previous content back. */
async function replaceAll(drafts: readonly Draft[]): Promise<void> {
  const undo: (() => Promise<void>)[] = [];
  for (const draft of drafts) {
    try {
      const kept = await keepPrevious(draft);
      await rename(draft.draft, draft.path);
      undo.push(() => (kept ? rename(draft.backup, draft.path) : rm(draft.path, { force: true })));
    } catch (error) {
      for (const step of undo.reverse()) {
        await step();
      }
      throw error instanceof DinomalyError ? error : writeFailure(draft.path, error);
    }
  }
}

/**
 * Writes files into a folder, which is made where it is missing. Each is whole in a draft before the first is replaced.
 *
 * @returns their paths, in order
 * @throws DinomalyError `FILE_WRITE`; what was there before is still there then
 */
export async function writeTogether(folder: string, files: readonly FileContent[]): Promise<string[]> {
  await openFolder(
    folder,
    files.map(({ name }) => name),
  );
  const drafts = files.map(({ name }): Draft => {
    const path = join(folder, name);
    return { path, draft: `${path}.${process.pid}.tmp`, backup: `${path}.${process.pid}.old` };
  });
  try {
    for (const [at, draft] of drafts.entries()) {
      await writeDraft(draft, files[at]?.text ?? '');
    }
    await replaceAll(drafts);
  } finally {
    for (const { draft, backup } of drafts) {
      await rm(draft, { force: true });
      await rm(backup, { force: true });
    }
  }
  return drafts.map(({ path }) => path);
}
