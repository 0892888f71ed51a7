/**
 * Calls into the addon. One function gives every native promise what callers of the package rely on: the reason of an
 * aborted signal, typed errors, and stacks that lead to the caller's own line, which a job on another thread cannot know.
 */
import { onAbort } from '../abort.js';
import { DinomalyError, type DinomalyErrorCode, DisposedError, ERROR_CODES } from '../errors.js';
import { isError } from '../kinds.js';
import { createStop } from './load.js';
import type { NativeStop } from './types.js';

/** What a call may be given. */
export interface CallOptions<T = unknown> {
  /** Aborting it stops the job at its next poll and rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Class whose method this is, for the message when it has been disposed. */
  readonly owner?: string | undefined;
  /** Frees a result that the job still made after the abort: nobody else gets it. */
  readonly discard?: ((late: T) => void) | undefined;
}

function isCode(code: string | undefined): code is DinomalyErrorCode {
  return code !== undefined && Object.hasOwn(ERROR_CODES, code);
}

function typed(native: unknown, owner: string): DinomalyError {
  const { code, message } = isError(native) ? native : { message: String(native) };
  if (code === 'DISPOSED') {
    const disposed = new DisposedError(owner);
    disposed.cause = native;
    return disposed;
  }
  // An error without a code, or with one of Node's, is none of the core's: a fault of ours, or of libtorch.
  return new DinomalyError(isCode(code) ? code : 'INTERNAL', message, { cause: native });
}

/**
 * The typed error for a failure of the addon, with the stack of the caller.
 * @param native - what the addon threw or rejected with
 * @param site - has the stack of the call
 */
function toPublicError(native: unknown, owner: string, site: { stack?: string }): DinomalyError {
  const error = typed(native, owner);
  const frames = site.stack?.slice(site.stack.indexOf('\n') + 1) ?? '';
  error.stack = `${error.name} [${error.code}]: ${error.message}\n${frames}`;
  return error;
}

/**
 * Starts a native job and settles as it does. With a signal the job is given a `Stop`. The promise settles only once the job has
 * left, also after an abort: until then it may read the pixels of its picture.
 * @param start - calls the addon; its synchronous throws reject too
 */
export async function call<T>(
  start: (stop: NativeStop | undefined) => Promise<T>,
  { signal, owner = 'object', discard }: CallOptions<T> = {},
): Promise<T> {
  signal?.throwIfAborted();
  const site: { stack?: string } = {};
  Error.captureStackTrace(site, call);
  const stop = signal === undefined ? undefined : createStop();
  const release = signal === undefined ? undefined : onAbort(signal, () => stop?.stop());
  try {
    const result = await start(stop);
    if (signal?.aborted === true) {
      discard?.(result);
      throw signal.reason;
    }
    return result;
  } catch (error) {
    signal?.throwIfAborted();
    throw toPublicError(error, owner, site);
  } finally {
    release?.();
  }
}
