/**
 * Memory of the caller that a job on another thread reads. It is copied at the call: the caller may then write to it, resize
 * it or transfer it to another thread. No way to hold it would do: `markAsUntransferable` cannot be taken back, and
 * `ArrayBuffer.prototype.transfer` heeds no mark.
 */
import { wrongKind } from '../check.js';
import { DinomalyError } from '../errors.js';
import { isFloat32Array } from '../kinds.js';

type Values = Uint8Array | Float32Array;

/** Refuses a view of memory that is not there any more. */
export function checkPresent(values: Values, path: string): void {
  if (values.length > 0) {
    return;
  }
  try {
    // Costs nothing: what is copied is empty.
    new Uint8Array(values);
  } catch {
    throw wrongKind('memory that has not been transferred away or cut short', path, values.buffer);
  }
}

/**
 * A copy in memory of this package alone, whatever memory the values lie in: shared, resizable or of WebAssembly.
 *
 * @throws TypeError for memory that was transferred away
 * @throws DinomalyError `OUT_OF_MEMORY`
 */
export function ownCopy(values: Float32Array, path: string): Float32Array;
export function ownCopy(values: Uint8Array, path: string): Uint8Array;
export function ownCopy(values: Values, path: string): Values {
  checkPresent(values, path);
  try {
    return isFloat32Array(values) ? new Float32Array(values) : new Uint8Array(values);
  } catch (error) {
    const message = `There is no memory for a copy of ${path}, ${values.byteLength} bytes: give less at once.`;
    throw new DinomalyError('OUT_OF_MEMORY', message, { cause: error });
  }
}
