/** Values of command line options, from text to what the library takes. The library checks their ranges. */
import { InvalidArgumentError } from 'commander';
import type { EncoderFamily, EncoderName, EncoderOptions, TilesOption } from '../options/types.js';

/** An integer or a decimal number. */
export function parseNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) {
    throw new InvalidArgumentError(`'${text}' is not a number.`);
  }
  return value;
}

/** An integer. */
export function parseInteger(text: string): number {
  const value = parseNumber(text);
  if (!Number.isSafeInteger(value)) {
    throw new InvalidArgumentError(`'${text}' is not an integer.`);
  }
  return value;
}

/** `392`, or `HEIGHTxWIDTH`. */
export function parseExtent(text: string): number | readonly [number, number] {
  const [height, width, ...rest] = text.toLowerCase().split('x');
  if (height === undefined || rest.length > 0) {
    throw new InvalidArgumentError(`'${text}' is neither N nor HEIGHTxWIDTH.`);
  }
  return width === undefined ? parseInteger(height) : [parseInteger(height), parseInteger(width)];
}

/** Commander takes null for an option without a value. */
export type TilesArgument = TilesOption | 'none';

/** The option of the library. */
export function readTiles(given: TilesArgument | undefined): TilesOption | null | undefined {
  return given === 'none' ? null : given;
}

/** `auto`, `none`, or `SIZE:OVERLAP`, the overlap if it is not the default. */
export function parseTiles(text: string): TilesArgument {
  if (text === 'auto' || text === 'none') {
    return text;
  }
  const [size = '', overlap, ...rest] = text.split(':');
  if (rest.length > 0) {
    throw new InvalidArgumentError(`'${text}' is neither auto, none nor SIZE:OVERLAP.`);
  }
  return { size: parseExtent(size), ...(overlap !== undefined && { overlap: parseInteger(overlap) }) };
}

/** `ROW,COLUMN`. */
export function parseQuery(text: string): { readonly row: number; readonly column: number } {
  const [row, column, ...rest] = text.split(',').map(parseInteger);
  if (row === undefined || column === undefined || rest.length > 0) {
    throw new InvalidArgumentError(`'${text}' is not ROW,COLUMN.`);
  }
  return { row, column };
}

/** Options that name or describe an encoder. */
export interface EncoderArguments {
  readonly encoder?: string;
  readonly family?: string;
  readonly dim?: number;
  readonly depth?: number;
  readonly heads?: number;
  readonly patch?: number;
  readonly registers?: number;
}

/**
 * The `encoder` option of the library: a name, a shape, or nothing.
 *
 * @param fail - ends the command as a usage error
 */
export function readEncoder(
  given: EncoderArguments,
  fail: (message: string) => never,
): EncoderName | EncoderOptions | undefined {
  const { dim, depth, heads, patch, registers } = given;
  // The library refuses a family it does not know.
  const family = given.family as EncoderFamily | undefined;
  if ([family, dim, depth, heads, patch, registers].every((value) => value === undefined)) {
    // The library refuses a name it does not know and lists those it does.
    return given.encoder as EncoderName | undefined;
  }
  if (given.encoder !== undefined) {
    return fail(
      '--encoder cannot be combined with --family, --dim, --depth, --heads, --patch or --registers, because its name says them: leave them out',
    );
  }
  if (dim === undefined || depth === undefined || heads === undefined || patch === undefined) {
    return fail('an encoder of your own needs --dim, --depth, --heads and --patch');
  }
  return { ...present({ family }), dim, depth, heads, patch, registers };
}

/** The keys whose values are there: the library's options take no key more than needed. */
export function present<T extends Readonly<Record<string, unknown>>>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}
