/** How pictures are decoded: the options that every function with a picture has. */
import { checkBoolean, checkInteger, orDefault } from '../check.js';

/** How to decode pictures. */
export interface DecodeOptions {
  /** Most pixels a picture may have. A file of more than 16 bytes a pixel of this limit is refused too. Default: 268402689, as sharp. */
  readonly pixelLimit?: number | undefined;
  /**
   * Decodes SVG pictures too, in their own size. A small one may take minutes to draw: set it only for files of people you
   * trust. Default: `false`.
   */
  readonly svg?: boolean | undefined;
}

/** Checked {@link DecodeOptions}. */
export interface Decoding {
  readonly pixelLimit: number;
  readonly svg: boolean;
}

/** Keys of {@link DecodeOptions}. */
export const DECODE_KEYS = ['pixelLimit', 'svg'] as const;

/** As sharp's own: 0x3FFF squared. */
const DEFAULT_PIXEL_LIMIT = 268402689;

/** Checks {@link DecodeOptions}; `path` is what they are given in. */
export function checkDecoding(
  given: { readonly pixelLimit?: unknown; readonly svg?: unknown } = {},
  path = 'options',
): Decoding {
  return {
    pixelLimit: checkInteger(orDefault(given.pixelLimit, DEFAULT_PIXEL_LIMIT), `${path}.pixelLimit`, { min: 1 }),
    svg: checkBoolean(orDefault(given.svg, false), `${path}.svg`),
  };
}
