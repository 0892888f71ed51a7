/**
 * What names and shapes in a weights file tell about an encoder: the rest of an explicit shape, and the whole of a
 * checkpoint that has no metadata. Layouts of names: the authors', timm's and Hugging Face's.
 */
import type { NativeFileInfo, NativeTensorInfo } from '../binding/types.js';
import { checkOptions } from '../check.js';
import { DinomalyError } from '../errors.js';
import { type EncoderHints, finishEncoder, type PartialEncoder, readEncoder } from './encoders.js';
import { GEOMETRY_KEYS, resolveGeometry, resolveNetwork } from './model.js';
import type { Geometry, ModelConfig } from './types.js';

/** Keys that override what is inferred for a checkpoint without metadata. */
export const INFER_KEYS = ['encoder', 'attention', ...GEOMETRY_KEYS] as const;

type Unchecked = Readonly<Partial<Record<(typeof INFER_KEYS)[number], unknown>>>;
type Shape = readonly number[];

/** Width of an attention head in every published ViT of these families. */
const HEAD_WIDTH = 64;

function shapeOf(tensors: readonly NativeTensorInfo[], pattern: RegExp): Shape | undefined {
  return tensors.find((tensor) => pattern.test(tensor.name))?.shape;
}

const PATCH_KERNEL = /(?:^|\.)patch_embed(?:dings)?\.proj(?:ection)?\.weight$/;
const POSITIONS = /(?:^|\.)(?:pos_embed|position_embeddings)$/;
const REGISTERS = /(?:^|\.)(?:register_tokens|reg_token)$/;
const LAYER_SCALE = /(?:^|\.)(?:ls1\.gamma|layer_scale1\.lambda1)$/;
const ENCODER_BLOCK = /^(?:encoder\.)?(?:encoder\.layer|blocks)\.(\d+)\./;
const DECODER_BLOCK = /^decoder\.(\d+)\./;

function blockCount(tensors: readonly NativeTensorInfo[], pattern: RegExp): number {
  const indices = tensors.map((tensor) => Number(pattern.exec(tensor.name)?.[1] ?? -1));
  return Math.max(-1, ...indices) + 1;
}

function gridSide(positions: Shape | undefined): number | undefined {
  const count = positions?.[1];
  // The table is [1, M * M, C] in timm's register models, [1, M * M + 1, C] elsewhere: both floor to M.
  return count === undefined ? undefined : Math.floor(Math.sqrt(count));
}

/** Registers, table side and layer scale as the file has them; nothing for a file that holds no encoder. */
export function encoderHints(info: NativeFileInfo): EncoderHints {
  const { tensors } = info;
  if (shapeOf(tensors, PATCH_KERNEL) === undefined) {
    return {};
  }
  return {
    registers: shapeOf(tensors, REGISTERS)?.[1] ?? 0,
    positionGrid: gridSide(shapeOf(tensors, POSITIONS)),
    layerScale: shapeOf(tensors, LAYER_SCALE) !== undefined,
  };
}

function inferShape(info: NativeFileInfo, path: string): PartialEncoder {
  const kernel = shapeOf(info.tensors, PATCH_KERNEL);
  const dim = kernel?.[0];
  const patch = kernel?.[3];
  const depth = blockCount(info.tensors, ENCODER_BLOCK);
  if (dim === undefined || patch === undefined || depth === 0) {
    throw new DinomalyError(
      'METADATA_MISSING',
      `${path} holds no metadata and no encoder: it is no Dinomaly model. Encoder weights go to Trainer.create({weights}).`,
    );
  }
  if (dim % HEAD_WIDTH !== 0) {
    throw new DinomalyError(
      'METADATA_MISSING',
      `${path} holds no metadata, and the heads of an encoder of width ${dim} do not follow from its weights: ` +
        'give {encoder: {dim, depth, heads, patch}}.',
    );
  }
  return { family: 'dinov2', dim, depth, heads: dim / HEAD_WIDTH, patch, ...encoderHints(info) };
}

/** A checkpoint without metadata, as its shapes and the options of the caller describe it. */
export interface InferredModel {
  readonly config: ModelConfig;
  readonly geometry: Geometry;
  /** Registry name or `'custom'`. */
  readonly encoderName: string;
}

/**
 * Describes a whole Dinomaly checkpoint that has no metadata, as the authors save it.
 *
 * @param given - `encoder`, `attention`, `size`, `crop`, `mapSize`, `scoreRatio`, where the caller knows better
 * @throws DinomalyError `METADATA_MISSING` when the file is no Dinomaly, or when heads must be told
 */
export function inferModel(info: NativeFileInfo, path: string, given: Unchecked): InferredModel {
  const decoderDepth = blockCount(info.tensors, DECODER_BLOCK);
  if (decoderDepth === 0) {
    throw new DinomalyError(
      'METADATA_MISSING',
      `${path} holds no decoder: it is no Dinomaly model. Encoder weights go to Trainer.create({weights}).`,
    );
  }
  const choice =
    given.encoder === undefined
      ? { name: 'custom', shape: inferShape(info, path) }
      : readEncoder(given.encoder, 'options.encoder');
  const { encoder: _, attention, ...rest } = checkOptions(given, 'options', INFER_KEYS);
  const geometry = resolveGeometry(rest, 'options', choice.shape.patch);
  const grid = Math.max(...geometry.crop) / choice.shape.patch;
  const encoder = finishEncoder(choice.shape, encoderHints(info), grid);
  const network = resolveNetwork({ decoderDepth, attention }, 'options', encoder);
  return { config: network, geometry, encoderName: choice.name };
}
