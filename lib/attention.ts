/** Where a patch looks in each decoder block (paper, section 3.3, Figure 3). */
import type { NativeAttention } from './binding/types.js';
import { checkInteger, checkOptions, checkSignal } from './check.js';
import type { Extent, Geometry, ModelConfig } from './options/types.js';

/** Options of {@link Model.attention}: the query patch, and which block. */
export interface AttentionOptions {
  /** Row of the query patch on the patch grid, from 0 at the top of what the network sees. */
  readonly row: number;
  /** Column of the query patch, from 0 at the left. */
  readonly column: number;
  /** Decoder block, from 0, first to last. Default: all of them. */
  readonly layer?: number | undefined;
  /** The promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** How much a query patch takes from each patch in one decoder block. */
export interface AttentionMap {
  /** Decoder block, from 0, first to last. */
  readonly layer: number;
  /**
   * Attention to each patch, mean over the heads: `height * width` values, row by row. They sum to one less what goes to
   * class and register tokens and what a neighbour mask leaves out. Linear attention: phi(q) phi(k)^T over its sum.
   */
  readonly map: Float32Array;
  readonly height: number;
  readonly width: number;
  /** Shannon entropy of the map as a distribution over the patches, in nats: 0 for one patch, ln(height * width) at most. */
  readonly entropy: number;
}

/** Checked options. */
export interface CheckedAttention {
  readonly row: number;
  readonly column: number;
  readonly layer: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Height and width of the patch grid. */
export function patchGrid(config: ModelConfig, geometry: Geometry): Extent {
  const [height, width] = geometry.crop;
  return [height / config.encoder.patch, width / config.encoder.patch];
}

/** Checks the query against the model's patch grid and decoder. */
export function checkAttention(options: unknown, config: ModelConfig, geometry: Geometry): CheckedAttention {
  const given = checkOptions(options ?? null, 'options', ['row', 'column', 'layer', 'signal']);
  const [height, width] = patchGrid(config, geometry);
  const { layer } = given;
  const last = config.decoderDepth - 1;
  return {
    row: checkInteger(given.row, 'options.row', { min: 0, max: height - 1 }),
    column: checkInteger(given.column, 'options.column', { min: 0, max: width - 1 }),
    layer: layer === undefined ? undefined : checkInteger(layer, 'options.layer', { min: 0, max: last }),
    signal: checkSignal(given.signal, 'options.signal'),
  };
}

/** The maps of all blocks, or of the one asked for. */
export function readAttention(native: NativeAttention, layer: number | undefined): AttentionMap[] {
  const { weights, height, width, entropies } = native;
  const area = height * width;
  const maps = entropies.map((entropy, at) => {
    const map = weights.slice(at * area, (at + 1) * area);
    return { layer: at, map, height, width, entropy };
  });
  return layer === undefined ? maps : maps.filter((map) => map.layer === layer);
}
