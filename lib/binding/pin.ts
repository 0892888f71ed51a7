/** Memory that a job of the addon reads while JavaScript goes on. */
import { markAsUntransferable } from 'node:worker_threads';

/**
 * Memory that another thread may change, or that may shrink under a job, is copied; all other memory is viewed, and stays in
 * this thread from then on.
 */
export function pin<T extends Uint8Array | Float32Array>(values: T): T {
  const { buffer } = values;
  const resizable: unknown = 'resizable' in buffer ? buffer.resizable : false;
  if (!(buffer instanceof ArrayBuffer) || resizable === true) {
    const copy = values instanceof Float32Array ? Float32Array.from(values) : Uint8Array.from(values);
    return copy as T;
  }
  markAsUntransferable(buffer);
  return values;
}
