/**
 * What names and shapes in a weights file tell about an encoder, and which named encoder that is. Layouts of names: the
 * publishers', timm's and Hugging Face's.
 */
import type { NativeFileInfo, NativeTensorInfo } from '../binding/types.js';
import { DinomalyError } from '../errors.js';
import { type EncoderName, encoderNames, registeredEncoder } from './registry.js';
import type { EncoderConfig, EncoderFamily } from './types.js';

type Shape = readonly number[];

/** An encoder as its file shows it; heads cannot be seen, but in BEiT's tables. */
export type SeenEncoder = Pick<
  EncoderConfig,
  'family' | 'dim' | 'depth' | 'patch' | 'registers' | 'layerScale' | 'mlp' | 'sharedPositions'
> & {
  readonly positionGrid: number | undefined;
  readonly mlpHidden: number | undefined;
  readonly heads: number | undefined;
};

const PATCH_KERNEL = /(?:^|\.)patch_embed(?:dings)?(?:\.proj(?:ection)?)?\.weight$/;
const POSITIONS = /(?:^|\.)(?:pos_embed|position_embeddings)$/;
const WINDOW_POSITIONS = /(?:^|\.)pos_embed_window$/;
const RELATIVE_TABLE = /(?:^|\.)relative_position_bias_table$/;
const SHARED_TABLE = /(?:^|\.)(?:rel_pos_bias|encoder\.relative_position_bias)\.relative_position_bias_table$/;
const REGISTERS = /(?:^|\.)(?:register_tokens|reg_token|storage_tokens)$/;
const LAYER_SCALE = /\.(?:ls1\.gamma|layer_scale1\.lambda1|gamma_1|lambda_1)$/;
const GATE = /\.mlp\.(?:w12|w1|weights_in|gate_proj|fc1_g)\.weight$/;
const INNER = /\.mlp\.fc1\.weight$/;
const OUTER = /(?:\.mlp\.(?:fc2|w3|weights_out|down_proj|layers\.1|proj_out)|(?<!attention)\.output\.dense)\.weight$/;
const BLOCK = /^(?!decoder\.)(?:.*\.)?(?:blocks|layer)\.(\d+)\./;

function shapeOf(tensors: readonly NativeTensorInfo[], pattern: RegExp): Shape | undefined {
  return tensors.find((tensor) => pattern.test(tensor.name))?.shape;
}

/** How many blocks there are. Counted, not read from the names: a name may claim any number. */
function blockCount(tensors: readonly NativeTensorInfo[]): number {
  return new Set(tensors.flatMap((tensor) => BLOCK.exec(tensor.name)?.[1] ?? [])).size;
}

function recogniseFamily(tensors: readonly NativeTensorInfo[]): EncoderFamily {
  const has = (pattern: RegExp): boolean => shapeOf(tensors, pattern) !== undefined;
  if (has(WINDOW_POSITIONS)) {
    return 'hiera';
  }
  if (has(RELATIVE_TABLE)) {
    return 'beit';
  }
  return has(POSITIONS) ? 'vit' : 'dinov3';
}

function positionGrid(family: EncoderFamily, tensors: readonly NativeTensorInfo[]): number | undefined {
  const positions = shapeOf(tensors, POSITIONS);
  switch (family) {
    case 'vit':
      // The table is [1, M * M, C] in timm's register models, [1, M * M + 1, C] elsewhere: both floor to M.
      return positions?.[1] === undefined ? undefined : Math.floor(Math.sqrt(positions[1]));
    case 'beit': {
      const rows = shapeOf(tensors, RELATIVE_TABLE)?.[0] ?? 0;
      return Math.floor((Math.sqrt(Math.max(0, rows - 3)) + 1) / 2);
    }
    case 'dinov3':
      return 1;
    case 'hiera':
      return positions?.[2];
  }
}

/** The encoder that a file holds, or undefined when it holds none. Its numbers are whatever the file says. */
export function recogniseEncoder({ tensors }: NativeFileInfo): SeenEncoder | undefined {
  const kernel = shapeOf(tensors, PATCH_KERNEL);
  if (kernel?.length !== 4) {
    return undefined;
  }
  const [dim = 0, , , side = 0] = kernel;
  const family = recogniseFamily(tensors);
  const hiera = family === 'hiera';
  const outer = shapeOf(tensors, OUTER);
  const inner = shapeOf(tensors, INNER);
  const gated = shapeOf(tensors, GATE) !== undefined || (family === 'vit' && inner?.[0] === 2 * (outer?.[1] ?? 0));
  return {
    family,
    // The stem is a quarter as wide as the features; its kernel of 7 overlaps, for a stride of a quarter of 16.
    dim: hiera ? 4 * dim : dim,
    depth: blockCount(tensors),
    heads: shapeOf(tensors, RELATIVE_TABLE)?.[1],
    patch: hiera ? 2 * (side + 1) : side,
    registers: shapeOf(tensors, REGISTERS)?.[1] ?? 0,
    positionGrid: positionGrid(family, tensors),
    layerScale: shapeOf(tensors, LAYER_SCALE) !== undefined,
    mlp: gated ? 'swiglu' : 'gelu',
    mlpHidden: hiera ? undefined : outer?.[1],
    sharedPositions: shapeOf(tensors, SHARED_TABLE) !== undefined,
  };
}

const COMPARED = ['family', 'dim', 'depth', 'patch', 'registers', 'positionGrid', 'layerScale', 'mlp'] as const;

/** The named encoders that a file of these tensors fits. */
export function fittingEncoders(info: NativeFileInfo): EncoderName[] {
  const seen = recogniseEncoder(info);
  if (seen === undefined) {
    return [];
  }
  return encoderNames.filter((name) => {
    const { shape } = registeredEncoder(name);
    return COMPARED.every((key) => seen[key] === undefined || seen[key] === shape[key]);
  });
}

/** What to add to the message of a mismatch: the encoders that fit, or what the file seems to be. */
export function suggestEncoder(info: NativeFileInfo): string {
  const seen = recogniseEncoder(info);
  if (seen === undefined) {
    return 'The file holds no patch embedding: it is no encoder';
  }
  const names = fittingEncoders(info);
  if (names.length > 0) {
    return `Its encoder has the shapes of ${names.map((name) => `'${name}'`).join(', ')}`;
  }
  const { family, dim, depth, patch, registers } = seen;
  return `Its encoder is none of those known by name: {family: '${family}', dim: ${dim}, depth: ${depth}, patch: ${patch}, registers: ${registers}}`;
}

/** Adds to the error of weights that do not fit which encoder would; for `catch` of a promise. */
export function suggesting(info: NativeFileInfo): (error: unknown) => never {
  return (error) => {
    if (error instanceof DinomalyError && error.code === 'WEIGHTS_MISMATCH') {
      throw new DinomalyError(error.code, `${error.message}. ${suggestEncoder(info)}`, { cause: error });
    }
    throw error;
  };
}
