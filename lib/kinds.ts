/**
 * Kinds of values from any realm. Jest and node:vm give the code that they run classes of its own: there `instanceof Error` is
 * false for what Node throws, and `instanceof Float32Array` for what the addon returns. So values are told by their kind.
 */
import { types } from 'node:util';

export const { isFloat32Array, isUint16Array, isUint8Array } = types;

/** Whether a value is an error: what Node, this package or its caller throws; `DOMException`, that of an abort, too. */
export function isError(value: unknown): value is NodeJS.ErrnoException {
  return types.isNativeError(value) || Object.prototype.toString.call(value) === '[object DOMException]';
}

/** What an error says, or what was thrown in place of one. */
export function reasonOf(error: unknown): string {
  return isError(error) ? error.message : String(error);
}

function has<Key extends string>(value: unknown, key: Key, kind: string): value is Record<Key, unknown> {
  return typeof value === 'object' && value !== null && typeof (value as Record<Key, unknown>)[key] === kind;
}

export function isUrl(value: unknown): value is URL {
  return has(value, 'href', 'string') && has(value, 'protocol', 'string') && has(value, 'searchParams', 'object');
}

export function isAbortSignal(value: unknown): value is AbortSignal {
  return has(value, 'aborted', 'boolean') && has(value, 'addEventListener', 'function') && 'reason' in value;
}
