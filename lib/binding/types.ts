/**
 * What the native addon exports, as TypeScript sees it. This is the seam between lib/ and native/addon: both sides are
 * written against this file. Nothing here is public, and nothing outside lib/ may import it.
 *
 * Every method that returns a promise runs as a job on the executor thread of its device, takes an optional `Stop`, and
 * rejects with an `Error` that carries a `code` (see errors.ts) which lib/binding/call.ts turns into a typed error.
 */
import type { NativeMapFunctions } from './map-types.js';
import type { NativeMetricFunctions } from './metric-types.js';
import type { NativeImage, NativeStop } from './shared-types.js';

export type { NativeImage, NativeStop };

/** Height and width, in pixels. */
export type NativeExtent = readonly [height: number, width: number];

export interface NativeEncoderConfig {
  readonly family: string;
  readonly dim: number;
  readonly depth: number;
  readonly heads: number;
  readonly patch: number;
  readonly registers: number;
  /** Side of the stored position table, e.g. 37 for DINOv2; BEiT: of the window that its table spans. */
  readonly positionGrid: number;
  readonly layerScale: boolean;
  readonly mlp: 'gelu' | 'swiglu';
  readonly mlpHidden: number;
  /** BEiT: one table for all blocks. */
  readonly sharedPositions: boolean;
  /** Hiera: blocks and windows of each stage, and the blocks without windows; else empty. */
  readonly stages: readonly number[];
  readonly windows: readonly number[];
  readonly globalBlocks: readonly number[];
}

export interface NativeModelConfig {
  readonly encoder: NativeEncoderConfig;
  /** 0-based encoder blocks whose outputs are reconstructed. */
  readonly targetLayers: readonly number[];
  /** Positions within `targetLayers`, one list a group. */
  readonly encoderGroups: readonly (readonly number[])[];
  /** Positions within the decoder outputs listed last to first, one list a group. */
  readonly decoderGroups: readonly (readonly number[])[];
  /** How the targets of a group become one; `'concatenate'` takes one encoder group. */
  readonly fusion: 'mean' | 'concatenate';
  readonly decoderDepth: number;
  readonly decoderHeads: number;
  readonly attention: 'linear' | 'softmax' | 'efficient';
  /** Side of the window that softmax attention leaves out around a query, odd; null for none. */
  readonly neighbourMask: number | null;
  readonly bottleneckDropout: number;
}

/** How a picture becomes the network's input, and the map the user's. */
export interface NativeGeometry {
  readonly resize: NativeExtent;
  readonly crop: NativeExtent;
  /** Size of the anomaly map; [256, 256] in the paper. */
  readonly map: NativeExtent;
  /** Share of the largest map pixels averaged into the image score; 0 takes the maximum. */
  readonly scoreRatio: number;
}

export interface NativeScore {
  readonly score: number;
  /** The coldest of the pixels that made the score, of at least a thousandth of the map and 16, or a 64th. */
  readonly floor: number;
  /** The hottest pixel. */
  readonly peak: number;
  /** `height * width` values, row by row. */
  readonly map: Float32Array;
  /** What the picture shows as a whole: the mean of the encoder's patches, group by group. */
  readonly features: Float32Array;
  readonly height: number;
  readonly width: number;
  /** Milliseconds between the call and the start of the work, and in preprocessing + network. */
  readonly queuedMs: number;
  readonly computeMs: number;
  /** How many pictures shared the forward pass. */
  readonly batch: number;
}

/** Where a patch looks in each decoder block, first to last. */
export interface NativeAttention {
  /** `blocks * height * width` values, block by block, row by row. */
  readonly weights: Float32Array;
  readonly blocks: number;
  readonly height: number;
  readonly width: number;
  /** Nats, one a block. */
  readonly entropies: number[];
}

/** What the network made of one picture. */
export interface NativeFeatures {
  /** For each target layer `(prefix + height * width) * channels` values: class token, registers, then the patches. */
  readonly targets: Float32Array[];
  /** For each group `height * width * channels` values, the patches row by row. */
  readonly encoder: Float32Array[];
  readonly decoder: Float32Array[];
  readonly height: number;
  readonly width: number;
}

export interface NativeModel {
  score(image: NativeImage, stop?: NativeStop): Promise<NativeScore>;
  /** Scores that wait for a pass. */
  waiting(): number;
  /** `row` and `column` of the query on the patch grid. */
  attention(image: NativeImage, row: number, column: number, stop?: NativeStop): Promise<NativeAttention>;
  features(image: NativeImage, stop?: NativeStop): Promise<NativeFeatures>;
  /** Frees the weights once running jobs have left; later calls reject with `DISPOSED`. Idempotent. */
  dispose(): void;
}

/** Where a network runs, and in which arithmetic. */
export interface NativeDevice {
  readonly device: string;
  readonly precision: 'fp32' | 'bf16' | 'int8';
}

export interface NativeLoadOptions extends NativeDevice {
  /** Pictures that share a pass. */
  readonly maxBatch: number;
  /** Milliseconds that a batch that is not full waits for more while the model is idle. */
  readonly maxDelayMs: number;
}

export interface NativeTrainOptions {
  readonly device: string;
  readonly seed: number;
  readonly learningRate: number;
  readonly finalLearningRate: number;
  readonly warmupSteps: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weightDecay: number;
  readonly amsgrad: boolean;
  readonly clipGradNorm: number;
  readonly loss: 'loose' | 'global-cosine' | 'per-point';
  /** Final share of easy points, steps to reach it, factor on their gradients. */
  readonly easyFraction: number;
  readonly easyRampSteps: number;
  readonly easyGradientFactor: number;
  /** A whole Dinomaly file whose bottleneck and decoder are the starting weights; null draws them from the seed. */
  readonly initial: string | null;
  /** Bytes of encoder features kept so that a picture passes the frozen encoder once; 0 turns the cache off. */
  /** null: what the device has room for. */
  readonly featureCacheBytes: number | null;
}

export interface NativeRun {
  readonly imageCount: number;
  readonly iterations: number;
  readonly batchSize: number;
}

export interface NativeStep {
  /** 0-based. */
  readonly step: number;
  readonly loss: number;
  readonly gradNorm: number;
  readonly learningRate: number;
  readonly easyFraction: number;
  /** True when the loss or the gradient was not finite, and the weights were left alone. */
  readonly skipped: boolean;
  /** Pictures in the batch. */
  readonly images: number;
  readonly computeMs: number;
}

export interface NativeTrainer {
  /** Starts a run: order, schedule and optimiser state from step 0, with the present weights. */
  begin(run: NativeRun): Promise<void>;
  /**
   * Indices of the pictures that the batch `ahead` steps from now needs decoded: those whose features are not cached.
   * `undefined` past the end of the run.
   */
  needed(ahead: number): number[] | undefined;
  /** Runs the next step; `images[i]` is picture `indices[i]`, and all that `needed(0)` named are there. */
  step(indices: readonly number[], images: readonly NativeImage[], stop?: NativeStop): Promise<NativeStep>;
  /** A scoring model over a copy of the present weights. */
  model(geometry: NativeGeometry, options: NativeLoadOptions): Promise<NativeModel>;
  /**
   * Writes the model file atomically. `metadata` becomes the safetensors `__metadata__`. No step may be started before it has
   * settled.
   */
  save(path: string, metadata: Readonly<Record<string, string>>): Promise<void>;
  dispose(): void;
}

export interface NativeTensorInfo {
  readonly name: string;
  readonly dtype: string;
  readonly shape: number[];
}

export interface NativeFileInfo {
  /** 'safetensors' or 'pth'. */
  readonly format: 'safetensors' | 'pth';
  readonly metadata: Record<string, string>;
  readonly tensors: NativeTensorInfo[];
}

export interface NativeCosts {
  readonly parameters: number;
  /** Of one picture. */
  readonly macs: number;
}

/** What the machine does at best. */
export interface NativeMachine {
  /** Threads that share the work of one operator on the CPU. */
  readonly threads: number;
  /** That the kernels use on the CPU, e.g. `'AVX2'`. */
  readonly instructions: string;
  /** Floating-point operations per second in products of square matrices. */
  readonly products: number;
}

export interface NativeBinding extends NativeMapFunctions, NativeMetricFunctions {
  readonly Stop: new () => NativeStop;
  /** libtorch the addon was built against, e.g. '2.13.0'. */
  readonly torchVersion: string;
  cudaAvailable(): boolean;
  /** Opens the library of what was compiled against CUDA, for the whole process. Throws an error of code `ADDON_LOAD`. */
  openCudaLibrary(path: string): void;
  /** Which rounded products the device has instructions for. */
  precisionSupport(device: string): { readonly bf16: boolean; readonly int8: boolean };
  /** Metadata, names and shapes of a safetensors or .pth file; its tensors are not read. */
  inspectFile(path: string): Promise<NativeFileInfo>;
  /** Loads a Dinomaly model file (ours, or the authors' whole `.pth`). */
  loadModel(
    path: string,
    config: NativeModelConfig,
    geometry: NativeGeometry,
    options: NativeLoadOptions,
    stop?: NativeStop,
  ): Promise<NativeModel>;
  /** `weights` null draws a seeded untrained encoder. */
  createTrainer(
    config: NativeModelConfig,
    geometry: NativeGeometry,
    weights: string | null,
    options: NativeTrainOptions,
    stop?: NativeStop,
  ): Promise<NativeTrainer>;
  /** Parameters of a network and multiply-accumulates of one picture, as table 4 counts them. */
  countCosts(config: NativeModelConfig, geometry: NativeGeometry): Promise<NativeCosts>;
  /** Multiplies matrices for half a second. */
  measureMachine(options: NativeDevice): Promise<NativeMachine>;
  /** The resized and cropped 8-bit RGB input before normalisation, [crop height, crop width, 3]. */
  prepareImage(image: NativeImage, geometry: NativeGeometry): Promise<Uint8Array>;
  /** A mask after the picture's own resize and crop, at map size: 1 where anomalous. */
  prepareMask(mask: NativeImage, geometry: NativeGeometry, convention: 'any' | 'half'): Promise<Uint8Array>;
}
