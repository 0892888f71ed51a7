/** Masks looked at pixel by pixel, for layouts and for the check of a set. */
import type { PictureSize } from '../image/size.js';
import { decodeMask, type PictureOptions } from '../image.js';

/** What a mask says. */
export interface MaskContent extends PictureSize {
  /** Whether a pixel is above 0 in a channel. */
  readonly anomalous: boolean;
}

/**
 * Decodes a mask.
 *
 * @throws DinomalyError `FILE_READ`, `IMAGE_DECODE`, `IMAGE_TOO_LARGE`, naming the file
 */
export async function readMask(path: string, options?: PictureOptions): Promise<MaskContent> {
  const { data, width, height } = await decodeMask(path, options);
  return { width, height, anomalous: data.some((value) => value > 0) };
}
