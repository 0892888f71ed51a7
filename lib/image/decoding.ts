/** How pictures are decoded: the options that every function with a picture has. */
import { checkBoolean, checkInteger, checkOneOf, orDefault } from '../check.js';
import type { Orientation } from './orientation.js';

/** How to decode pictures. */
export interface DecodeOptions {
  /** Most pixels a picture may have. A file of more than 16 bytes a pixel of this limit is refused too. Default: 268402689, as sharp. */
  readonly pixelLimit?: number | undefined;
  /**
   * Decodes SVG pictures too, in their own size. A small one may take minutes to draw: set it only for files of people you
   * trust. Default: `false`.
   */
  readonly svg?: boolean | undefined;
  /**
   * `'exif'` turns pictures as their orientation tag says, as viewers show photos of a phone; `'ignore'` reads the rows of
   * all but TIFF as they are stored, as the benchmarks do. Raw pixels are taken as they are. Default: that of the model;
   * where there is none `'ignore'`.
   */
  readonly orientation?: Orientation | undefined;
}

/** Checked {@link DecodeOptions}. */
export interface Decoding {
  readonly pixelLimit: number;
  readonly svg: boolean;
  readonly orientation: Orientation;
}

/** How a model has its pictures decoded. */
export function decodingOf(model: {
  readonly pixelLimit: number;
  readonly svg: boolean;
  readonly geometry: { readonly orientation?: Orientation | undefined };
}): Decoding {
  const { pixelLimit, svg, geometry } = model;
  return { pixelLimit, svg, orientation: geometry.orientation ?? 'ignore' };
}

/** Keys of {@link DecodeOptions}. */
export const DECODE_KEYS = ['pixelLimit', 'svg', 'orientation'] as const;

/** As sharp's own: 0x3FFF squared. */
const DEFAULT_PIXEL_LIMIT = 268402689;

/** Whether an orientation tag counts. */
export const ORIENTATIONS = ['exif', 'ignore'] as const satisfies readonly Orientation[];

/**
 * Checks {@link DecodeOptions}.
 *
 * @param path - what they are given in
 * @param orientation - the default of the model or the dataset
 */
export function checkDecoding(
  given: { readonly pixelLimit?: unknown; readonly svg?: unknown; readonly orientation?: unknown } = {},
  path = 'options',
  orientation: Orientation = 'ignore',
): Decoding {
  return {
    pixelLimit: checkInteger(orDefault(given.pixelLimit, DEFAULT_PIXEL_LIMIT), `${path}.pixelLimit`, { min: 1 }),
    svg: checkBoolean(orDefault(given.svg, false), `${path}.svg`),
    orientation: checkOneOf(orDefault(given.orientation, orientation), `${path}.orientation`, ORIENTATIONS),
  };
}
