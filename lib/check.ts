/**
 * Argument checks and the one message grammar: `Expected <what> for <path> but received <value> of type <type>`. A wrong
 * kind is a `TypeError`, a value out of range a `RangeError`. A word that is nearly a known one: `<path> <value>: there is no
 * such <noun>. Did you mean <word>?` Nothing here knows what an option means.
 */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { isAbortSignal, isUrl } from './kinds.js';
import { cut, shorten } from './text.js';
import { nounOf, suggestion } from './words.js';

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

const NO_SUCH = 'there is no such';

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

/** With more words than these, the nearest one says more than the list. */
const MOST_LISTED = 8;

function quoted(words: readonly (string | number)[]): string {
  return words.map((word) => inspect(word)).join(', ');
}

/**
 * The error for a word that is not among those known: it begins with the nearest one where one is near, and else lists them.
 *
 * @param known - not empty
 * @param meant - what to find the nearest one of
 */
export function unknownWord(path: string, value: unknown, known: readonly string[], meant = value): RangeError {
  const hint = typeof meant === 'string' ? suggestion(meant, known) : undefined;
  if (hint === undefined) {
    return outOfRange(`one of ${quoted(known)}`, path, value);
  }
  const others = known.length > 1 && known.length <= MOST_LISTED ? ` It can be ${quoted(known)}.` : '';
  return new RangeError(shorten(`${path} ${value}: ${NO_SUCH} ${nounOf(path)}. ${hint}${others}`));
}

/** Whether an error says what is wrong with an argument, in the grammar of this file; any other TypeError is a fault of ours. */
export function isUsageError(error: unknown): error is TypeError | RangeError {
  return (
    (error instanceof TypeError || error instanceof RangeError) &&
    (error.message.startsWith('Expected ') || error.message.includes(`: ${NO_SUCH} `))
  );
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
      const hint = suggestion(key, known);
      if (hint !== undefined) {
        throw new TypeError(shorten(`${path}.${key}: ${NO_SUCH} option. ${hint}`));
      }
      throw wrongKind(`a known option (one of ${known.join(', ')})`, `${path}.${key}`, value[key]);
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
  if (typeof value !== typeof words[0]) {
    throw wrongKind(`one of ${quoted(words)}`, path, value);
  }
  throw typeof value === 'string'
    ? unknownWord(path, value, words.map(String))
    : outOfRange(`one of ${quoted(words)}`, path, value);
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
