/**
 * The `encoder` option: a name, or a shape that is completed here. A named encoder is only a name for a shape: weights
 * always come from a file.
 */
import {
  checkArray,
  checkBoolean,
  checkInteger,
  checkOneOf,
  checkOptions,
  isRecord,
  orDefault,
  outOfRange,
  wrongKind,
} from '../check.js';
import { encoderNames, registeredEncoder } from '../encoders/registry.js';
import { FAMILIES, HIERA_TINY } from '../encoders/shapes.js';
import type { EncoderConfig, EncoderName } from './types.js';

export { encoderNames };

/** The encoder of the paper's main tables. */
export const DEFAULT_ENCODER: EncoderName = 'dinov2reg_vit_base_14';

/** Name of an encoder that is given by its shape. */
export const CUSTOM_ENCODER = 'custom';

const KEYS = [
  'family',
  'dim',
  'depth',
  'heads',
  'patch',
  'registers',
  'positionGrid',
  'layerScale',
  'mlp',
  'mlpHidden',
  'sharedPositions',
  'stages',
  'windows',
  'globalBlocks',
] as const;

type Hinted = 'registers' | 'positionGrid' | 'layerScale' | 'mlp' | 'mlpHidden' | 'sharedPositions';

/** What a weights file tells about an encoder, where it tells it. */
export type EncoderHints = { readonly [Key in Hinted]?: EncoderConfig[Key] | undefined };

/** An encoder as far as the options alone tell; `finishEncoder` fills what is missing. */
export type PartialEncoder = Omit<EncoderConfig, Hinted> & EncoderHints;

/** A checked `encoder` option: its name, what it says of the shape, and of the decoder. */
export interface EncoderChoice {
  readonly name: string;
  readonly shape: PartialEncoder;
  readonly decoderHeads: number | undefined;
}

/**
 * Bounds of a shape: ten times what was ever published. A file or an option past them is told so at once, where memory
 * would run out later.
 */
export const SHAPE_LIMITS = {
  dim: 65_536,
  depth: 1000,
  patch: 1024,
  registers: 4096,
  positionGrid: 4096,
  mlpHidden: 262_144,
} as const;

function checkHeads(shape: Pick<EncoderConfig, 'family' | 'dim' | 'heads'>, path: string): void {
  const { family, dim, heads } = shape;
  if (dim % heads !== 0) {
    throw new RangeError(`Expected a divisor of dim ${dim} for ${path} but received ${heads} of type number`);
  }
  if (family === 'hiera' && (heads % 4 !== 0 || dim % 4 !== 0)) {
    throw outOfRange('heads and a dim that the first stage has a quarter of', path, heads);
  }
  if (family === 'dinov3' && (dim / heads) % 4 !== 0) {
    throw outOfRange(`heads whose width, dim / heads, four frequencies divide`, path, heads);
  }
}

type Given = Readonly<Partial<Record<(typeof KEYS)[number], unknown>>>;

function optional<T>(value: unknown, check: (value: unknown) => T): T | undefined {
  return value === undefined ? undefined : check(value);
}

type Stages = Pick<EncoderConfig, 'stages' | 'windows' | 'globalBlocks'>;

function readStages(given: Given, path: string, depth: number): Stages {
  const list = (key: keyof Stages, min: number, max: number): readonly number[] =>
    checkArray(orDefault(given[key], HIERA_TINY[key]), `${path}.${key}`, (item, at) =>
      checkInteger(item, at, { min, max }),
    );
  const stages = list('stages', 1, SHAPE_LIMITS.depth);
  if (stages.length !== HIERA_TINY.stages.length || stages.reduce((sum, blocks) => sum + blocks, 0) !== depth) {
    throw outOfRange(`four stages of together ${depth} blocks, the depth,`, `${path}.stages`, stages);
  }
  const windows = list('windows', 1, SHAPE_LIMITS.positionGrid);
  if (windows.length !== stages.length || windows.slice(0, -1).some((window) => window % 2 !== 0)) {
    throw outOfRange('a window for each stage, even before the last,', `${path}.windows`, windows);
  }
  return { stages, windows, globalBlocks: list('globalBlocks', 0, depth - 1) };
}

function readHints(given: Given, path: string): EncoderHints {
  const count = (key: 'registers' | 'positionGrid' | 'mlpHidden', min: number): number | undefined =>
    optional(given[key], (value) => checkInteger(value, `${path}.${key}`, { min, max: SHAPE_LIMITS[key] }));
  const flag = (key: 'layerScale' | 'sharedPositions'): boolean | undefined =>
    optional(given[key], (value) => checkBoolean(value, `${path}.${key}`));
  return {
    registers: count('registers', 0),
    positionGrid: count('positionGrid', 1),
    layerScale: flag('layerScale'),
    mlp: optional(given.mlp, (value) => checkOneOf(value, `${path}.mlp`, ['gelu', 'swiglu'])),
    mlpHidden: count('mlpHidden', 1),
    sharedPositions: flag('sharedPositions'),
  };
}

/** Reads an explicit shape; what the weights file may tell is optional. */
export function readShape(value: unknown, path: string): PartialEncoder {
  const given = checkOptions(value ?? null, path, KEYS);
  const family = checkOneOf(orDefault(given.family, 'vit'), `${path}.family`, FAMILIES);
  const dim = checkInteger(given.dim, `${path}.dim`, { min: 4, max: SHAPE_LIMITS.dim });
  const heads = checkInteger(given.heads, `${path}.heads`, { min: 1 });
  checkHeads({ family, dim, heads }, `${path}.heads`);
  const depth = checkInteger(given.depth, `${path}.depth`, { min: 1, max: SHAPE_LIMITS.depth });
  const stages = family === 'hiera' ? readStages(given, path, depth) : { stages: [], windows: [], globalBlocks: [] };
  return {
    family,
    dim,
    depth,
    heads,
    patch: checkInteger(given.patch, `${path}.patch`, { min: 1, max: SHAPE_LIMITS.patch }),
    ...stages,
    ...readHints(given, path),
  };
}

/** Reads the `encoder` option: a name or a shape. */
export function readEncoder(value: unknown, path: string): EncoderChoice {
  const encoder = orDefault(value, DEFAULT_ENCODER);
  if (typeof encoder === 'string') {
    const name = checkOneOf(encoder, path, encoderNames);
    const { shape, decoderHeads } = registeredEncoder(name);
    return { name, shape, decoderHeads };
  }
  if (!isRecord(encoder)) {
    throw wrongKind('an encoder name or {dim, depth, heads, patch}', path, value);
  }
  return { name: CUSTOM_ENCODER, shape: readShape(encoder, path), decoderHeads: undefined };
}

/** What a family has where neither options nor a weights file say so. */
function familyDefaults(shape: PartialEncoder, patchGrid: number): Pick<EncoderConfig, Hinted> {
  const { family, dim } = shape;
  const grids = { vit: patchGrid, beit: patchGrid, dinov3: 1, hiera: HIERA_TINY.positionGrid };
  return {
    registers: family === 'dinov3' ? 4 : 0,
    positionGrid: grids[family],
    layerScale: family !== 'hiera',
    mlp: 'gelu',
    mlpHidden: 4 * dim,
    sharedPositions: false,
  };
}

/** The whole shape: what was given, else what the weights file has, else the default for this patch grid. */
export function finishEncoder(shape: PartialEncoder, hints: EncoderHints, patchGrid: number): EncoderConfig {
  const defaults = familyDefaults(shape, patchGrid);
  return {
    family: shape.family,
    dim: shape.dim,
    depth: shape.depth,
    heads: shape.heads,
    patch: shape.patch,
    registers: shape.registers ?? hints.registers ?? defaults.registers,
    positionGrid: shape.positionGrid ?? hints.positionGrid ?? defaults.positionGrid,
    layerScale: shape.layerScale ?? hints.layerScale ?? defaults.layerScale,
    mlp: shape.mlp ?? hints.mlp ?? defaults.mlp,
    mlpHidden: shape.mlpHidden ?? hints.mlpHidden ?? defaults.mlpHidden,
    sharedPositions: shape.sharedPositions ?? hints.sharedPositions ?? defaults.sharedPositions,
    stages: shape.stages,
    windows: shape.windows,
    globalBlocks: shape.globalBlocks,
  };
}

const TARGETS = 8;

/**
 * The blocks to reconstruct when none are named: 8 spread evenly over the middle (2..9 of 12, 4, 6, ... 18 of 24, as the
 * paper; 7, 10, 13, 17, 20, 23, 27, 30 of 40), about two thirds of the blocks of a shallower encoder.
 */
export function defaultTargetLayers(depth: number): number[] {
  if (depth >= 12) {
    return Array.from({ length: TARGETS }, (_, index) => Math.round(depth / 6 + (index * depth) / 12));
  }
  const count = Math.min(depth, Math.max(2, 2 * Math.round(depth / 3)));
  const first = Math.floor((depth - count) / 2);
  return Array.from({ length: count }, (_, index) => first + index);
}
