/** Memory that a job of the addon reads while JavaScript goes on. */
import * as threads from 'node:worker_threads';
import { isFixedArrayBuffer, isFloat32Array } from '../kinds.js';

/** Node 20 cannot tell. */
const { isMarkedAsUntransferable } = threads as { readonly isMarkedAsUntransferable?: (value: object) => boolean };

/**
 * Keeps memory in this thread from now on. What is marked already is left alone: Node marks memory that belongs to an addon,
 * as sharp's pictures do, and from version 24 on a second mark makes the process abort when it ends.
 */
export function keepInThread(buffer: ArrayBuffer): void {
  if (isMarkedAsUntransferable?.(buffer) !== true) {
    threads.markAsUntransferable(buffer);
  }
}

/**
 * Memory that another thread may change, or that may shrink under a job, is copied; all other memory is viewed, and stays in
 * this thread from then on.
 */
export function pin<T extends Uint8Array | Float32Array>(values: T): T {
  const { buffer } = values;
  if (!isFixedArrayBuffer(buffer)) {
    const copy = isFloat32Array(values) ? Float32Array.from(values) : Uint8Array.from(values);
    return copy as T;
  }
  keepInThread(buffer);
  return values;
}
