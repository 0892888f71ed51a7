/**
 * Argument checks and the one message grammar: `Expected <what> for <path> but received <value> of type <type>`. A wrong
 * kind is a `TypeError`, a value out of range a `RangeError`. Nothing here knows what an option means.
 */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { isAbortSignal, isUrl } from './kinds.js';
import { cut, shorten } from './text.js';

/** Bounds of a number; both ends belong to the range. */
export interface Range {
  readonly min?: number;
  readonly max?: number;
  /** When true, `min` itself is not allowed. */
  readonly above?: boolean;
}

/** Values of maps, which have 32 bits: sums and multiples of such numbers stay finite there. */
export const MAP_VALUE = { min: -1e30, max: 1e30 } as const satisfies Range;

/** Height and width in pixels, as `number` for a square or as a pair. */
export type ExtentOption = number | readonly [height: number, width: number];

const LONGEST_PRINT = 80;

function kindOf(value: unknown): string {
  if (value === null) {
    return 'null';
  }
  if (Array.isArray(value)) {
    return 'array';
  }
  if (typeof value !== 'object') {
    return typeof value;
  }
  const name: unknown = Object.getPrototypeOf(value)?.constructor?.name;
  return typeof name === 'string' && name !== '' && name !== 'Object' ? name : 'object';
}

function print(value: unknown): string {
  const text = inspect(typeof value === 'string' ? cut(value) : value, {
    depth: 1,
    compact: true,
    breakLength: Number.POSITIVE_INFINITY,
    maxArrayLength: 8,
    maxStringLength: LONGEST_PRINT,
  });
  return text.length > LONGEST_PRINT + 2 ? `${text.slice(0, LONGEST_PRINT)}…` : text;
}

function message(what: string, path: string, value: unknown): string {
  return shorten(`Expected ${what} for ${path} but received ${print(value)} of type ${kindOf(value)}`);
}

/** The error for a value of the wrong kind. */
export function wrongKind(what: string, path: string, value: unknown): TypeError {
  return new TypeError(message(what, path, value));
}

/** The error for a value of the right kind that is out of range. */
export function outOfRange(what: string, path: string, value: unknown): RangeError {
  return new RangeError(message(what, path, value));
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitute = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(substitute, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}

/** The name among `known` that a person most likely meant by `name`, if any is near enough. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.ceil(name.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** True for `{}`-like objects: no array, no class instance. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  // An object of another realm (a vm context) has another Object.prototype: its own prototype is null.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/**
 * An options object whose keys are all known; `undefined` counts as `{}`.
 *
 * @returns the same object, its values still unchecked
 */
export function checkOptions<Key extends string>(
  value: unknown,
  path: string,
  known: readonly Key[],
): Readonly<Partial<Record<Key, unknown>>> {
  if (value === undefined) {
    return {} as Readonly<Partial<Record<Key, unknown>>>;
  }
  if (!isRecord(value)) {
    throw wrongKind('a plain object', path, value);
  }
  for (const key of Object.keys(value)) {
    if (!(known as readonly string[]).includes(key)) {
      const near = nearest(key, known);
      const hint = near === undefined ? `one of ${known.join(', ')}` : `did you mean ${near}?`;
      throw wrongKind(`a known option (${hint})`, `${path}.${key}`, value[key]);
    }
  }
  return value as Readonly<Partial<Record<Key, unknown>>>;
}

function rangeWords(kind: string, range: Range): string {
  const { min, max, above = false } = range;
  const lower = min === undefined ? '' : above ? ` above ${min}` : ` of at least ${min}`;
  if (min !== undefined && max !== undefined) {
    return above ? `${kind} above ${min} and at most ${max}` : `${kind} between ${min} and ${max}`;
  }
  return max === undefined ? `${kind}${lower}` : `${kind} of at most ${max}`;
}

function inRange(value: number, range: Range): boolean {
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, above = false } = range;
  return (above ? value > min : value >= min) && value <= max;
}

/** `value`, or `fallback` when it is `undefined`; `null` is a value of the wrong kind and passes through to be refused. */
export function orDefault(value: unknown, fallback: unknown): unknown {
  return value === undefined ? fallback : value;
}

/** A finite number within `range`. */
export function checkNumber(value: unknown, path: string, range: Range = {}): number {
  const what = rangeWords('a number', range);
  if (typeof value !== 'number') {
    throw wrongKind(what, path, value);
  }
  if (!Number.isFinite(value) || !inRange(value, range)) {
    throw outOfRange(what, path, value);
  }
  return value;
}

/** A safe integer within `range`. */
export function checkInteger(value: unknown, path: string, range: Range = {}): number {
  const what = rangeWords('an integer', range);
  if (typeof value !== 'number') {
    throw wrongKind(what, path, value);
  }
  if (!Number.isSafeInteger(value) || !inRange(value, range)) {
    throw outOfRange(what, path, value);
  }
  return value;
}

/** `true` or `false`. */
export function checkBoolean(value: unknown, path: string): boolean {
  if (typeof value !== 'boolean') {
    throw wrongKind('a boolean', path, value);
  }
  return value;
}

/** A string that is not empty. */
export function checkString(value: unknown, path: string, what = 'a non-empty string'): string {
  if (typeof value !== 'string') {
    throw wrongKind(what, path, value);
  }
  if (value === '') {
    throw outOfRange(what, path, value);
  }
  return value;
}

/** The path of a `file:` URL. */
export function checkFileUrl(value: URL, path: string, what = 'a file: URL'): string {
  if (value.protocol !== 'file:') {
    throw outOfRange(what, path, value.href);
  }
  try {
    return fileURLToPath(value);
  } catch {
    // Another host, or a slash that is part of a name.
    throw outOfRange('the URL of a file on this machine', path, value.href);
  }
}

/** A path or a `file:` URL, as an absolute path. */
export function checkPath(value: unknown, path: string, what = 'a path or a file: URL'): string {
  if (isUrl(value)) {
    return checkFileUrl(value, path, what);
  }
  if (typeof value !== 'string') {
    throw wrongKind(what, path, value);
  }
  return resolve(checkString(value, path, what));
}

/** One of a few words or numbers. */
export function checkOneOf<Word extends string | number>(value: unknown, path: string, words: readonly Word[]): Word {
  const found = words.find((word) => word === value);
  if (found !== undefined) {
    return found;
  }
  const what = `one of ${words.map((word) => inspect(word)).join(', ')}`;
  throw typeof value === typeof words[0] ? outOfRange(what, path, value) : wrongKind(what, path, value);
}

/** A function, or `undefined`. */
export function checkFunction<F extends (...values: never[]) => unknown>(value: unknown, path: string): F | undefined {
  if (value !== undefined && typeof value !== 'function') {
    throw wrongKind('a function', path, value);
  }
  return value as F | undefined;
}

/** An `AbortSignal`, or `undefined`. */
export function checkSignal(value: unknown, path: string): AbortSignal | undefined {
  if (value !== undefined && !isAbortSignal(value)) {
    throw wrongKind('an AbortSignal', path, value);
  }
  return value;
}

/** An array whose items `each` accepts; it gets the item's own path. */
export function checkArray<T>(value: unknown, path: string, each: (item: unknown, path: string) => T): T[] {
  if (!Array.isArray(value)) {
    throw wrongKind('an array', path, value);
  }
  return value.map((item: unknown, index) => each(item, `${path}[${index}]`));
}

/** `number | [height, width]`, each an integer of at least `min`. */
export function checkExtent(value: unknown, path: string, min = 1): readonly [height: number, width: number] {
  if (typeof value === 'number') {
    const side = checkInteger(value, path, { min });
    return [side, side];
  }
  if (!Array.isArray(value)) {
    throw wrongKind('an integer or [height, width]', path, value);
  }
  if (value.length !== 2) {
    throw outOfRange('an integer or [height, width]', path, value);
  }
  return [checkInteger(value[0], `${path}[0]`, { min }), checkInteger(value[1], `${path}[1]`, { min })];
}
