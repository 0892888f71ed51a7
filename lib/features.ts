/** What the network makes of a picture, as arrays. */
import type { NativeFeatures } from './binding/types.js';
import type { ModelConfig } from './options/types.js';

/** Options of {@link Model.features}. */
export interface FeaturesOptions {
  /** The promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** A vector for each patch of a picture. */
export interface FeatureMap {
  /** `height * width * channels` values: patches row by row, the channels of a patch side by side. */
  readonly data: Float32Array;
  /** Rows of the patch grid: height of the crop / patch. */
  readonly height: number;
  /** Columns of the patch grid. */
  readonly width: number;
  readonly channels: number;
}

/** The output of one block of the encoder. */
export interface LayerFeatures extends FeatureMap {
  /** The block, from 0: an entry of `model.config.targetLayers`. */
  readonly layer: number;
  /** `n * channels` values of the tokens before the patches: the class token, then registers. Empty for a Hiera encoder. */
  readonly prefix: Float32Array;
}

/** Features of a picture, fp32. */
export interface Features {
  /** The target layers of the encoder, in the order of `model.config.targetLayers`, without a last norm. */
  readonly layers: readonly LayerFeatures[];
  /** What is compared, a map per group of `model.config.encoderGroups`. */
  readonly encoder: readonly FeatureMap[];
  /** What the decoder makes of it, a map per group. The anomaly map is the mean over the groups of 1 - cosine. */
  readonly decoder: readonly FeatureMap[];
}

/** The arrays of the addon with their shapes. */
export function readFeatures(native: NativeFeatures, { encoder, targetLayers }: ModelConfig): Features {
  const { height, width } = native;
  const patches = height * width;
  const map = (data: Float32Array): FeatureMap => ({ data, height, width, channels: data.length / patches });
  const layers = native.targets.map((tokens, at): LayerFeatures => {
    const before = tokens.length - patches * encoder.dim;
    const [prefix, data] = [tokens.subarray(0, before), tokens.subarray(before)];
    return { layer: targetLayers[at] as number, prefix, ...map(data) };
  });
  return { layers, encoder: native.encoder.map(map), decoder: native.decoder.map(map) };
}
