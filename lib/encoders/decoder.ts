/** The decoder that goes with an encoder when the options say nothing of it. */
import { defaultTargetLayers } from '../options/encoders.js';
import { targetRange } from './shapes.js';
import type { EncoderConfig } from './types.js';

/** Targets and decoder of an encoder, where nothing is said. */
export interface DecoderDefaults {
  readonly targetLayers: readonly number[];
  readonly decoderDepth: number;
  readonly decoderHeads: number;
}

/** Blocks of the decoder beside Hiera, whose targets are one fewer, as beside a small ViT. */
const HIERA_DECODER_DEPTH = 8;
const HEAD_WIDTH = 64;

/** See {@link DecoderDefaults}. */
export function decoderDefaults(encoder: EncoderConfig): DecoderDefaults {
  if (encoder.family !== 'hiera') {
    const targetLayers = defaultTargetLayers(encoder.depth);
    return { targetLayers, decoderDepth: targetLayers.length, decoderHeads: encoder.heads };
  }
  const [first, end] = targetRange(encoder);
  const targetLayers = Array.from({ length: end - first }, (_, index) => first + index);
  // Hiera's heads are of 96 channels; the decoder's are a ViT's where that divides.
  const decoderHeads = encoder.dim % HEAD_WIDTH === 0 ? encoder.dim / HEAD_WIDTH : encoder.heads;
  return { targetLayers, decoderDepth: HIERA_DECODER_DEPTH, decoderHeads };
}
