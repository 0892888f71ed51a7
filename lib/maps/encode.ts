/** Anomaly maps as files: what programs and the servers of benchmarks read. */
import { extname } from 'node:path';
import { call } from '../binding/call.js';
import { binding } from '../binding/load.js';
import type { NativeMap, NativeMapEncoder } from '../binding/map-types.js';
import {
  checkNumber,
  checkOneOf,
  checkOptions,
  checkPath,
  checkSignal,
  isRecord,
  MAP_VALUE,
  orDefault,
  outOfRange,
  wrongKind,
} from '../check.js';
import { writeWhole } from '../files.js';
import { encodeGrey, withText } from '../image/encode.js';
import { checkMap, thresholdMissing } from './check.js';
import { npyHead, tiffHead } from './file-heads.js';
import { MAP_FORMATS } from './formats.js';
import type { AnomalyMap, PlacedMap } from './types.js';

/**
 * How a map is written:
 *
 * - `'png16'`: grey PNG of 16 bits; level 1 is `scale.low`, level 65535 `scale.high`, linear between and held beyond; level
 *   0 is NaN. The scale stands in the text chunk `scale` as JSON.
 * - `'tiff'`, `'tiff16'`: TIFF of one channel of 32-bit or 16-bit floats, not compressed; NaN is kept.
 * - `'npy'`: NumPy array, fp32, C order; NaN is kept.
 * - `'mask'`: PNG of 8 bits, 255 above `threshold`, else 0.
 */
export type MapFormat = (typeof MAP_FORMATS)[number];

/** Map values at the ends of the levels of a 16-bit PNG. */
export interface LevelScale {
  readonly low: number;
  readonly high: number;
}

/** Options of {@link encodeMap}. */
export interface EncodeOptions {
  readonly format: MapFormat;
  /** Of `'png16'`. Default: `{low: 0, high: 2}`, all that a model's maps can have: files of any picture compare. */
  readonly scale?: LevelScale | undefined;
  /** Of `'mask'`, and needed there: what is above is 255. */
  readonly threshold?: number | undefined;
  /** In place of NaN, that is of what was not inspected. Default: NaN stays. */
  readonly fill?: number | undefined;
  /** The promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of {@link saveMap}. */
export interface SaveMapOptions extends Omit<EncodeOptions, 'format'> {
  /** Default: by the file's extension, `'png16'`, `'tiff'` or `'npy'`. */
  readonly format?: MapFormat | undefined;
}

interface Checked {
  readonly format: MapFormat;
  readonly scale: LevelScale;
  readonly threshold: number | null;
  readonly fill: number;
  readonly signal: AbortSignal | undefined;
}

const DEFAULT_SCALE: LevelScale = { low: 0, high: 2 };
const KEYS = ['format', 'scale', 'threshold', 'fill', 'signal'] as const;
const ENCODINGS = { png16: 'uint16', tiff: 'float32', tiff16: 'float16', npy: 'float32', mask: 'binary' } as const;

/** Extensions of the formats, with their dots. */
export const MAP_EXTENSIONS = { png16: '.png', tiff: '.tiff', tiff16: '.tiff', npy: '.npy', mask: '.png' } as const;

function checkScale(value: unknown): LevelScale {
  if (value === undefined) {
    return DEFAULT_SCALE;
  }
  if (!isRecord(value)) {
    throw wrongKind('{low, high}', 'options.scale', value);
  }
  const given = checkOptions(value, 'options.scale', ['low', 'high']);
  const low = checkNumber(given.low, 'options.scale.low', MAP_VALUE);
  const high = checkNumber(given.high, 'options.scale.high', MAP_VALUE);
  if (high <= low) {
    throw outOfRange(`a number above low, ${low},`, 'options.scale.high', high);
  }
  return { low, high };
}

function check(options: unknown, implied?: MapFormat): Checked {
  const given = checkOptions(options, 'options', KEYS);
  const format = checkOneOf(orDefault(given.format, implied), 'options.format', MAP_FORMATS);
  const threshold = given.threshold === undefined ? null : checkNumber(given.threshold, 'options.threshold');
  if (format === 'mask' && threshold === null) {
    throw thresholdMissing("a map of format 'mask' needs {threshold}");
  }
  return {
    format,
    scale: checkScale(given.scale),
    threshold,
    fill: given.fill === undefined ? Number.NaN : checkNumber(given.fill, 'options.fill', MAP_VALUE),
    signal: checkSignal(given.signal, 'options.signal'),
  };
}

/** The parts of a file, one after the other. */
async function encodeParts(map: NativeMap, { format, scale, threshold, fill, signal }: Checked): Promise<Uint8Array[]> {
  const { width, height } = map;
  const { low, high } = format === 'mask' ? { low: threshold ?? 0, high: 0 } : scale;
  const encoder: NativeMapEncoder = { encoding: ENCODINGS[format], low, high, fill };
  const native = binding();
  const bytes = await call((stop) => native.encodeMap(map, encoder, stop), { signal });
  switch (format) {
    case 'png16': {
      const data = new Uint16Array(bytes.buffer, bytes.byteOffset, width * height);
      const png = await encodeGrey({ data, width, height });
      return [withText(png, 'scale', JSON.stringify({ ...scale, lowLevel: 1, highLevel: 65535, nanLevel: 0 }))];
    }
    case 'mask':
      return [await encodeGrey({ data: bytes, width, height })];
    case 'npy':
      return [npyHead(height, width), bytes];
    default:
      return [tiffHead({ width, height, bits: format === 'tiff' ? 32 : 16 }), bytes];
  }
}

/**
 * A map as the bytes of a file.
 *
 * @param source - what `placeMap` or `model.score` returned
 * @throws TypeError, RangeError naming the option at fault
 * @throws DinomalyError `THRESHOLD_MISSING` for a mask without a threshold; the signal's reason
 */
export async function encodeMap(source: PlacedMap | AnomalyMap, options: EncodeOptions): Promise<Buffer> {
  const checked = check(options);
  return Buffer.concat(await encodeParts(checkMap(source, 'source'), checked));
}

function impliedFormat(file: string): MapFormat | undefined {
  switch (extname(file).toLowerCase()) {
    case '.png':
      return 'png16';
    case '.tif':
    case '.tiff':
      return 'tiff';
    case '.npy':
      return 'npy';
    default:
      return undefined;
  }
}

/**
 * Writes a map as a file, which is whole or not there.
 *
 * @param path - path or `file:` URL; its extension tells the format where the options do not
 * @param source - what `placeMap` or `model.score` returned
 * @throws as {@link encodeMap}, and DinomalyError `FILE_WRITE`
 */
export async function saveMap(
  path: string | URL,
  source: PlacedMap | AnomalyMap,
  options?: SaveMapOptions,
): Promise<void> {
  const file = checkPath(path, 'path');
  const implied = impliedFormat(file);
  if (implied === undefined && options?.format === undefined) {
    throw outOfRange('a name that ends in .png, .tiff, .tif or .npy, or {format},', 'path', file);
  }
  const checked = check(options, implied);
  await writeWhole(file, await encodeParts(checkMap(source, 'source'), checked));
}
