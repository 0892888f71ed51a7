/** The named encoders as a person wants to see them. */
import { resolveGeometry } from '../options/model.js';
import type { EncoderConfig, Extent } from '../options/types.js';
import { type EncoderName, encoderNames, type PublishedWeights, registeredEncoder } from './registry.js';
import { countParameters } from './shapes.js';

/** A named encoder: its shape, its input, and where its weights come from. */
export interface EncoderInfo {
  readonly name: EncoderName;
  readonly config: EncoderConfig;
  /** Numbers in its tensors. */
  readonly parameters: number;
  /** What pictures are resized to, and the middle that it sees, unless options say otherwise. */
  readonly size: Extent;
  readonly crop: Extent;
  readonly weights: PublishedWeights;
  readonly licence: string;
}

/** Every encoder that has a name. */
export function listEncoders(): EncoderInfo[] {
  return encoderNames.map((name) => {
    const { shape, weights, licence } = registeredEncoder(name);
    const { resize, crop } = resolveGeometry({}, name, shape);
    return { name, config: shape, parameters: countParameters(shape), size: resize, crop, weights, licence };
  });
}
