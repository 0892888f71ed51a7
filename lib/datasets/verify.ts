/** Headers of pictures and masks, read before a long run starts. */
import { availableParallelism } from 'node:os';
import { checkOptions, checkSignal } from '../check.js';
import { forEachAhead } from '../gate.js';
import { checkDecoding, DECODE_KEYS, type DecodeOptions } from '../image/decoding.js';
import type { PictureSize } from '../image/size.js';
import { imageSize } from '../image.js';
import { checkSamples, namedMasks } from './check.js';
import type { Sample } from './types.js';

/** Options of {@link verifyImages}. */
export interface VerifyOptions extends DecodeOptions {
  /** Stops the check; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads the header of every picture and mask, so that an empty, foreign or oversized file is named before any work starts.
 *
 * @returns the size of each picture, in the order of `samples`
 * @throws DinomalyError `FILE_READ`, `IMAGE_DECODE`, `IMAGE_TOO_LARGE` for the first bad file in the order of `samples`
 */
export async function verifyImages(samples: readonly Sample[], options?: VerifyOptions): Promise<PictureSize[]> {
  const given = checkOptions(options, 'options', [...DECODE_KEYS, 'signal']);
  const signal = checkSignal(given.signal, 'options.signal');
  const picture = { ...checkDecoding(given), signal };
  checkSamples(samples, 'samples');
  const sizes: PictureSize[] = new Array(samples.length);
  const work = async ([index, sample]: [number, Sample]): Promise<void> => {
    signal?.throwIfAborted();
    sizes[index] = await imageSize(sample.path, picture);
    for (const mask of namedMasks(sample)) {
      await imageSize(mask, picture);
    }
  };
  await forEachAhead(samples.entries(), 2 * availableParallelism(), work, signal);
  return sizes;
}
