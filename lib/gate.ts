/** Bounds on work in flight: a gate for calls that arrive by themselves, and an ordered look-ahead for lists. */
import { Follower, onAbort } from './abort.js';

/** Lets at most `limit` tasks run at once; the others wait in order of arrival. */
export class Gate {
  readonly #limit: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Runs `task` once there is room. A waiting task whose signal aborts never starts. */
  async run<T>(task: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.#enter(signal);
    try {
      return await task();
    } finally {
      this.#leave();
    }
  }

  async #enter(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    if (this.#running < this.#limit) {
      this.#running++;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      let release = (): void => undefined;
      const start = (): void => {
        release();
        resolve();
      };
      this.#waiting.push(start);
      if (signal !== undefined) {
        release = onAbort(signal, () => {
          this.#waiting.splice(this.#waiting.indexOf(start), 1);
          reject(signal.reason);
        });
      }
    });
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) {
      this.#running--;
    } else {
      next();
    }
  }
}

/** Work on one item; the signal aborts when its outcome is no longer wanted. */
export type Work<T, R> = (item: T, signal: AbortSignal) => Promise<R>;

/** The outcome of one item: a value, or the error that stood in its place. */
export type Outcome<T, R> =
  | { readonly index: number; readonly item: T; readonly ok: true; readonly value: R }
  | { readonly index: number; readonly item: T; readonly ok: false; readonly error: unknown };

async function settle<T, R>(index: number, item: T, work: Work<T, R>, signal: AbortSignal): Promise<Outcome<T, R>> {
  try {
    return { index, item, ok: true, value: await work(item, signal) };
  } catch (error) {
    return { index, item, ok: false, error };
  }
}

/** `Promise.race` that also ends with the signal. A listener lives for one race: a shared promise would gather them. */
async function race<T>(promises: readonly Promise<T>[], signal: AbortSignal): Promise<T> {
  let release = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    release = onAbort(signal, () => reject(signal.reason));
  });
  try {
    return await Promise.race([...promises, aborted]);
  } finally {
    release();
  }
}

type Pull<T> = { readonly pulled: IteratorResult<T> } | { readonly failed: unknown };

/** Items being worked on, in order, and the pull of the next one. */
class AheadQueue<T, R> {
  readonly #iterator: Iterator<T> | AsyncIterator<T>;
  readonly #work: Work<T, R>;
  readonly #follower: Follower;
  readonly #lookAhead: number;
  readonly #running: Promise<Outcome<T, R>>[] = [];
  #pull: Promise<Pull<T>> | undefined;
  #failure: { readonly error: unknown } | undefined;
  #index = 0;
  #done = false;

  constructor(
    source: Iterable<T> | AsyncIterable<T>,
    lookAhead: number,
    work: Work<T, R>,
    signal: AbortSignal | undefined,
  ) {
    this.#iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
    this.#lookAhead = lookAhead;
    this.#work = work;
    this.#follower = new Follower(signal);
  }

  /** The next outcome; a slow source never holds back an outcome that is ready. */
  async next(): Promise<Outcome<T, R> | undefined> {
    for (;;) {
      if (!this.#done && this.#pull === undefined && this.#running.length < this.#lookAhead) {
        this.#pull = this.#pullOne();
      }
      const waiting = [this.#running[0], this.#pull].filter((promise) => promise !== undefined);
      if (waiting.length === 0) {
        return this.#end();
      }
      const first = await race<Outcome<T, R> | Pull<T>>(waiting, this.#follower.signal);
      this.#follower.signal.throwIfAborted();
      if ('index' in first) {
        this.#running.shift();
        return first;
      }
      this.#take(first);
    }
  }

  /** Stops the work under way, waits for it and closes the source; one that never answers is not waited for. */
  async close(): Promise<void> {
    this.#follower.release();
    this.#follower.abort();
    const closed = this.#done ? undefined : this.#iterator.return?.();
    if (this.#pull === undefined) {
      await closed;
    } else {
      Promise.resolve(closed).catch(() => undefined);
    }
    await Promise.all(this.#running);
  }

  async #pullOne(): Promise<Pull<T>> {
    try {
      return { pulled: await this.#iterator.next() };
    } catch (error) {
      return { failed: error };
    }
  }

  #take(pull: Pull<T>): void {
    this.#pull = undefined;
    if ('failed' in pull) {
      // What was pulled before is still delivered.
      this.#done = true;
      this.#failure = { error: pull.failed };
    } else if (pull.pulled.done === true) {
      this.#done = true;
    } else {
      this.#running.push(settle(this.#index++, pull.pulled.value, this.#work, this.#follower.signal));
    }
  }

  #end(): undefined {
    if (this.#failure !== undefined) {
      throw this.#failure.error;
    }
    return undefined;
  }
}

/**
 * Works on up to `lookAhead` items at once and yields their outcomes in the order of the items. Pulls no item that is not
 * within the look-ahead, and closes the source when the consumer leaves or the signal aborts.
 */
export async function* mapAhead<T, R>(
  source: Iterable<T> | AsyncIterable<T>,
  lookAhead: number,
  work: Work<T, R>,
  signal?: AbortSignal,
): AsyncGenerator<Outcome<T, R>, void, void> {
  signal?.throwIfAborted();
  const queue = new AheadQueue(source, lookAhead, work, signal);
  try {
    for (let outcome = await queue.next(); outcome !== undefined; outcome = await queue.next()) {
      yield outcome;
      signal?.throwIfAborted();
    }
  } finally {
    await queue.close();
  }
}

/** Runs `work` on every item, `limit` at a time; the first failure in the order of the items wins. */
export async function forEachAhead<T>(
  items: Iterable<T>,
  limit: number,
  work: Work<T, void>,
  signal?: AbortSignal,
): Promise<void> {
  for await (const outcome of mapAhead(items, limit, work, signal)) {
    if (!outcome.ok) {
      throw outcome.error;
    }
  }
}
