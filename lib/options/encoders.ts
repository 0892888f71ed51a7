/**
 * The encoders known by name, and how an explicit shape is completed. A named encoder is only a name for a shape: weights
 * always come from a file.
 */
import { checkBoolean, checkInteger, checkOneOf, checkOptions, isRecord, orDefault, wrongKind } from '../check.js';
import type { EncoderConfig, EncoderName } from './types.js';

interface Architecture {
  readonly dim: number;
  readonly depth: number;
  readonly heads: number;
}

const SMALL: Architecture = { dim: 384, depth: 12, heads: 6 };
const BASE: Architecture = { dim: 768, depth: 12, heads: 12 };
const LARGE: Architecture = { dim: 1024, depth: 24, heads: 16 };

function dinov2(architecture: Architecture, registers: number): EncoderConfig {
  // 37 = 518 / 14: the size DINOv2 was published at.
  return { family: 'dinov2', ...architecture, patch: 14, registers, positionGrid: 37, layerScale: true };
}

const ENCODERS: Readonly<Record<EncoderName, EncoderConfig>> = {
  dinov2_vit_small_14: dinov2(SMALL, 0),
  dinov2_vit_base_14: dinov2(BASE, 0),
  dinov2_vit_large_14: dinov2(LARGE, 0),
  dinov2reg_vit_small_14: dinov2(SMALL, 4),
  dinov2reg_vit_base_14: dinov2(BASE, 4),
  dinov2reg_vit_large_14: dinov2(LARGE, 4),
};

/** Every name that `encoder` takes. */
export const encoderNames = Object.freeze(Object.keys(ENCODERS)) as readonly EncoderName[];

/** The encoder of the paper's main tables. */
export const DEFAULT_ENCODER: EncoderName = 'dinov2reg_vit_base_14';

/** Name of an encoder that is given by its shape. */
export const CUSTOM_ENCODER = 'custom';

const KEYS = ['dim', 'depth', 'heads', 'patch', 'registers', 'positionGrid', 'layerScale'] as const;

/** What a weights file tells about an encoder, where it tells it. */
export interface EncoderHints {
  readonly registers?: number | undefined;
  readonly positionGrid?: number | undefined;
  readonly layerScale?: boolean | undefined;
}

/** An encoder as far as the options alone tell; `finishEncoder` fills what is missing. */
export type PartialEncoder = Omit<EncoderConfig, 'registers' | 'positionGrid' | 'layerScale'> & EncoderHints;

/** A checked `encoder` option: its name and what it says of the shape. */
export interface EncoderChoice {
  readonly name: string;
  readonly shape: PartialEncoder;
}

function checkCount(value: unknown, min: number, key: 'registers' | 'positionGrid', path: string): number {
  return checkInteger(value, `${path}.${key}`, { min, max: SHAPE_LIMITS[key] });
}

function checkHeads(dim: number, heads: number, path: string): void {
  if (dim % heads !== 0) {
    throw new RangeError(`Expected a divisor of dim ${dim} for ${path} but received ${heads} of type number`);
  }
}

/**
 * Bounds of a shape: ten times what was ever published. A file or an option past them is told so at once, where memory
 * would run out later.
 */
export const SHAPE_LIMITS = { dim: 65_536, depth: 1000, patch: 1024, registers: 4096, positionGrid: 4096 } as const;

/** Reads an explicit shape; what the weights file may tell is optional. */
export function readShape(value: unknown, path: string): PartialEncoder {
  const given = checkOptions(value ?? null, path, KEYS);
  const { registers, positionGrid, layerScale } = given;
  const dim = checkInteger(given.dim, `${path}.dim`, { min: 4, max: SHAPE_LIMITS.dim });
  const heads = checkInteger(given.heads, `${path}.heads`, { min: 1 });
  checkHeads(dim, heads, `${path}.heads`);
  return {
    family: 'dinov2',
    dim,
    depth: checkInteger(given.depth, `${path}.depth`, { min: 1, max: SHAPE_LIMITS.depth }),
    heads,
    patch: checkInteger(given.patch, `${path}.patch`, { min: 1, max: SHAPE_LIMITS.patch }),
    registers: registers === undefined ? undefined : checkCount(registers, 0, 'registers', path),
    positionGrid: positionGrid === undefined ? undefined : checkCount(positionGrid, 1, 'positionGrid', path),
    layerScale: layerScale === undefined ? undefined : checkBoolean(layerScale, `${path}.layerScale`),
  };
}

/** Reads the `encoder` option: a name or a shape. */
export function readEncoder(value: unknown, path: string): EncoderChoice {
  const encoder = orDefault(value, DEFAULT_ENCODER);
  if (typeof encoder === 'string') {
    const name = checkOneOf(encoder, path, encoderNames);
    return { name, shape: ENCODERS[name] };
  }
  if (!isRecord(encoder)) {
    throw wrongKind('an encoder name or {dim, depth, heads, patch}', path, value);
  }
  return { name: CUSTOM_ENCODER, shape: readShape(encoder, path) };
}

/** The whole shape: what was given, else what the weights file has, else the default for this patch grid. */
export function finishEncoder(shape: PartialEncoder, hints: EncoderHints, patchGrid: number): EncoderConfig {
  return {
    family: shape.family,
    dim: shape.dim,
    depth: shape.depth,
    heads: shape.heads,
    patch: shape.patch,
    registers: shape.registers ?? hints.registers ?? 0,
    positionGrid: shape.positionGrid ?? hints.positionGrid ?? patchGrid,
    layerScale: shape.layerScale ?? hints.layerScale ?? true,
  };
}

const TARGETS = 8;

/**
 * The blocks to reconstruct when none are named: 8 spread evenly over the middle (2..9 of 12, 4, 6, ... 18 of 24, as the
 * paper), about two thirds of the blocks of a shallower encoder.
 */
export function defaultTargetLayers(depth: number): number[] {
  if (depth >= 12) {
    return Array.from({ length: TARGETS }, (_, index) => Math.round(depth / 6 + (index * depth) / 12));
  }
  const count = Math.min(depth, Math.max(2, 2 * Math.round(depth / 3)));
  const first = Math.floor((depth - count) / 2);
  return Array.from({ length: count }, (_, index) => first + index);
}
