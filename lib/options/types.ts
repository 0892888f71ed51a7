/**
 * What a model is and what a training run takes, as the public API shows it. Types only: defaults are written once, in
 * encoders.ts, model.ts and train.ts.
 */
import type { ExtentOption } from '../check.js';
import type { Dataset, MadeSplit } from '../datasets/types.js';
import type { EncoderName } from '../encoders/registry.js';
import type { EncoderConfig, EncoderFamily } from '../encoders/types.js';
import type { DecodeOptions } from '../image/decoding.js';
import type { Orientation } from '../image/orientation.js';
import type { Tiles, TilesOption } from './tile-types.js';

export type { EncoderName } from '../encoders/registry.js';
export type { EncoderConfig, EncoderFamily } from '../encoders/types.js';
export type { Tiles, TilesOption } from './tile-types.js';

/** Height and width in pixels. */
export type Extent = readonly [height: number, width: number];

/** An encoder of your own: what must be told, and what has a default. */
export interface EncoderOptions {
  /** Default: `'vit'`. */
  readonly family?: EncoderFamily | undefined;
  readonly dim: number;
  readonly depth: number;
  readonly heads: number;
  readonly patch: number;
  /** Default: what the weights file has; without one 4 for `'dinov3'`, else 0. */
  readonly registers?: number | undefined;
  /** Default: what the weights file has; without one the larger side of the patch grid, 7 for `'hiera'`. */
  readonly positionGrid?: number | undefined;
  /** Default: what the weights file has; `true` for an untrained encoder. */
  readonly layerScale?: boolean | undefined;
  /** Default: what the weights file has; `'gelu'` for an untrained encoder. */
  readonly mlp?: 'gelu' | 'swiglu' | undefined;
  /** Default: what the weights file has; 4 `dim` for an untrained encoder. */
  readonly mlpHidden?: number | undefined;
  /** Default: what the weights file has; `false` for an untrained encoder. */
  readonly sharedPositions?: boolean | undefined;
  /** Default: `[1, 2, 7, 2]`, of SAM 2's tiny Hiera. */
  readonly stages?: readonly number[] | undefined;
  /** Default: `[8, 4, 14, 7]`. */
  readonly windows?: readonly number[] | undefined;
  /** Default: `[5, 7, 9]`. */
  readonly globalBlocks?: readonly number[] | undefined;
}

/**
 * Attention of the decoder (paper, section 3.3): linear, equation 3; softmax, equation 2; or efficient (Shen et al.), with a
 * softmax of the queries over their channels and of the keys over the tokens.
 */
export type Attention = 'linear' | 'softmax' | 'efficient';

/** Constraint schemes of Figure 4, (a) to (e) (paper, section 3.4). */
export type ConstraintScheme =
  | 'layer-to-layer-sparse'
  | 'layer-to-cat-layer'
  | 'layer-to-layer-dense'
  | 'one-group'
  | 'two-groups';

/** Letter of a scheme in Figure 4. */
export type SchemeLetter = 'a' | 'b' | 'c' | 'd' | 'e';

/**
 * Loss of a run (paper, section 3.4): `'loose'`, equations 4 to 6; `'global-cosine'`, equation 4 alone, which is the
 * baseline of Table 3; `'per-point'`, the mean over the points of their own cosine distances.
 */
export type Loss = 'loose' | 'global-cosine' | 'per-point';

/** The whole network (paper, section 3). */
export interface ModelConfig {
  readonly encoder: EncoderConfig;
  /** 0-based encoder blocks whose outputs are reconstructed. */
  readonly targetLayers: readonly number[];
  /** Positions within `targetLayers`, one list a group. */
  readonly encoderGroups: readonly (readonly number[])[];
  /** Positions within the decoder's outputs listed last to first, one list a group. */
  readonly decoderGroups: readonly (readonly number[])[];
  /**
   * How the target features of a group become one: their mean, or one after the other on the channels, to which a linear
   * layer widens the decoder's (scheme (b) of Figure 4).
   */
  readonly fusion: 'mean' | 'concatenate';
  /** Number of decoder blocks. */
  readonly decoderDepth: number;
  /** Attention heads of the decoder. */
  readonly decoderHeads: number;
  /** Attention of the decoder (section 3.3). */
  readonly attention: Attention;
  /** Side of the window around a query that softmax attention leaves out; null for none. */
  readonly neighbourMask: number | null;
  /** Dropout rate of the noisy bottleneck (section 3.2). */
  readonly bottleneckDropout: number;
}

/** How a picture becomes the network's input, and what the map looks like. */
export interface Geometry {
  /** The picture is resized to this, whatever its aspect. */
  readonly resize: Extent;
  /** The middle of the resized picture that the network sees. */
  readonly crop: Extent;
  /** Size of the anomaly map. */
  readonly map: Extent;
  /** Share of the largest map pixels averaged into the image score; 0 takes the maximum. */
  readonly scoreRatio: number;
  /** Whether the orientation tag of a picture counts. Default: `'ignore'`. */
  readonly orientation?: Orientation | undefined;
  /** The parts that a larger picture is inspected in, each as a picture of its own is. Default: none. */
  readonly tiles?: Tiles | undefined;
}

/** Two ends of a colour scale, as map values. */
export interface ColourEnds {
  /** Median map pixel of the training pictures: the cold end. */
  readonly low: number;
  /** 99.9 % quantile of their map pixels: what is hotter than this was not seen in training. */
  readonly high: number;
}

/** Colour scale of heatmaps, from the model's own training pictures. */
export interface Calibration extends ColourEnds {
  /** How many pictures were scored for it. */
  readonly images: number;
  /** The same of each class's own pictures; files of earlier versions have none. */
  readonly classes?: Readonly<Record<string, ColourEnds>> | undefined;
}

/** What a model file tells about the run that made it. */
export interface TrainingSummary {
  /** Steps that were run; fewer than `plannedIterations` after an abort. */
  readonly iterations: number;
  readonly plannedIterations: number;
  readonly batchSize: number;
  readonly seed: number;
  readonly loss: Loss;
  /** Pictures in the training set. */
  readonly images: number;
  /** The split that was made of the set, so that thresholds are not measured on what was trained on; null for the set's own. */
  readonly split: MadeSplit | null;
  /** Steps left out because the loss or the gradient was not finite. */
  readonly skippedSteps: number;
  /** Loss of the last step that counted; null when none did. */
  readonly finalLoss: number | null;
}

/** Where the encoder's weights came from. */
export interface EncoderSource {
  /** A registry name, or `'custom'`. */
  readonly name: string;
  /** SHA-256 of the weights file, lower-case hex; null for an untrained encoder. */
  readonly sha256: string | null;
}

/** `'auto'` takes the first CUDA device when there is one, else the CPU. */
export type DeviceOption = 'auto' | 'cpu' | 'cuda' | `cuda:${number}`;

/** Geometry options, shared by training and by loading a checkpoint that has no metadata. */
export interface GeometryOptions {
  /**
   * The picture is resized to this: an integer for a square, or `[height, width]`. Default: 448 for patches of 8 and 14
   * and for Hiera, 512 for 16, else 8/7 of `crop`. For a trainer of one's own dataset: about as many pixels, near the aspect of
   * the pictures.
   */
  readonly size?: ExtentOption | undefined;
  /**
   * The middle part the network sees; a multiple of the patch, of 32 for Hiera. Default: 392 for patches of 8 and 14, 448
   * for 16; 7/8 of `size` rounded down to a multiple of the patch when only `size` is given. Hiera sees all of `size`, and so does a
   * trainer of one's own dataset, rounded down to a multiple of the patch.
   */
  readonly crop?: ExtentOption | undefined;
  /** Size of the anomaly map. Default: 256. */
  readonly mapSize?: ExtentOption | undefined;
  /**
   * Share of the largest map pixels averaged into the image score; 0 takes the maximum. Of a picture in tiles it is the share
   * of one tile's pixels, so that a defect weighs the same in a larger picture. Default: 0.01.
   */
  readonly scoreRatio?: number | undefined;
  /**
   * Inspects large pictures in overlapping tiles, each as a picture of its own: for defects that the network's size would
   * shrink away. Maps of tiles are blended into one map of the picture, with the scale of a tile's map and at most 4,194,304
   * pixels. `'auto'` cuts a picture only where a side is more than twice `size`, so that nothing is shrunk by more than half.
   * A picture of n tiles takes n times as long, and may have 4,096. A model should be trained with the tiles that it is to
   * score with. Default: for a model file what it was trained with, which `null` turns off; else none.
   */
  readonly tiles?: TilesOption | null | undefined;
}

/** Options that say what the network is. */
export interface ModelOptions extends GeometryOptions {
  /** A registry name (see {@link EncoderName}) or an explicit shape. Default: `'dinov2reg_vit_base_14'`. */
  readonly encoder?: EncoderName | EncoderOptions | undefined;
  /**
   * File with the encoder's weights (`.pth` or `.safetensors`) as a path or `file:` URL, or `null` for a seeded untrained encoder, which is for
   * trying the pipeline. No default.
   */
  readonly weights: string | URL | null;
  /**
   * A whole Dinomaly file (a model file, or the authors' checkpoint) whose bottleneck and decoder training goes on from.
   * Default: drawn from the seed.
   */
  readonly initial?: string | URL | null | undefined;
  /** 0-based encoder blocks to reconstruct. Default: 8 middle blocks (2..9 of 12; 4, 6, ... 18 of 24). */
  readonly targetLayers?: readonly number[] | undefined;
  /**
   * What is compared with what, by its name or its letter in Figure 4. The layer-to-layer schemes pair as many decoder
   * blocks as target layers; 'sparse' takes every other pair (positions 1, 3, 5, 7 of 8). 'layer-to-cat-layer' compares
   * these targets, concatenated, with the last decoder output, widened by a linear layer. The bottleneck's input is the
   * mean of all target layers in each. Default: `'two-groups'`; not beside explicit groups.
   */
  readonly scheme?: ConstraintScheme | SchemeLetter | undefined;
  /** Positions within `targetLayers`, one list a group. Default: two halves (section 3.4). */
  readonly encoderGroups?: readonly (readonly number[])[] | undefined;
  /** Positions within the decoder's outputs, last to first. Default: two halves. */
  readonly decoderGroups?: readonly (readonly number[])[] | undefined;
  /** Default: as many blocks as target layers. */
  readonly decoderDepth?: number | undefined;
  /** Default: the encoder's heads. */
  readonly decoderHeads?: number | undefined;
  /** Default: `'linear'`. */
  readonly attention?: Attention | undefined;
  /**
   * Side n of a window of n x n patches around each query, odd, whose probabilities are set to zero after the softmax; the
   * others are not scaled up for it, class and register tokens are not masked. Only with `attention: 'softmax'`. Default:
   * none.
   */
  readonly neighbourMask?: number | null | undefined;
  /** 0 turns the noise off. Default: 0.2; the paper takes 0.4 for multi-class Real-IAD. */
  readonly bottleneckDropout?: number | undefined;
}

/** Options of the optimiser, the schedule and the loss (paper, section 4.1 and equations 4 to 6). */
export interface OptimiserOptions {
  /** 1e-30 to 1e6. Default: 2e-3. */
  readonly learningRate?: number | undefined;
  /** Where the cosine ends: 0 to 1e6. Default: a tenth of `learningRate`. */
  readonly finalLearningRate?: number | undefined;
  /** Steps of linear warm-up. Default: 100. */
  readonly warmupSteps?: number | undefined;
  /** Default: 0.9. */
  readonly beta1?: number | undefined;
  /** Default: 0.999. */
  readonly beta2?: number | undefined;
  /** 1e-30 to 1e6. Default: 1e-10; the authors take 1e-8 for one model a class. */
  readonly eps?: number | undefined;
  /** Decoupled weight decay: 0 to 1e6. Default: 1e-4. */
  readonly weightDecay?: number | undefined;
  /** Default: `true`. */
  readonly amsgrad?: boolean | undefined;
  /** Largest gradient norm: 1e-30 to 1e30; a large one turns clipping off. Default: 0.1. */
  readonly clipGradNorm?: number | undefined;
  /** Default: `'loose'`. */
  readonly loss?: Loss | undefined;
  /**
   * Final share of easy points, whose gradients are shrunk. Default: 0.9 with `'loose'`, 0 with `'per-point'`; not with
   * `'global-cosine'`.
   */
  readonly easyFraction?: number | undefined;
  /** Steps over which the share rises from 0. Default: 1000. */
  readonly easyRampSteps?: number | undefined;
  /** Factor on the gradients of easy points. Default: 0.1. */
  readonly easyGradientFactor?: number | undefined;
}

/** Options of `Trainer.create`. */
export interface TrainerOptions extends ModelOptions, OptimiserOptions, DecodeOptions {
  /**
   * The dataset that will be trained on, which defaults then follow. For one's own set (format `'folder'`, `'manifest'`, or
   * `'mvtec'` with other classes than the benchmark's):
   * pictures are inspected whole, with a `size` and `mapSize` near their own aspect, and turned as their orientation tag says.
   * For a benchmark as published: as without it. Default: none, and the paper's square with its crop.
   */
  readonly dataset?: Dataset | undefined;
  /**
   * `'keep'`: `size` has the aspect of the dataset's pictures, or of `tiles`, as nearly as the patch allows, and is inspected
   * whole; an integer as `size` is the side of a square of as many pixels. `'square'`: it is a square. Default: `'keep'` for
   * one's own set without `size`, `'square'` for a benchmark.
   */
  readonly aspect?: 'keep' | 'square' | undefined;
  /** Default: `'auto'`. */
  readonly device?: DeviceOption | undefined;
  /** Seed of the weights, the order and the dropout: an integer of at least 0. Default: 1. */
  readonly seed?: number | undefined;
  /**
   * Bytes of encoder features kept so that a picture passes the frozen encoder once; 0 turns the cache off. They are kept
   * where the network is. Default: on the CPU a quarter of the memory that is available when the trainer is made; on a GPU
   * four fifths of the memory that is free there after the first step. Results do not depend on it.
   */
  readonly featureCacheBytes?: number | undefined;
  /** Stops `Trainer.create`, not what the trainer does later; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}
