/** What 8 bits leave of pictures that have more. */
import type { NativeImage } from '../binding/types.js';
import { type Decoder, decodeWith, type PictureOptions, RGB } from '../image.js';
import { decodeSamples, type Samples } from './depth.js';
import type { PictureSize } from './size.js';

/** Values that nearly coincide once they have 8 bits. */
export interface ThinRange {
  /** The smallest and the largest value in the file. */
  readonly low: number;
  readonly high: number;
  /** How many values of 8 bits they become. */
  readonly levels: number;
}

/** A picture that was decoded whole. */
export interface DecodedPicture extends PictureSize {
  /** Null for a picture of 8 bits, and for one whose range is used. */
  readonly thin: ThinRange | null;
}

/** As many as 12 bits leave in a file of 16. */
const FEW_LEVELS = 16;

function countLevels({ data }: Pick<NativeImage, 'data'>): number {
  const seen = new Uint8Array(256);
  for (const value of data) {
    seen[value] = 1;
  }
  return seen.reduce((count, one) => count + one, 0);
}

function thinRange({ data, channels, alpha }: Samples, levels: number): ThinRange | null {
  const colours = alpha ? channels - 1 : channels;
  const seen = new Set<number>();
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let at = 0; at < data.length; at++) {
    const value = data[at] ?? 0;
    if (at % channels < colours && Number.isFinite(value)) {
      low = Math.min(low, value);
      high = Math.max(high, value);
      if (seen.size <= levels) {
        seen.add(value);
      }
    }
  }
  return seen.size > levels ? { low, high, levels } : null;
}

const PICTURE: Decoder<DecodedPicture> = {
  sharp: async (pipeline) => {
    const { depth } = await pipeline.metadata();
    const rgb = await RGB.sharp(pipeline.clone());
    const { width, height } = rgb;
    const levels = depth === 'uchar' ? 256 : countLevels(rgb);
    const thin = levels > FEW_LEVELS ? null : thinRange(await decodeSamples(pipeline.clone()), levels);
    return { width, height, thin };
  },
  bmp: async (pixels) => {
    const { width, height } = await RGB.bmp(pixels);
    return { width, height, thin: null };
  },
};

/**
 * Decodes a picture whole for what can be said of it.
 *
 * @throws DinomalyError as `decodeImage`
 */
export function decodePicture(path: string, options?: PictureOptions): Promise<DecodedPicture> {
  return decodeWith(path, PICTURE, options);
}
