/**
 * What the shapes in a weights file tell where options and metadata do not: the rest of an explicit shape, and the whole
 * of a checkpoint that has no metadata.
 */
import type { NativeFileInfo } from '../binding/types.js';
import { checkOptions } from '../check.js';
import { recogniseEncoder } from '../encoders/recognise.js';
import { DinomalyError } from '../errors.js';
import {
  CUSTOM_ENCODER,
  type EncoderChoice,
  type EncoderHints,
  finishEncoder,
  readEncoder,
  readShape,
  SHAPE_LIMITS,
} from './encoders.js';
import { GEOMETRY_KEYS, resolveGeometry, resolveNetwork } from './model.js';
import type { Geometry, ModelConfig } from './types.js';

/** Keys that override what is inferred for a checkpoint without metadata. */
export const INFER_KEYS = ['encoder', 'attention', ...GEOMETRY_KEYS] as const;

type Unchecked = Readonly<Partial<Record<(typeof INFER_KEYS)[number], unknown>>>;

/** Width of an attention head in nearly every published ViT. */
const HEAD_WIDTH = 64;

const DECODER_BLOCK = /^decoder\.(\d+)\./;

/** How many blocks the decoder has. Counted, not read from the names: a name may claim any number. */
function decoderBlocks({ tensors }: NativeFileInfo): number {
  return new Set(tensors.flatMap((tensor) => DECODER_BLOCK.exec(tensor.name)?.[1] ?? [])).size;
}

/** A number read off a shape: a damaged file must not decide how much memory is asked for. */
function plausible(value: number, min: number, key: keyof typeof SHAPE_LIMITS, path: string): number {
  if (value < min || value > SHAPE_LIMITS[key]) {
    throw new DinomalyError('WEIGHTS_FORMAT', `The shapes in ${path} give an encoder with the ${key} ${value}`);
  }
  return value;
}

/**
 * What the file at `path` has that an explicit shape may leave open; nothing for a file that holds no encoder.
 *
 * @throws DinomalyError `WEIGHTS_FORMAT` for shapes that no encoder has
 */
export function encoderHints(info: NativeFileInfo, path: string): EncoderHints {
  const seen = recogniseEncoder(info);
  if (seen === undefined) {
    return {};
  }
  const { positionGrid, mlpHidden, layerScale, mlp, sharedPositions } = seen;
  return {
    registers: plausible(seen.registers, 0, 'registers', path),
    positionGrid: positionGrid === undefined ? undefined : plausible(positionGrid, 1, 'positionGrid', path),
    layerScale,
    mlp,
    mlpHidden: mlpHidden === undefined ? undefined : plausible(mlpHidden, 1, 'mlpHidden', path),
    sharedPositions,
  };
}

function inferEncoder(info: NativeFileInfo, path: string): EncoderChoice {
  const seen = recogniseEncoder(info);
  if (seen === undefined || seen.depth === 0) {
    throw new DinomalyError(
      'METADATA_MISSING',
      `${path} holds no metadata and no encoder: it is no Dinomaly model. Encoder weights go to Trainer.create({weights}).`,
    );
  }
  const { family, heads } = seen;
  const dim = plausible(seen.dim, 1, 'dim', path);
  const patch = plausible(seen.patch, 1, 'patch', path);
  const depth = plausible(seen.depth, 1, 'depth', path);
  if (heads === undefined && (family === 'hiera' || dim % HEAD_WIDTH !== 0)) {
    throw new DinomalyError(
      'METADATA_MISSING',
      `${path} holds no metadata, and the heads of an encoder of width ${dim} do not follow from its weights: ` +
        'give {encoder: {dim, depth, heads, patch}}.',
    );
  }
  const shape = readShape({ family, dim, depth, heads: heads ?? dim / HEAD_WIDTH, patch }, path);
  return { name: CUSTOM_ENCODER, shape, decoderHeads: undefined };
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
  const decoderDepth = decoderBlocks(info);
  plausible(decoderDepth, 0, 'depth', path);
  if (decoderDepth === 0) {
    throw new DinomalyError(
      'METADATA_MISSING',
      `${path} holds no decoder: it is no Dinomaly model. Encoder weights go to Trainer.create({weights}).`,
    );
  }
  const choice = given.encoder === undefined ? inferEncoder(info, path) : readEncoder(given.encoder, 'options.encoder');
  if (decoderDepth === 1) {
    const message = `${path} holds no metadata, and a decoder of one block leaves its groups open: save it from a Trainer.`;
    throw new DinomalyError('METADATA_MISSING', message);
  }
  const { encoder: _, attention, ...rest } = checkOptions(given, 'options', INFER_KEYS);
  const geometry = resolveGeometry(rest, 'options', choice.shape);
  const grid = Math.max(...geometry.crop) / choice.shape.patch;
  const encoder = finishEncoder(choice.shape, encoderHints(info, path), grid);
  const { decoderHeads } = choice;
  const network = resolveNetwork({ decoderDepth, decoderHeads, attention }, 'options', encoder);
  return { config: network, geometry, encoderName: choice.name };
}
