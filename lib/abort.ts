/**
 * Signals with many listeners. A caller may hand one signal to a thousand calls; each signal gets a single listener here,
 * so that Node never warns of a leak on stderr.
 */
import { setMaxListeners } from 'node:events';

interface Fan {
  readonly callbacks: Set<() => void>;
  readonly listener: () => void;
}

const fans = new WeakMap<AbortSignal, Fan>();

function fanOf(signal: AbortSignal): Fan {
  const known = fans.get(signal);
  if (known !== undefined) {
    return known;
  }
  const callbacks = new Set<() => void>();
  const listener = (): void => {
    for (const callback of [...callbacks]) {
      callback();
    }
  };
  const fan = { callbacks, listener };
  fans.set(signal, fan);
  signal.addEventListener('abort', listener, { once: true });
  return fan;
}

/**
 * Calls back when a signal aborts.
 *
 * @returns takes the callback away
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  const fan = fanOf(signal);
  fan.callbacks.add(callback);
  return () => {
    fan.callbacks.delete(callback);
    if (fan.callbacks.size === 0 && fans.get(signal) === fan) {
      fans.delete(signal);
      signal.removeEventListener('abort', fan.listener);
    }
  };
}

/** A signal of our own that aborts with another one, for the same reason, or by `abort()`. */
export class Follower {
  readonly #controller = new AbortController();
  readonly #release: () => void;

  constructor(leader: AbortSignal | undefined) {
    setMaxListeners(0, this.#controller.signal);
    if (leader?.aborted === true) {
      this.abort(leader.reason);
    }
    this.#release = leader === undefined ? () => undefined : onAbort(leader, () => this.abort(leader.reason));
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(reason?: unknown): void {
    this.#controller.abort(reason);
  }

  /** Stops following. */
  release(): void {
    this.#release();
  }
}

/** Runs `task` with a signal that follows `leader`. */
export async function following<T>(
  leader: AbortSignal | undefined,
  task: (signal: AbortSignal | undefined) => Promise<T>,
): Promise<T> {
  if (leader === undefined) {
    return task(undefined);
  }
  const follower = new Follower(leader);
  try {
    return await task(follower.signal);
  } finally {
    follower.release();
  }
}
