/** Small copies of pictures for pages: WebP, a few kilobytes each, since a page carries hundreds. */
import sharp from 'sharp';
import type { NativeImage } from '../binding/types.js';
import type { PictureSize } from './size.js';

/** Qualities tried in turn until a picture is small enough; the last one stands. */
const QUALITIES = [80, 60, 40, 20, 5] as const;

/** Bytes that a thumbnail should not exceed. */
export const THUMBNAIL_BYTES = 24 * 1024;

/** An encoded thumbnail. */
export interface Thumbnail {
  readonly webp: Buffer;
  readonly width: number;
  readonly height: number;
}

/** The size of a picture brought to at most `longest` pixels a side, in its proportions; small ones stay. */
export function fitInside({ width, height }: PictureSize, longest: number): PictureSize {
  const scale = Math.min(1, longest / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/**
 * The size of the thumbnail of a picture: `longest` pixels a side, and up to twice as many for one so long that it would have less
 * than half of them across. None has more pixels than a square.
 */
export function thumbnailSize(picture: PictureSize, longest: number): PictureSize {
  const aspect = Math.max(picture.width, picture.height) / Math.min(picture.width, picture.height);
  return fitInside(picture, Math.min(2, Math.max(1, aspect / 2)) * longest);
}

/** A picture scaled down to `size`, as RGB. */
export async function shrink(picture: NativeImage, size: PictureSize): Promise<NativeImage> {
  const { data, width, height } = picture;
  const scaled = sharp(data, { raw: { width, height, channels: 3 }, limitInputPixels: false })
    .resize(size.width, size.height, { fit: 'fill', kernel: 'lanczos3' })
    .removeAlpha()
    .raw();
  return { data: await scaled.toBuffer(), width: size.width, height: size.height, channels: 3 };
}

/** Encodes RGB as WebP, at the best quality that stays under {@link THUMBNAIL_BYTES}. */
export async function encodeThumbnail({ data, width, height }: NativeImage): Promise<Thumbnail> {
  let webp = Buffer.alloc(0);
  for (const quality of QUALITIES) {
    webp = await sharp(data, { raw: { width, height, channels: 3 } })
      .webp({ quality })
      .toBuffer();
    if (webp.length <= THUMBNAIL_BYTES) {
      break;
    }
  }
  return { webp, width, height };
}

/** Encodes a picture of few flat colours, as a mask, without loss. */
export async function encodeFlat({ data, width, height }: NativeImage): Promise<Thumbnail> {
  const webp = await sharp(data, { raw: { width, height, channels: 3 } })
    .webp({ lossless: true })
    .toBuffer();
  return { webp, width, height };
}
