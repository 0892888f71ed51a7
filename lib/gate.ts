/** Bounds on work in flight: a gate for calls that arrive by themselves, and an ordered look-ahead for lists. */
import { Follower, onAbort } from './abort.js';

/** A task that waits for its turn. */
interface Waiter {
  start(): void;
  reject(reason: unknown): void;
  /** Set once it has left the queue by another way. */
  gone: boolean;
}

/** Places in the queue that may be empty before they are dropped. */
const MOST_EMPTY = 1024;

/** Lets at most `limit` tasks run at once; the others wait in order of arrival, and leave the queue in constant time. */
export class Gate {
  readonly #limit: number;
  /** Those before `#first` have left. */
  #queue: Waiter[] = [];
  #first = 0;
  #waiting = 0;
  #running = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Tasks that run or wait. */
  get size(): number {
    return this.#running + this.#waiting;
  }

  /** Tasks that wait. */
  get waiting(): number {
    return this.#waiting;
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

  /** Rejects all tasks that wait; those that run go on. */
  rejectWaiting(reason: unknown): void {
    const waiting = this.#queue.slice(this.#first).filter(({ gone }) => !gone);
    this.#queue = [];
    this.#first = 0;
    this.#waiting = 0;
    for (const waiter of waiting) {
      waiter.reject(reason);
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
      const waiter: Waiter = {
        gone: false,
        start: () => {
          release();
          resolve();
        },
        reject: (reason) => {
          release();
          reject(reason);
        },
      };
      this.#queue.push(waiter);
      this.#waiting++;
      if (signal !== undefined) {
        release = onAbort(signal, () => {
          waiter.gone = true;
          this.#waiting--;
          waiter.reject(signal.reason);
        });
      }
    });
  }

  #leave(): void {
    const next = this.#next();
    if (next === undefined) {
      this.#running--;
    } else {
      next.start();
    }
  }

  #next(): Waiter | undefined {
    while (this.#first < this.#queue.length) {
      const waiter = this.#queue[this.#first++];
      if (this.#first > MOST_EMPTY && 2 * this.#first > this.#queue.length) {
        this.#queue = this.#queue.slice(this.#first);
        this.#first = 0;
      }
      if (waiter !== undefined && !waiter.gone) {
        this.#waiting--;
        return waiter;
      }
    }
    return undefined;
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

/** Waits for a promise or the signal. A listener lives for one wait: a shared promise would gather them. */
async function race<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let release = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    release = onAbort(signal, () => reject(signal.reason));
  });
  try {
    const value = await Promise.race([promise, aborted]);
    signal.throwIfAborted();
    return value;
  } finally {
    release();
  }
}

/** Items being worked on, in order. Filled while the consumer is busy with an earlier outcome. */
class AheadQueue<T, R> {
  readonly #iterator: Iterator<T> | AsyncIterator<T>;
  readonly #work: Work<T, R>;
  readonly #follower: Follower;
  readonly #lookAhead: number;
  /** Outcomes that the consumer has not taken, settled or not. */
  readonly #running: Promise<Outcome<T, R>>[] = [];
  #index = 0;
  #pulling = false;
  #done = false;
  #failure: { readonly error: unknown } | undefined;
  #wake = (): void => undefined;

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
    const { signal } = this.#follower;
    for (;;) {
      void this.#fill();
      const first = this.#running[0];
      if (first !== undefined) {
        const outcome = await race(first, signal);
        this.#running.shift();
        void this.#fill();
        return outcome;
      }
      if (this.#done) {
        return this.#end();
      }
      await race(new Promise<void>((resolve) => (this.#wake = resolve)), signal);
    }
  }

  /** Stops the work under way, waits for it and closes the source; one that never answers is not waited for. */
  async close(): Promise<void> {
    this.#follower.release();
    this.#follower.abort();
    const closed = this.#done ? undefined : this.#iterator.return?.();
    this.#done = true;
    if (this.#pulling) {
      Promise.resolve(closed).catch(() => undefined);
    } else {
      await closed;
    }
    await Promise.all(this.#running);
  }

  /** Pulls one item after the other until the look-ahead is full. */
  async #fill(): Promise<void> {
    if (this.#pulling) {
      return;
    }
    this.#pulling = true;
    while (!this.#done && this.#running.length < this.#lookAhead) {
      await this.#pull();
      this.#wake();
    }
    this.#pulling = false;
  }

  async #pull(): Promise<void> {
    try {
      const pulled = await this.#iterator.next();
      if (pulled.done === true) {
        this.#done = true;
      } else if (!this.#done) {
        this.#running.push(settle(this.#index++, pulled.value, this.#work, this.#follower.signal));
      }
    } catch (error) {
      // What was pulled before is still delivered.
      this.#done = true;
      this.#failure = { error };
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
