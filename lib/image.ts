/**
 * Pictures in and out: the only file that imports sharp, with those of lib/image. What comes in is Pillow's
 * `convert('RGB')` to the byte: 8 bits, alpha dropped and not blended, rows turned in a TIFF only, no ICC conversion, palette
 * and grey expanded. Not to the byte are 16-bit grey, CMYK, AVIF, 16-bit BMP and transparent GIF: docs/pictures.md says how.
 * Nothing here resizes what the network sees: the core does.
 *
 * Files are read whole and decoded from memory, so that sharp's cache of open files never shows an old picture.
 */
import sharp, { type Sharp } from 'sharp';
import type { NativeImage } from './binding/types.js';
import { type BmpPixels, bmpSize, decodeBmp } from './bmp.js';
import { DinomalyError } from './errors.js';
import { Gate } from './gate.js';
import { DECODERS } from './image/decoders.js';
import { checkDecoding, type DecodeOptions, type Decoding } from './image/decoding.js';
import { formatOf, refusalOf } from './image/formats.js';
import { type ImageInput, type TakenImage, takeImage } from './image/input.js';
import { turnsRows, upright } from './image/orientation.js';
import type { PictureSize } from './image/size.js';
import { reasonOf } from './kinds.js';
import { type ReadOptions, readBytes, readHead } from './read.js';

const decodes = new Gate(DECODERS);

/** How one picture is read and decoded. */
export interface PictureOptions extends DecodeOptions {
  /** The promise rejects with the signal's reason, while the picture waits or its file is read. */
  readonly signal?: AbortSignal | undefined;
}

/** Of floats with alpha, the widest pixels that there are. */
const WIDEST_PIXEL = 16;
/** For what a file holds beside its pixels. */
const EXTRA_BYTES = 2 ** 24;
/** More are in no buffer that decoders take. */
const MOST_FILE_BYTES = 2 ** 31 - 1;
/** Of the start of a file; most headers end before. */
const HEAD_BYTES = 2 ** 16;

function reading({ pixelLimit }: Decoding, signal: AbortSignal | undefined): ReadOptions {
  const limit = Math.min(MOST_FILE_BYTES, EXTRA_BYTES + WIDEST_PIXEL * pixelLimit);
  return { what: 'the picture', limit, remedy: 'raise the option pixelLimit', signal };
}

function undecodable(name: string, why: string, cause?: unknown): DinomalyError {
  return new DinomalyError('IMAGE_DECODE', `Cannot decode ${name}: ${why}`, { cause });
}

function checkPixels(size: PictureSize, name: string, pixelLimit: number): void {
  if (size.width * size.height > pixelLimit) {
    throw tooLarge(name, pixelLimit, `${size.width} x ${size.height} = ${size.width * size.height} pixels`);
  }
}

function tooLarge(name: string, pixelLimit: number, what: string, cause?: unknown): DinomalyError {
  const message = `${name} has ${what}, more than pixelLimit allows (${pixelLimit}); raise the option pixelLimit`;
  return new DinomalyError('IMAGE_TOO_LARGE', message, { cause });
}

/** Sharp's errors are told apart by their text: it has no codes. */
function fromSharp(error: unknown, name: string, pixelLimit: number): DinomalyError {
  const text = reasonOf(error);
  return /exceeds pixel limit/i.test(text)
    ? tooLarge(name, pixelLimit, 'too many pixels', error)
    : undecodable(name, text, error);
}

function openSharp(input: Uint8Array, pixelLimit: number): Sharp {
  return sharp(input, { ignoreIcc: true, limitInputPixels: pixelLimit, failOn: 'error' });
}

async function toPixels(pipeline: Sharp): Promise<NativeImage> {
  const rgb = pipeline.removeAlpha().toColourspace('srgb').raw();
  const { data, info } = await rgb.toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, channels: info.channels };
}

/** RGB as it is; grey expanded and alpha dropped by sharp, off the event loop. */
async function toRgb(pixels: NativeImage): Promise<NativeImage> {
  const { data, width, height, channels } = pixels;
  if (channels === 3) {
    return pixels;
  }
  const raw = { width, height, channels: channels as 1 | 2 | 4 };
  return toPixels(sharp(data, { raw, limitInputPixels: false }));
}

/** What is taken of a picture once it is open. */
export interface Decoder<Result> {
  /** Changes the file before it is opened. */
  readonly prepare?: (bytes: Uint8Array) => Uint8Array;
  /** Of all kinds but BMP; not colour-managed, rows as Pillow has them. */
  readonly sharp: (pipeline: Sharp) => Promise<Result>;
  readonly bmp: (pixels: BmpPixels) => Promise<Result>;
}

/** 8-bit RGB. */
export const RGB: Decoder<NativeImage> = { sharp: toPixels, bmp: toRgb };

/** Refuses what is given to no decoder. */
function checkFormat(head: Uint8Array, name: string, svg: boolean): 'bmp' | 'other' {
  if (head.length === 0) {
    throw undecodable(name, 'it is empty (0 bytes)');
  }
  const format = formatOf(head);
  const refusal = refusalOf(format, svg);
  if (refusal !== undefined) {
    throw undecodable(name, refusal);
  }
  return format === 'bmp' ? 'bmp' : 'other';
}

async function decodeBytes<Result>(
  bytes: Uint8Array,
  name: string,
  { pixelLimit, svg, orientation }: Decoding,
  decoder: Decoder<Result>,
): Promise<Result> {
  if (checkFormat(bytes, name, svg) === 'other') {
    const file = decoder.prepare?.(bytes) ?? bytes;
    return decoder.sharp(upright(openSharp(file, pixelLimit), file, orientation)).catch((error: unknown) => {
      throw fromSharp(error, name, pixelLimit);
    });
  }
  const size = bmpSize(bytes);
  if (size === undefined) {
    throw undecodable(name, 'its BMP header is damaged');
  }
  checkPixels(size, name, pixelLimit);
  try {
    return await decoder.bmp(await decodeBmp(bytes, size));
  } catch (error) {
    throw undecodable(name, reasonOf(error), error);
  }
}

/**
 * Decodes a picture that was taken, as 8-bit RGB.
 *
 * @throws DinomalyError `FILE_READ`, `IMAGE_DECODE`, `IMAGE_TOO_LARGE`, naming the file; the signal's reason
 */
export async function decodeTaken({ name, content }: TakenImage, options?: PictureOptions): Promise<NativeImage> {
  const decoding = checkDecoding(options);
  if (content.kind === 'raw') {
    checkPixels(content.pixels, name, decoding.pixelLimit);
    return toRgb(content.pixels);
  }
  if (content.kind === 'file') {
    return decodeWith(name, RGB, options);
  }
  return decodes.run(() => decodeBytes(content.bytes, name, decoding, RGB), options?.signal);
}

/**
 * Decodes a picture as 8-bit RGB.
 *
 * @throws TypeError, RangeError as {@link takeImage}; DinomalyError as {@link decodeTaken}
 */
export async function decodeImage(input: ImageInput, options?: PictureOptions): Promise<NativeImage> {
  return decodeTaken(takeImage(input), options);
}

/**
 * Decodes a file in a way of the caller's.
 *
 * @throws DinomalyError as {@link decodeTaken}
 */
export async function decodeWith<Result>(
  path: string,
  decoder: Decoder<Result>,
  options?: PictureOptions,
): Promise<Result> {
  const decoding = checkDecoding(options);
  const signal = options?.signal;
  return decodes.run(async () => {
    return decodeBytes(await readBytes(path, reading(decoding, signal)), path, decoding, decoder);
  }, signal);
}

async function sharpSize(bytes: Uint8Array, name: string, { pixelLimit, orientation }: Decoding): Promise<PictureSize> {
  const header = await openSharp(bytes, pixelLimit)
    .metadata()
    .catch((error: unknown) => {
      throw fromSharp(error, name, pixelLimit);
    });
  const { width, height } = turnsRows(bytes, orientation) ? header.autoOrient : header;
  return { width, height };
}

/** By the start of the file; by all of it where a header stands elsewhere, as it may in a TIFF. */
async function headerSize(head: Uint8Array, path: string, decoding: Decoding, read: ReadOptions): Promise<PictureSize> {
  if (head.length < HEAD_BYTES) {
    return sharpSize(head, path, decoding);
  }
  return sharpSize(head, path, decoding).catch(async (error: unknown) => {
    if (error instanceof DinomalyError && error.code === 'IMAGE_TOO_LARGE') {
      throw error;
    }
    return sharpSize(await readBytes(path, read), path, decoding);
  });
}

/**
 * Width and height from the header of a file, without decoding it.
 *
 * @throws DinomalyError as `decodeTaken`, where the header tells
 */
export async function imageSize(path: string, options?: PictureOptions): Promise<PictureSize> {
  const decoding = checkDecoding(options);
  const { pixelLimit } = decoding;
  return decodes.run(async () => {
    const read = reading(decoding, options?.signal);
    const head = await readHead(path, HEAD_BYTES, read);
    if (checkFormat(head, path, decoding.svg) === 'other') {
      return headerSize(head, path, decoding, read);
    }
    const size = bmpSize(head);
    if (size === undefined) {
      throw undecodable(path, 'its BMP header is damaged');
    }
    checkPixels(size, path, pixelLimit);
    return size;
  }, options?.signal);
}
