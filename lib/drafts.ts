/**
 * Files under a passing name, beside the place that they are to take. Those of this thread are removed when it ends by itself;
 * a process that is killed leaves them, so the next one that writes to the folder looks for what others have left.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync, rmSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** After this time a draft of a process that cannot be looked at is taken for left. */
const OLD_MS = 24 * 60 * 60 * 1000;

/** `.dinomaly-<where>-<process>-<which>.tmp`, as the native writer names its own; `<where>` is left out where nothing tells it. */
const NAME = /^\.dinomaly-(?:([0-9a-f]{8}-\d+)-)?(\d+)-[0-9a-f]+\.tmp$/;

/** Where a process id means something: this start of this machine, this namespace of ids. Containers may share a folder. */
function hereOf(): string {
  try {
    const start = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8);
    return `${start}-${/\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? 0}`;
  } catch {
    // Like no other process: then age alone decides.
    return `${randomBytes(4).toString('hex')}-0`;
  }
}

let here: string | undefined;

const live = new Set<string>();

const swept = new Set<string>();

/** Removes all drafts of this thread, at once. */
export function removeDrafts(): void {
  for (const file of live) {
    try {
      rmSync(file, { force: true });
    } catch {
      // The process ends; a later one sweeps.
    }
  }
}

/** A name beside `target` for a while. It does not contain the target's, which may be as long as the file system allows. */
export function nameDraft(target: string): string {
  here ??= hereOf();
  const file = join(dirname(target), `.dinomaly-${here}-${process.pid}-${randomBytes(6).toString('hex')}.tmp`);
  if (live.size === 0) {
    process.on('exit', removeDrafts);
  }
  live.add(file);
  return file;
}

/** The draft has taken its place. */
export function settleDraft(file: string): void {
  live.delete(file);
  if (live.size === 0) {
    process.off('exit', removeDrafts);
  }
}

/** Removes a draft, unless it has taken its place or was never made. */
export async function discardDraft(file: string): Promise<void> {
  await rm(file, { force: true }).catch(() => undefined);
  settleDraft(file);
}

function isAlive(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

async function isLeft(file: string, [, where, id]: RegExpExecArray): Promise<boolean> {
  if (live.has(file)) {
    return false;
  }
  if (where === here && !isAlive(Number(id))) {
    return true;
  }
  const found = await stat(file);
  return found.isFile() && Date.now() - found.mtimeMs > OLD_MS;
}

/** Removes what ended processes have left in a folder; once a folder, since it may have a million files. Never fails. */
export async function sweepDrafts(folder: string): Promise<void> {
  if (swept.has(folder)) {
    return;
  }
  swept.add(folder);
  here ??= hereOf();
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const match = NAME.exec(name);
    const file = join(folder, name);
    if (match !== null && (await isLeft(file, match).catch(() => false))) {
      await rm(file, { force: true }).catch(() => undefined);
    }
  }
}
