/**
 * BMP beside sharp, which reads none: found by content, measured from the header before anything is allocated, decoded off
 * the event loop. The decoder is an addon of its own and is loaded when the first BMP arrives.
 */
import type { Transformer } from '@napi-rs/image';
import type { PictureSize } from './image/size.js';

/** Interleaved 8-bit pixels. */
export interface BmpPixels extends PictureSize {
  readonly data: Uint8Array;
  readonly channels: 1 | 3 | 4;
}

/** Bytes from the start that `bmpSize` reads. */
const BMP_HEADER_BYTES = 26;

const DIB_HEADER = 14;
const OS2_HEADER_BYTES = 12;
/** Sizes of the header's versions; a text that starts with BM has another. */
const HEADER_BYTES: ReadonlySet<number> = new Set([OS2_HEADER_BYTES, 16, 40, 52, 56, 64, 108, 124]);

/** True when the bytes start as a BMP does. */
function isBmp(bytes: Uint8Array): boolean {
  return bytes[0] === 0x42 && bytes[1] === 0x4d;
}

/** Width and height from the header, or `undefined` when the header is cut short or says nothing possible. */
export function bmpSize(bytes: Uint8Array): PictureSize | undefined {
  if (!isBmp(bytes) || bytes.length < BMP_HEADER_BYTES) {
    return undefined;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const headerBytes = view.getUint32(DIB_HEADER, true);
  if (!HEADER_BYTES.has(headerBytes)) {
    return undefined;
  }
  const old = headerBytes === OS2_HEADER_BYTES;
  const width = old ? view.getUint16(18, true) : view.getInt32(18, true);
  // A negative height marks rows stored top to bottom.
  const height = Math.abs(old ? view.getUint16(20, true) : view.getInt32(22, true));
  return width > 0 && height > 0 ? { width, height } : undefined;
}

async function load(bytes: Uint8Array): Promise<Transformer> {
  const decoder = await import('@napi-rs/image');
  return new decoder.Transformer(bytes);
}

/**
 * Decodes a BMP of 1, 4 or 8 bits with a palette, 16, 24 or 32 bits, in either order of rows, as 8-bit grey, RGB or RGBA.
 *
 * @param size - from `bmpSize`
 */
export async function decodeBmp(bytes: Uint8Array, size: PictureSize): Promise<BmpPixels> {
  const transformer = await load(bytes);
  const data = await transformer.rawPixels();
  const channels = data.length / (size.width * size.height);
  if (channels !== 1 && channels !== 3 && channels !== 4) {
    throw new Error(`the decoder returned ${data.length} bytes for ${size.width} x ${size.height} pixels`);
  }
  return { data, ...size, channels };
}
