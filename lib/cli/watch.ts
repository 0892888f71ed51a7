/**
 * Pictures as they come into a folder. It is looked at twice a second: notices of the system do not come from network drives,
 * and tell of a file when it is made, not when it is whole.
 */
import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { DinomalyError } from '../errors.js';
import { reasonOf } from '../kinds.js';
import { type OutputFolders, picturesIn } from './inputs.js';

const LOOK_EVERY_MS = 500;

/** What tells one content of a file from another; `undefined` where there is no file, or an empty one. */
async function stateOf(file: string): Promise<string | undefined> {
  const found = await stat(file, { bigint: true }).catch(() => undefined);
  return found?.isFile() === true && found.size > 0n ? `${found.ino} ${found.size} ${found.mtimeNs}` : undefined;
}

/** The pictures of a folder that is watched. */
export class WatchedFolder {
  readonly #folder: string;
  readonly #outputs: OutputFolders;
  /** Contents that are done with, and those that were seen once and may still grow. */
  readonly #done = new Map<string, string>();
  #growing = new Map<string, string>();
  #trouble: string | undefined;

  private constructor(folder: string, outputs: OutputFolders) {
    this.#folder = folder;
    this.#outputs = outputs;
  }

  /**
   * Starts to watch; what is there already is not new.
   *
   * @throws DinomalyError `FILE_READ`; RangeError for a folder that outputs are written into
   */
  static async open(folder: string, outputs: OutputFolders): Promise<WatchedFolder> {
    await outputs.check(folder);
    const watched = new WatchedFolder(folder, outputs);
    for (const [file, state] of await watched.#look()) {
      watched.#done.set(file, state);
    }
    return watched;
  }

  /** Pictures that were there when it began. */
  get count(): number {
    return this.#done.size;
  }

  /**
   * New pictures, and those that are replaced, each once it has been the same for two looks: a copy under way grows, and a file
   * that is renamed into its place is whole. Ends when the signal aborts.
   *
   * @param onError - told once of each trouble with the folder; it is looked at again
   */
  async *pictures(signal: AbortSignal, onError: (error: unknown) => void): AsyncGenerator<string, void, void> {
    while (!signal.aborted) {
      const now = new Map(await this.#lookAgain(onError));
      const whole = [...now].filter(([file, state]) => this.#growing.get(file) === state);
      for (const [file, state] of whole) {
        this.#done.set(file, state);
        now.delete(file);
        yield file;
      }
      this.#growing = now;
      await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** A drive may be gone for a while: what was done with stays so. */
  async #lookAgain(onError: (error: unknown) => void): Promise<Map<string, string>> {
    try {
      const found = await stat(this.#folder).then(() => this.#look());
      this.#trouble = undefined;
      return found;
    } catch (error) {
      const trouble = reasonOf(error);
      if (trouble !== this.#trouble) {
        this.#trouble = trouble;
        onError(new DinomalyError('FILE_READ', `Cannot look into ${this.#folder}: ${trouble}`, { cause: error }));
      }
      return this.#growing;
    }
  }

  /** Contents that are not done with. */
  async #look(): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    const files = await picturesIn(this.#folder, this.#outputs);
    for (const file of files) {
      const state = await stateOf(file);
      if (state !== undefined && this.#done.get(file) !== state) {
        found.set(file, state);
      }
    }
    const there = new Set(files);
    for (const file of this.#done.keys()) {
      if (!there.has(file)) {
        this.#done.delete(file);
      }
    }
    return found;
  }
}
