/** The check of one picture with its masks: all that is at fault with it, not the first only. */

import { DinomalyError } from '../errors.js';
import type { Decoding } from '../image/decoding.js';
import { decodePicture } from '../image/range.js';
import type { PictureSize } from '../image/size.js';
import type { PictureOptions } from '../image.js';
import { hashFile } from '../read.js';
import { namedMasks } from './check.js';
import type { NoteCode, PictureNote } from './inspect-notes.js';
import { type MaskContent, readMask } from './pixels.js';
import type { DatasetFault, DatasetFaultCode, Sample } from './types.js';

/** What a picture is. */
export interface InspectedPicture {
  readonly sample: Sample;
  /** Null where it cannot be read. */
  readonly size: PictureSize | null;
  /** SHA-256 of its file; null where it cannot be read. */
  readonly hash: string | null;
  readonly faults: readonly DatasetFault[];
  readonly notes: readonly PictureNote[];
}

function words({ width, height }: PictureSize): string {
  return `${width} x ${height}`;
}

class PictureCheck {
  readonly faults: DatasetFault[] = [];
  readonly notes: PictureNote[] = [];
  readonly #sample: Sample;
  readonly #decoding: PictureOptions;

  constructor(sample: Sample, decoding: PictureOptions) {
    this.#sample = sample;
    this.#decoding = decoding;
  }

  add(code: DatasetFaultCode, path: string, message: string): void {
    this.faults.push({ code, className: this.#sample.className, path, message });
  }

  note(code: NoteCode, path: string, what: string): void {
    this.notes.push({ code, path, what });
  }

  /** The result, or null with a fault where the file is to blame. */
  async attempt<T>(path: string, task: () => Promise<T>): Promise<T | null> {
    try {
      return await task();
    } catch (error) {
      if (!(error instanceof DinomalyError)) {
        throw error;
      }
      this.add(error.code, path, error.message);
      return null;
    }
  }

  /** Decoded whole: a file that was cut short has a sound header. */
  async size(): Promise<PictureSize | null> {
    const { path } = this.#sample;
    const decoded = await this.attempt(path, () => decodePicture(path, this.#decoding));
    if (decoded === null) {
      return null;
    }
    const { width, height, thin } = decoded;
    if (thin !== null) {
      const levels = `${thin.levels} level${thin.levels === 1 ? '' : 's'} of 256`;
      this.note('THIN_RANGE', path, `values ${thin.low} to ${thin.high} become ${levels}`);
    }
    return { width, height };
  }

  async #mask(mask: string, size: PictureSize | null): Promise<MaskContent | null> {
    const { path, maskValues } = this.#sample;
    const options = { ...this.#decoding, values: maskValues };
    const content = await this.attempt(mask, () => readMask(mask, options));
    if (content === null) {
      return null;
    }
    if (size !== null && words(content) !== words(size)) {
      const message = `The mask ${mask} has ${words(content)} pixels, the picture ${path} ${words(size)}`;
      this.add('MASK_SIZE', mask, message);
    }
    if (content.dark && maskValues !== 'index') {
      this.note('MASK_DARK', mask, `values to ${content.peak}`);
    }
    if (content.full) {
      this.note('MASK_FULL', mask, words(content));
    }
    if (content.alpha) {
      this.note('MASK_ALPHA', mask, words(content));
    }
    return content;
  }

  async masks(size: PictureSize | null, reported: boolean): Promise<void> {
    const { path } = this.#sample;
    const masks = namedMasks(this.#sample);
    if (masks.length === 0 && !reported) {
      this.add('MASK_MISSING', path, `The anomalous picture ${path} has no mask`);
    }
    let readable = true;
    let anomalous = false;
    for (const mask of masks) {
      const content = await this.#mask(mask, size);
      readable &&= content !== null;
      anomalous ||= content?.anomalous === true;
    }
    if (masks.length > 0 && readable && !anomalous) {
      const [only = path, ...others] = masks;
      const which = others.length === 0 ? `The mask ${only} of` : `None of the ${masks.length} masks of`;
      const has = others.length === 0 ? 'has no anomalous pixel' : 'has an anomalous pixel';
      this.add('MASK_EMPTY', others.length === 0 ? only : path, `${which} the anomalous picture ${path} ${has}`);
    }
  }
}

/**
 * Reads a picture and its masks whole.
 *
 * @param reported - its missing mask has been told already
 */
export async function inspectPicture(
  sample: Sample,
  decoding: Decoding,
  reported: boolean,
  signal: AbortSignal,
): Promise<InspectedPicture> {
  const check = new PictureCheck(sample, { ...decoding, signal });
  const size = await check.size();
  const hash = size === null ? null : await hashFile(sample.path, { signal });
  if (sample.label === 1) {
    await check.masks(size, reported);
  }
  return { sample, size, hash, faults: check.faults, notes: check.notes };
}
