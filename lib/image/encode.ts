/** Pixels to PNG, off the event loop. With lib/image.ts the only importer of sharp. */
import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { isUint16Array } from '../kinds.js';
import type { PictureSize } from './size.js';

/** Interleaved pixels and their size. */
export interface Pixels<Data extends Uint8Array | Uint16Array = Uint8Array> extends PictureSize {
  readonly data: Data;
}

/** What surrounds a picture that something stands under. */
const AROUND = '#20242a';

/** RGB pixels; those of `below` under them, each flush left. */
export async function encodeRgb({ data, width, height }: Pixels, below?: Pixels<Buffer>): Promise<Buffer> {
  const image = sharp(data, { raw: { width, height, channels: 3 }, limitInputPixels: false });
  if (below === undefined) {
    return image.png().toBuffer();
  }
  const raw = { width: below.width, height: below.height, channels: 3 } as const;
  return image
    .extend({ bottom: below.height, right: Math.max(0, below.width - width), background: AROUND })
    .composite([{ input: below.data, raw, left: 0, top: height }])
    .removeAlpha()
    .png()
    .toBuffer();
}

/** Grey pixels, of 8 or of 16 bits as their array has. */
export function encodeGrey({ data, width, height }: Pixels<Uint8Array | Uint16Array>): Promise<Buffer> {
  const grey = sharp(data, { raw: { width, height, channels: 1 }, limitInputPixels: false });
  return grey
    .toColourspace(isUint16Array(data) ? 'grey16' : 'b-w')
    .png()
    .toBuffer();
}

/** RGB pixels of an SVG of the given size. */
export async function rasterise(svg: string, { width, height }: PictureSize): Promise<Buffer> {
  return sharp(Buffer.from(svg)).resize(width, height, { fit: 'fill' }).removeAlpha().raw().toBuffer();
}

/** Signature and IHDR, which comes first in every PNG. */
const HEAD_BYTES = 8 + 25;

/** The PNG with a tEXt chunk after its header; Latin-1. */
export function withText(png: Buffer, keyword: string, text: string): Buffer {
  const typed = Buffer.from(`tEXt${keyword}\0${text}`, 'latin1');
  const chunk = Buffer.alloc(typed.length + 8);
  chunk.writeUInt32BE(typed.length - 4, 0);
  typed.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(typed), typed.length + 4);
  return Buffer.concat([png.subarray(0, HEAD_BYTES), chunk, png.subarray(HEAD_BYTES)]);
}

/** Versions of the libraries that read pictures. */
export function pictureLibraries(): { readonly sharp: string; readonly libvips: string } {
  return { sharp: sharp.versions.sharp ?? 'unknown', libvips: sharp.versions.vips };
}
