/** The time by which a score must have started. */
import { Follower } from '../abort.js';
import { DinomalyError } from '../errors.js';

/** Most milliseconds of a timer. */
export const MOST_DEADLINE_MS = 2 ** 31 - 1;

/** Aborts a score that has not started in time, and none that has. */
export class Deadline {
  readonly #follower: Follower;
  readonly #timer: NodeJS.Timeout;
  #withdraw = (): boolean => true;

  /**
   * @param ms - from now on
   * @param name - of the picture
   * @param leader - the caller's own signal, which aborts at any time
   */
  constructor(ms: number, name: string, leader: AbortSignal | undefined) {
    this.#follower = new Follower(leader);
    this.#timer = setTimeout(() => {
      if (this.#withdraw()) {
        this.#follower.abort(new DinomalyError('DEADLINE', late(name, ms)));
      }
    }, ms);
  }

  /** Aborts with the caller's, or with a `DEADLINE` error. */
  get signal(): AbortSignal {
    return this.#follower.signal;
  }

  /**
   * The score stands before the network.
   *
   * @param withdraw - takes it back; false where it has started
   */
  handOver(withdraw: () => boolean): void {
    this.#withdraw = withdraw;
  }

  /** The score has ended. */
  release(): void {
    clearTimeout(this.#timer);
    this.#follower.release();
  }
}

function late(name: string, ms: number): string {
  return `${name} waited for ${ms} ms, as long as deadlineMs allows, and was not scored: ask less often, or allow more time.`;
}
