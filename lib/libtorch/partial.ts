/**
 * Folders that are whole or not there: made beside their place, and put there by one rename. What an interrupted process
 * leaves is removed, by itself or a day later by the next one.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

const STALE_MS = 24 * 3600 * 1000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Moves a finished folder to its place. Another process may have been first: then its copy serves. */
export function moveIntoPlace(finished: string, target: string, isWhole: (folder: string) => boolean): void {
  try {
    renameSync(finished, target);
  } catch (error) {
    if (isWhole(target)) {
      return;
    }
    if (!existsSync(target)) {
      throw error;
    }
    // Made by hand or broken since: nothing can be using it.
    rmSync(target, { recursive: true, force: true });
    renameSync(finished, target);
  }
}

/** Removes what processes that were killed left behind. */
function removeStale(parent: string): void {
  for (const name of readdirSync(parent).filter((entry) => entry.startsWith('.partial-'))) {
    const folder = join(parent, name);
    const modified = statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (Date.now() - modified > STALE_MS) {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

/**
 * Runs `work` with a new folder under `parent`, which is gone afterwards. A signal that ends this process meanwhile takes the
 * folder along.
 *
 * @param endPrograms - ends what `work` has started
 */
export async function withPartialFolder<T>(
  parent: string,
  endPrograms: () => void,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  mkdirSync(parent, { recursive: true });
  removeStale(parent);
  const folder = mkdtempSync(join(parent, '.partial-'));
  const onSignal = (signal: NodeJS.Signals): void => {
    endPrograms();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    for (const other of SIGNALS) {
      process.removeListener(other, onSignal);
    }
    process.kill(process.pid, signal);
  };
  for (const signal of SIGNALS) {
    process.on(signal, onSignal);
  }
  try {
    return await work(folder);
  } finally {
    for (const signal of SIGNALS) {
      process.removeListener(signal, onSignal);
    }
    rmSync(folder, { recursive: true, force: true });
  }
}
