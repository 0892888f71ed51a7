/** Shapes of encoders: what the families have in common, what their sizes are called, and how many numbers they hold. */
import type { EncoderConfig, EncoderFamily } from './types.js';

/** Families of encoders, the keys of native/core/encoders/registry.cpp. */
export const FAMILIES = ['vit', 'beit', 'dinov3', 'hiera'] as const satisfies readonly EncoderFamily[];

/** Width, depth and heads of a size. */
export interface Size {
  readonly dim: number;
  readonly depth: number;
  readonly heads: number;
}

/** The sizes by the names that papers give them. */
export const SIZES = {
  tiny: { dim: 192, depth: 12, heads: 3 },
  small: { dim: 384, depth: 12, heads: 6 },
  base: { dim: 768, depth: 12, heads: 12 },
  large: { dim: 1024, depth: 24, heads: 16 },
  giant: { dim: 1536, depth: 40, heads: 24 },
} as const satisfies Record<string, Size>;

/** What a shape is where nothing else is said. */
const PLAIN = {
  patch: 16,
  registers: 0,
  // 224 / 16: most were published for pictures of 224.
  positionGrid: 14,
  layerScale: false,
  mlp: 'gelu',
  sharedPositions: false,
  stages: [],
  windows: [],
  globalBlocks: [],
} as const;

type Settings = Partial<Omit<EncoderConfig, 'family'>>;

/** A whole shape of a family from a size and what differs from the plain. */
export function shapeOf(family: EncoderFamily, size: Size, settings: Settings = {}): EncoderConfig {
  return { family, ...PLAIN, mlpHidden: 4 * size.dim, ...size, ...settings };
}

/** What SAM 2's Hiera has in every size but the widths: the stages of the tiny one. */
export const HIERA_TINY = {
  stages: [1, 2, 7, 2],
  windows: [8, 4, 14, 7],
  globalBlocks: [5, 7, 9],
  positionGrid: 7,
} as const;

/** Pixels that the sides of the network's input must be multiples of. */
export function inputMultiple(encoder: Pick<EncoderConfig, 'family' | 'patch'>): number {
  // Hiera's last stage has half the resolution of the one whose tokens are the features.
  return encoder.family === 'hiera' ? 2 * encoder.patch : encoder.patch;
}

/** The blocks whose outputs can be reconstructed: the first, and one past the last. */
export function targetRange(encoder: Pick<EncoderConfig, 'family' | 'depth' | 'stages'>): readonly [number, number] {
  if (encoder.family !== 'hiera') {
    return [0, encoder.depth];
  }
  const [first = 0, second = 0, third = 0] = encoder.stages;
  return [first + second, first + second + third];
}

const linear = (inputs: number, outputs: number): number => (inputs + 1) * outputs;

function mlpNumbers({ dim, mlp, mlpHidden }: EncoderConfig): number {
  const inner = mlp === 'swiglu' ? 2 : 1;
  return inner * linear(dim, mlpHidden) + linear(mlpHidden, dim);
}

function hieraNumbers(encoder: EncoderConfig): number {
  const { stages, windows, positionGrid, patch } = encoder;
  let dim = encoder.dim / 4;
  const kernel = patch / 2 - 1;
  let total = dim * (3 * kernel ** 2 + 1 + positionGrid ** 2 + (windows[0] ?? 0) ** 2);
  for (const [stage, blocks] of stages.entries()) {
    for (let index = 0; index < blocks; index += 1) {
      const out = stage > 0 && index === 0 ? 2 * dim : dim;
      const widening = out === dim ? 0 : linear(dim, out);
      total += 2 * dim + 2 * out + linear(dim, 3 * out) + linear(out, out) + widening;
      total += linear(out, 4 * out) + linear(4 * out, out);
      dim = out;
    }
  }
  return total;
}

/** Numbers in all tensors of an encoder, mask token and last norm included: its parameters. */
export function countParameters(encoder: EncoderConfig): number {
  const { family, dim, depth, heads, patch, registers, positionGrid, layerScale } = encoder;
  if (family === 'hiera') {
    return hieraNumbers(encoder);
  }
  const attention = linear(dim, 3 * dim) + linear(dim, dim) - (family === 'beit' ? dim : 0);
  const table = ((2 * positionGrid - 1) ** 2 + 3) * heads;
  const block = 4 * dim + attention + mlpNumbers(encoder) + (layerScale ? 2 * dim : 0);
  const positions = {
    vit: (positionGrid ** 2 + 1) * dim,
    beit: table * (encoder.sharedPositions ? 1 : depth),
    dinov3: 0,
  }[family];
  // Class token, registers, patch embedding, last norm; the models that were trained by masking keep their mask token.
  const mask = layerScale ? dim : 0;
  return (1 + registers) * dim + mask + linear(3 * patch ** 2, dim) + positions + depth * block + 2 * dim;
}
