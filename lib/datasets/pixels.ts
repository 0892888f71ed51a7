/** Masks looked at pixel by pixel, for layouts and for the check of a set. */
import type { NativeImage } from '../binding/types.js';
import { decodeMask, levelAt, type MaskOptions } from '../image/mask.js';
import type { PictureSize } from '../image/size.js';

/** What a mask says. */
export interface MaskContent extends PictureSize {
  /** Whether a pixel is above 0 in a channel. */
  readonly anomalous: boolean;
  /** Whether all pixels are. */
  readonly full: boolean;
  /** Its largest value, as the file has it. */
  readonly peak: number;
  /** Its values are so small that a viewer shows it black. */
  readonly dark: boolean;
  /** Its shape is in its alpha channel. */
  readonly alpha: boolean;
}

/** Pixels that are above 0 in a channel. */
function countAnomalous({ data, channels }: NativeImage): number {
  let count = 0;
  for (let at = 0; at < data.length; at += channels) {
    count += levelAt(data, at, channels) > 0 ? 1 : 0;
  }
  return count;
}

/**
 * Decodes a mask.
 *
 * @throws DinomalyError `FILE_READ`, `IMAGE_DECODE`, `IMAGE_TOO_LARGE`, naming the file
 */
export async function readMask(path: string, options?: MaskOptions): Promise<MaskContent> {
  const mask = await decodeMask(path, options);
  const { width, height, peak, dark, alpha } = mask;
  const count = countAnomalous(mask);
  return { width, height, anomalous: count > 0, full: count === width * height, peak, dark, alpha };
}
