/**
 * Masks. What is not 0 in the file, at the file's own depth, is not 0 here. A mask holds grey levels, or numbers such as 0
 * and 1, which a resize would round away: numbers become 0 and 255 before anything else is done with them.
 */
import type { NativeImage } from '../binding/types.js';
import { type Decoder, decodeWith, type PictureOptions, RGB } from '../image.js';
import { decodeSamples, type Samples } from './depth.js';
import { withGreyPalette } from './palette.js';

/** What the values of a mask are: grey levels, or numbers of kinds of defect, where whatever is not 0 is anomalous. */
export type MaskValues = 'grey' | 'index';

/** A mask of 8 bits, 1 to 3 channels without alpha; the largest channel counts. */
export interface MaskImage extends NativeImage {
  /** Its largest value, as the file has it. */
  readonly peak: number;
  /** That is less than half of what the file's depth can hold, so that a viewer shows it black. */
  readonly dark: boolean;
  /** Its colours are the same everywhere, and its shape is in its alpha channel, which was read. */
  readonly alpha: boolean;
}

/** How to decode a mask. */
export interface MaskOptions extends PictureOptions {
  /**
   * Default: `'grey'`, levels of which the mask convention decides; but a mask whose largest value is less than half of
   * white, and one with a palette of colours, holds numbers.
   */
  readonly values?: MaskValues | undefined;
}

/** White at the depth of the file. Values to 255 are 8 bits whatever holds them, as are floats to 1 shares of white. */
function whiteOf({ data }: Samples, peak: number): number {
  if (data.BYTES_PER_ELEMENT === 4 && peak <= 1) {
    return 1;
  }
  return peak <= 255 ? 255 : Math.max(65535, peak);
}

function colours({ channels, alpha }: Samples): number {
  return alpha ? channels - 1 : channels;
}

/** Whether all pixels have the same colour, and not all the same alpha. */
function isAlphaOnly(samples: Samples): boolean {
  const { data, channels, alpha } = samples;
  if (!alpha) {
    return false;
  }
  const last = channels - 1;
  let varies = false;
  for (let at = 0; at < data.length; at += channels) {
    for (let channel = 0; channel < last; channel++) {
      if (data[at + channel] !== data[channel]) {
        return false;
      }
    }
    varies ||= data[at + last] !== data[last];
  }
  return varies;
}

/** The channels that count. */
function pick(samples: Samples, from: number, count: number): Samples {
  const { data, width, height, channels } = samples;
  if (count === channels) {
    return samples;
  }
  const picked = data.slice(0, width * height * count);
  for (let at = 0; at < picked.length; at++) {
    picked[at] = data[Math.floor(at / count) * channels + from + (at % count)] ?? 0;
  }
  return { ...samples, data: picked, channels: count, alpha: false };
}

/** The largest channel of the pixel that starts at `at`. */
export function levelAt(data: ArrayLike<number>, at: number, channels: number): number {
  let level = data[at] ?? 0;
  for (let channel = 1; channel < channels; channel++) {
    level = Math.max(level, data[at + channel] ?? 0);
  }
  return level;
}

function hasHue({ data, channels, palette }: Samples): boolean {
  if (!palette || channels !== 3) {
    return false;
  }
  for (let at = 0; at < data.length; at += 3) {
    if (data[at] !== data[at + 1] || data[at] !== data[at + 2]) {
      return true;
    }
  }
  return false;
}

function peakOf({ data, channels }: Samples): number {
  let peak = 0;
  for (let at = 0; at < data.length; at += channels) {
    const level = levelAt(data, at, channels);
    peak = level > peak ? level : peak;
  }
  return peak;
}

/** 255 where a channel is above 0. */
function toMarks({ data, width, height, channels }: Samples): NativeImage {
  const marks = new Uint8Array(width * height);
  for (let at = 0; at < marks.length; at++) {
    marks[at] = levelAt(data, at * channels, channels) > 0 ? 255 : 0;
  }
  return { data: marks, width, height, channels: 1 };
}

/** Levels of 8 bits; what is above 0 stays above it. */
function toLevels({ data, width, height, channels }: Samples, white: number): NativeImage {
  if (data.BYTES_PER_ELEMENT === 1) {
    return { data: data as Uint8Array, width, height, channels };
  }
  const levels = Uint8Array.from(data, (value) => (value > 0 ? Math.max(1, Math.round((255 * value) / white)) : 0));
  return { data: levels, width, height, channels };
}

function toMask(samples: Samples, values: MaskValues): MaskImage {
  const alpha = isAlphaOnly(samples);
  const own = alpha ? pick(samples, samples.channels - 1, 1) : pick(samples, 0, colours(samples));
  const peak = peakOf(own);
  const white = whiteOf(own, peak);
  const small = peak > 0 && 2 * peak < white;
  const dark = peak > 0 && 2 * peak < (own.data.BYTES_PER_ELEMENT === 2 ? 65535 : white);
  const numbers = values === 'index' || small || hasHue(own);
  return { ...(numbers ? toMarks(own) : toLevels(own, white)), peak, dark, alpha };
}

function decoderOf(values: MaskValues): Decoder<MaskImage> {
  return {
    ...(values === 'index' ? { prepare: withGreyPalette } : {}),
    sharp: async (pipeline) => toMask(await decodeSamples(pipeline), values),
    // What 32 bits have beside colours is seldom alpha.
    bmp: async (pixels) => toMask({ ...(await RGB.bmp(pixels)), alpha: false, palette: false }, values),
  };
}

/**
 * Decodes a mask.
 *
 * @throws DinomalyError `FILE_READ`, `IMAGE_DECODE`, `IMAGE_TOO_LARGE`, naming the file
 */
export function decodeMask(path: string, { values = 'grey', ...options }: MaskOptions = {}): Promise<MaskImage> {
  return decodeWith(path, decoderOf(values), options);
}
