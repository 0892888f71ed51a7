/**
 * What names and shapes in a weights file tell about an encoder: the rest of an explicit shape, and the whole of a
 * checkpoint that has no metadata. Layouts of names: the authors', timm's and Hugging Face's.
 */
import type { NativeFileInfo, NativeTensorInfo } from '../binding/types.js';
import { checkOptions } from '../check.js';
import { DinomalyError } from '../errors.js';
import { type EncoderHints, finishEncoder, type PartialEncoder, readEncoder, SHAPE_LIMITS } from './encoders.js';
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

/** How many blocks there are. Counted, not read from the names: a name may claim any number. */
function blockCount(tensors: readonly NativeTensorInfo[], pattern: RegExp): number {
  return new Set(tensors.flatMap((tensor) => pattern.exec(tensor.name)?.[1] ?? [])).size;
}

function gridSide(positions: Shape | undefined): number | undefined {
  const count = positions?.[1];
  // The table is [1, M * M, C] in timm's register models, [1, M * M + 1, C] elsewhere: both floor to M.
  return count === undefined ? undefined : Math.floor(Math.sqrt(count));
}

/** A number read off a shape: a damaged file must not decide how much memory is asked for. */
function plausible(value: number, min: number, key: keyof typeof SHAPE_LIMITS, path: string): number {
  if (value < min || value > SHAPE_LIMITS[key]) {
    throw new DinomalyError('WEIGHTS_FORMAT', `The shapes in ${path} give an encoder with the ${key} ${value}`);
  }
  return value;
}

/**
 * Registers, table side and layer scale as the file at `path` has them; nothing for a file that holds no encoder.
 *
 * @throws DinomalyError `WEIGHTS_FORMAT` for shapes that no encoder has
 */
export function encoderHints(info: NativeFileInfo, path: string): EncoderHints {
  const { tensors } = info;
  if (shapeOf(tensors, PATCH_KERNEL) === undefined) {
    return {};
  }
  const side = gridSide(shapeOf(tensors, POSITIONS));
  return {
    registers: plausible(shapeOf(tensors, REGISTERS)?.[1] ?? 0, 0, 'registers', path),
    positionGrid: side === undefined ? undefined : plausible(side, 1, 'positionGrid', path),
    layerScale: shapeOf(tensors, LAYER_SCALE) !== undefined,
  };
}

function inferShape(info: NativeFileInfo, path: string): PartialEncoder {
  const kernel = shapeOf(info.tensors, PATCH_KERNEL);
  const depth = blockCount(info.tensors, ENCODER_BLOCK);
  if (kernel?.length !== 4 || depth === 0) {
    throw new DinomalyError(
      'METADATA_MISSING',
      `${path} holds no metadata and no encoder: it is no Dinomaly model. Encoder weights go to Trainer.create({weights}).`,
    );
  }
  const dim = plausible(kernel[0] ?? 0, 1, 'dim', path);
  const patch = plausible(kernel[3] ?? 0, 1, 'patch', path);
  plausible(depth, 1, 'depth', path);
  if (dim % HEAD_WIDTH !== 0) {
    throw new DinomalyError(
      'METADATA_MISSING',
      `${path} holds no metadata, and the heads of an encoder of width ${dim} do not follow from its weights: ` +
        'give {encoder: {dim, depth, heads, patch}}.',
    );
  }
  return { family: 'dinov2', dim, depth, heads: dim / HEAD_WIDTH, patch, ...encoderHints(info, path) };
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
  plausible(decoderDepth, 0, 'depth', path);
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
  if (decoderDepth === 1) {
    const message = `${path} holds no metadata, and a decoder of one block leaves its groups open: save it from a Trainer.`;
    throw new DinomalyError('METADATA_MISSING', message);
  }
  const { encoder: _, attention, ...rest } = checkOptions(given, 'options', INFER_KEYS);
  const geometry = resolveGeometry(rest, 'options', choice.shape.patch);
  const grid = Math.max(...geometry.crop) / choice.shape.patch;
  const encoder = finishEncoder(choice.shape, encoderHints(info, path), grid);
  const network = resolveNetwork({ decoderDepth, attention }, 'options', encoder);
  return { config: network, geometry, encoderName: choice.name };
}
