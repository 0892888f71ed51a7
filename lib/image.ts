/**
 * Pictures in and out: the only file that imports sharp, with those of lib/image. What comes in is Pillow's
 * `convert('RGB')` to the byte: 8 bits, alpha dropped and not blended, rows turned in a TIFF only, no ICC conversion, palette
 * and grey expanded. Not to the byte are 16-bit grey, CMYK, AVIF, 16-bit BMP and transparent GIF: docs/pictures.md says how.
 * Nothing here resizes what the network sees: the core does.
 *
 * Files are read whole and decoded from memory, so that sharp's cache of open files never shows an old picture.
 */
import { open, readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import sharp, { type Sharp } from 'sharp';
import { pin } from './binding/pin.js';
import type { NativeImage } from './binding/types.js';
import { BMP_HEADER_BYTES, type BmpPixels, bmpSize, decodeBmp, isBmp } from './bmp.js';
import { checkFileUrl, checkInteger, isRecord, outOfRange, wrongKind } from './check.js';
import { DinomalyError } from './errors.js';
import { Gate } from './gate.js';
import { turnsRows, upright } from './image/orientation.js';
import type { PictureSize } from './image/size.js';
import { isUint8Array, isUrl, reasonOf } from './kinds.js';

/** Decoded 8-bit pixels, as sharp's `raw().toBuffer({resolveWithObject: true})` gives them. */
export interface RawImage {
  /** `width * height * channels` bytes, interleaved. RGB is viewed, not copied: leave it alone until the promise settles. */
  readonly data: Uint8Array;
  readonly info: {
    readonly width: number;
    readonly height: number;
    /** 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha. */
    readonly channels: number;
  };
}

/**
 * A picture: a path or `file:` URL, the bytes of an encoded picture, or decoded pixels. Files become 8-bit RGB to the byte as
 * Pillow's `convert('RGB')`, but for 16-bit grey, CMYK, AVIF, 16-bit BMP and transparent GIF.
 */
export type ImageInput = string | URL | Uint8Array | RawImage;

/** As sharp's own: 0x3FFF squared. */
export const DEFAULT_PIXEL_LIMIT = 268402689;

/** Every extension that can be decoded, lower case with its dot. */
export const imageExtensions: ReadonlySet<string> = new Set([
  '.bmp',
  '.dib',
  ...Object.values(sharp.format).flatMap((format) => {
    const { buffer, fileSuffix } = format.input as { buffer: boolean; fileSuffix?: readonly string[] };
    return buffer ? (fileSuffix ?? []) : [];
  }),
]);

// Each decode holds a thread of the libuv pool; more than the cores only costs memory.
const decodes = new Gate(Math.max(2, Math.min(8, availableParallelism())));

interface Encoded {
  readonly bytes: Uint8Array;
  /** For messages: the path, or what else it is. */
  readonly name: string;
}

function pathOf(input: string | URL): string {
  if (typeof input === 'string') {
    return input;
  }
  return checkFileUrl(input, 'image');
}

/** What to call a picture in a message. */
export function imageName(input: ImageInput): string {
  if (typeof input === 'string' || isUrl(input)) {
    return pathOf(input);
  }
  return isUint8Array(input) ? `the ${input.length} encoded bytes` : 'the raw picture';
}

function checkInput(input: unknown): asserts input is ImageInput {
  const encoded = typeof input === 'string' || isUrl(input) || isUint8Array(input);
  if (!encoded && !(isRecord(input) && 'data' in input && 'info' in input)) {
    throw wrongKind('a path, a file: URL, encoded bytes or {data, info}', 'image', input);
  }
  if (input === '') {
    throw outOfRange('a path', 'image', input);
  }
}

async function readEncoded(input: string | URL | Uint8Array): Promise<Encoded> {
  const name = imageName(input);
  if (isUint8Array(input)) {
    return { bytes: input, name };
  }
  try {
    return { bytes: await readFile(pathOf(input)), name };
  } catch (error) {
    throw new DinomalyError('FILE_READ', `Cannot read the picture ${name}: ${reasonOf(error)}`, { cause: error });
  }
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

function openSharp(input: Uint8Array | string, pixelLimit: number): Sharp {
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

async function decodeBytes<Result>(
  { bytes, name }: Encoded,
  pixelLimit: number,
  decoder: Decoder<Result>,
): Promise<Result> {
  if (bytes.length === 0) {
    throw undecodable(name, 'it is empty (0 bytes)');
  }
  if (!isBmp(bytes)) {
    const file = decoder.prepare?.(bytes) ?? bytes;
    return decoder.sharp(upright(openSharp(file, pixelLimit), file)).catch((error: unknown) => {
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

function checkRaw(image: RawImage): { bytes: Uint8Array; width: number; height: number; channels: number } {
  const { data, info } = image;
  if (!isUint8Array(data)) {
    throw wrongKind('a Buffer or Uint8Array', 'image.data', data);
  }
  if (typeof info !== 'object' || info === null) {
    throw wrongKind('an object with width, height and channels', 'image.info', info);
  }
  const width = checkInteger(info.width, 'image.info.width', { min: 1 });
  const height = checkInteger(info.height, 'image.info.height', { min: 1 });
  const channels = checkInteger(info.channels, 'image.info.channels', { min: 1, max: 4 });
  if (data.length !== width * height * channels) {
    const what = `${width} x ${height} x ${channels} = ${width * height * channels} bytes of 8 bits a channel`;
    throw outOfRange(what, 'image.data.length', data.length);
  }
  return { bytes: data, width, height, channels };
}

async function convertRaw(image: RawImage, pixelLimit: number): Promise<NativeImage> {
  const { bytes, width, height, channels } = checkRaw(image);
  checkPixels({ width, height }, 'the raw picture', pixelLimit);
  return toRgb({ data: pin(bytes), width, height, channels });
}

/** How to decode. */
export interface DecodeOptions {
  /** Most pixels a picture may have. Default: 268402689, as sharp. */
  readonly pixelLimit?: number | undefined;
}

/**
 * Decodes a picture as 8-bit RGB.
 *
 * @throws TypeError, RangeError for an input of the wrong kind or a raw buffer whose size does not fit
 * @throws DinomalyError `FILE_READ`, `IMAGE_DECODE`, `IMAGE_TOO_LARGE`, naming the file
 */
export async function decodeImage(input: ImageInput, options: DecodeOptions = {}): Promise<NativeImage> {
  const pixelLimit = options.pixelLimit ?? DEFAULT_PIXEL_LIMIT;
  checkInput(input);
  if (isRecord(input)) {
    return convertRaw(input as unknown as RawImage, pixelLimit);
  }
  return decodeWith(input as string | URL | Uint8Array, RGB, options);
}

/**
 * Decodes a picture in a way of the caller's.
 *
 * @throws DinomalyError as {@link decodeImage}
 */
export function decodeWith<Result>(
  input: string | URL | Uint8Array,
  decoder: Decoder<Result>,
  { pixelLimit = DEFAULT_PIXEL_LIMIT }: DecodeOptions = {},
): Promise<Result> {
  return decodes.run(async () => decodeBytes(await readEncoded(input), pixelLimit, decoder));
}

async function readHead(path: string): Promise<Uint8Array> {
  const file = await open(path).catch((error: unknown) => {
    throw new DinomalyError('FILE_READ', `Cannot read the picture ${path}: ${reasonOf(error)}`, { cause: error });
  });
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(BMP_HEADER_BYTES), 0, BMP_HEADER_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    throw new DinomalyError('FILE_READ', `Cannot read the picture ${path}: ${reasonOf(error)}`, { cause: error });
  } finally {
    await file.close();
  }
}

/**
 * Width and height from the header of a file, without decoding it.
 *
 * @throws DinomalyError as `decodeImage`, where the header tells
 */
export async function imageSize(path: string, options: DecodeOptions = {}): Promise<PictureSize> {
  const pixelLimit = options.pixelLimit ?? DEFAULT_PIXEL_LIMIT;
  return decodes.run(async () => {
    const head = await readHead(path);
    if (head.length === 0) {
      throw undecodable(path, 'it is empty (0 bytes)');
    }
    if (!isBmp(head)) {
      const header = await openSharp(path, pixelLimit)
        .metadata()
        .catch((error: unknown) => {
          throw fromSharp(error, path, pixelLimit);
        });
      const { width, height } = turnsRows(head) ? header.autoOrient : header;
      return { width, height };
    }
    const size = bmpSize(head);
    if (size === undefined) {
      throw undecodable(path, 'its BMP header is damaged');
    }
    checkPixels(size, path, pixelLimit);
    return size;
  });
}
