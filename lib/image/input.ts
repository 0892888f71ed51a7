/** A picture as callers give it, and what is taken of it before anything waits. */
import { checkPresent, ownCopy } from '../binding/own.js';
import type { NativeImage } from '../binding/types.js';
import { checkFileUrl, checkInteger, isRecord, outOfRange, wrongKind } from '../check.js';
import { isUint8Array, isUrl } from '../kinds.js';

/** Decoded 8-bit pixels, as sharp's `raw().toBuffer({resolveWithObject: true})` gives them. */
export interface RawImage {
  /** `width * height * channels` bytes, interleaved. */
  readonly data: Uint8Array;
  readonly info: {
    readonly width: number;
    readonly height: number;
    /** 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha. */
    readonly channels: number;
  };
}

/**
 * A picture: a path or `file:` URL, the bytes of an encoded picture, or decoded pixels. Bytes and pixels may lie in any
 * memory, shared and resizable too, and are copied when the call is made: from then on the memory is the caller's again, to
 * write to, to resize or to transfer to another thread. The copy takes about a millisecond for ten megabytes, and is held
 * until the promise settles.
 */
export type ImageInput = string | URL | Uint8Array | RawImage;

/** A picture taken from a caller; its memory is this package's. */
export interface TakenImage {
  /** For messages: the path, or what else it is. */
  readonly name: string;
  readonly content:
    | { readonly kind: 'file' }
    | { readonly kind: 'encoded'; readonly bytes: Uint8Array }
    | { readonly kind: 'raw'; readonly pixels: NativeImage };
}

/** What to call a picture in a message. */
export function imageName(input: ImageInput): string {
  if (typeof input === 'string') {
    return input;
  }
  if (isUrl(input)) {
    return checkFileUrl(input, 'image');
  }
  return isUint8Array(input) ? `the ${input.length} encoded bytes` : 'the raw picture';
}

function takeRaw({ data, info }: RawImage): NativeImage {
  if (!isUint8Array(data)) {
    throw wrongKind('a Buffer or Uint8Array', 'image.data', data);
  }
  if (typeof info !== 'object' || info === null) {
    throw wrongKind('an object with width, height and channels', 'image.info', info);
  }
  const width = checkInteger(info.width, 'image.info.width', { min: 1 });
  const height = checkInteger(info.height, 'image.info.height', { min: 1 });
  const channels = checkInteger(info.channels, 'image.info.channels', { min: 1, max: 4 });
  checkPresent(data, 'image.data');
  if (data.length !== width * height * channels) {
    const what = `${width} x ${height} x ${channels} = ${width * height * channels} bytes of 8 bits a channel`;
    throw outOfRange(what, 'image.data.length', data.length);
  }
  return { data: ownCopy(data, 'image.data'), width, height, channels };
}

/**
 * Checks a picture and copies what lies in memory. Call it before the first `await` of a public function.
 *
 * @throws TypeError, RangeError for an input of the wrong kind, memory that was transferred away, or a raw buffer whose size
 * does not fit
 */
export function takeImage(input: unknown): TakenImage {
  if (typeof input === 'string' || isUrl(input)) {
    if (input === '') {
      throw outOfRange('a path', 'image', input);
    }
    return { name: imageName(input), content: { kind: 'file' } };
  }
  if (isUint8Array(input)) {
    return { name: imageName(input), content: { kind: 'encoded', bytes: ownCopy(input, 'image') } };
  }
  if (isRecord(input) && 'data' in input && 'info' in input) {
    const pixels = takeRaw(input as unknown as RawImage);
    return { name: 'the raw picture', content: { kind: 'raw', pixels } };
  }
  throw wrongKind('a path, a file: URL, encoded bytes or {data, info}', 'image', input);
}
