/** What an encoder is. */

/**
 * What an encoder computes, and whose names its tensors have: `'vit'` with a table of positions (DINOv2, DINO, iBOT, MoCo
 * v3, MAE, DeiT, D-iGPT), `'beit'` with biases of relative position, `'dinov3'` with rotary embedding, `'hiera'` (SAM 2).
 */
export type EncoderFamily = 'vit' | 'beit' | 'dinov3' | 'hiera';

/** An encoder, as its weights are shaped (paper, section 3.2). What a family does not have is 0, false or empty. */
export interface EncoderConfig {
  readonly family: EncoderFamily;
  /** Width C of a target feature's tokens. */
  readonly dim: number;
  /** Number of blocks. */
  readonly depth: number;
  /** Attention heads of the target blocks; divides `dim`. */
  readonly heads: number;
  /** Side of a target feature's token in pixels. */
  readonly patch: number;
  /** Register tokens besides the class token. */
  readonly registers: number;
  /** Side of the stored table of positions, in patches: 37 for DINOv2. BEiT: of the window that its biases span. */
  readonly positionGrid: number;
  /** Whether blocks scale their branches (`ls1.gamma`, `gamma_1`), as DINOv2, DINOv3 and BEiT do. */
  readonly layerScale: boolean;
  /** Feed-forward part of the blocks. */
  readonly mlp: 'gelu' | 'swiglu';
  /** Width within it. */
  readonly mlpHidden: number;
  /** BEiT: whether all blocks share one table of biases. */
  readonly sharedPositions: boolean;
  /** Hiera: blocks of each of the four stages. Those of the third can be targets. */
  readonly stages: readonly number[];
  /** Hiera: side of the attention windows of each stage, in tokens. */
  readonly windows: readonly number[];
  /** Hiera: blocks that attend to the whole picture. */
  readonly globalBlocks: readonly number[];
}
