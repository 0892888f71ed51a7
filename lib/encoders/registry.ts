/**
 * The encoders known by name: the one place where a newcomer adds one. A named encoder is a shape, and where its
 * publisher keeps its weights; a family of new computations is a file in native/core/encoders besides.
 */

import { HIERA_TINY, SIZES, type Size, shapeOf } from './shapes.js';
import type { EncoderConfig } from './types.js';

/** Where the weights of an encoder are published. */
export interface PublishedWeights {
  /** The publisher's file, or null where there is no plain link; then `note` says where to get it. */
  readonly url: string | null;
  /** Its size, where known. */
  readonly bytes: number | null;
  /** Its SHA-256, lower-case hex, where known. */
  readonly sha256: string | null;
  /** Which file it is, what else is in it, or how to come by it. */
  readonly note: string;
}

/** A named encoder. */
export interface RegisteredEncoder {
  readonly shape: EncoderConfig;
  readonly weights: PublishedWeights;
  /** SPDX identifier where there is one. */
  readonly licence: string;
  /** Attention heads of its decoder, where they differ from its own. */
  readonly decoderHeads?: number;
}

const META = 'https://dl.fbaipublicfiles.com';

type Known = Partial<Pick<PublishedWeights, 'bytes' | 'sha256'>>;

function published(url: string, note: string, known: Known = {}): PublishedWeights {
  return { url, bytes: null, sha256: null, ...known, note };
}

/** `letter` is that of the file; 37 = 518 / 14, the size they were published at. */
function dinov2(size: Size, letter: string, registers: number, sha256: string): RegisteredEncoder {
  const model = `dinov2_vit${letter}14`;
  const file = `${model}${registers > 0 ? `_reg${registers}` : ''}_pretrain.pth`;
  const gated = size.dim === SIZES.giant.dim ? ({ mlp: 'swiglu', mlpHidden: 4096 } as const) : {};
  const settings = { patch: 14, registers, positionGrid: 37, layerScale: true, ...gated };
  const weights = published(`${META}/dinov2/${model}/${file}`, 'backbone only', { sha256 });
  return { shape: shapeOf('vit', size, settings), weights, licence: 'Apache-2.0' };
}

/** DINO calls its small one after DeiT. */
function dino(size: Size, name: string, patch: number): RegisteredEncoder {
  const file = `dino_${name}${patch}_pretrain`;
  const shape = shapeOf('vit', size, { patch, positionGrid: 224 / patch });
  return { shape, weights: published(`${META}/dino/${file}/${file}.pth`, 'backbone only'), licence: 'Apache-2.0' };
}

const IBOT = 'https://lf3-nlp-opensource.bytetos.com/obj/nlp-opensource/archive/2022/ibot';

/** The authors of Dinomaly take the models of random masking; of the small one there is none. */
function ibot(size: Size, folder: string): RegisteredEncoder {
  const weights = published(`${IBOT}/${folder}/checkpoint_teacher.pth`, 'teacher');
  return { shape: shapeOf('vit', size), weights, licence: 'Apache-2.0' };
}

/** Its small one has 12 heads of 32; the decoder is that of every other small one. */
function mocov3(size: Size, letter: string, decoder?: { readonly decoderHeads: number }): RegisteredEncoder {
  const run = `vit-${letter}-300ep`;
  const weights = published(`${META}/moco-v3/${run}/${run}.pth.tar`, 'whole training state, 300 epochs');
  return { shape: shapeOf('vit', size), weights, licence: 'CC-BY-NC-4.0', ...decoder };
}

function mae(size: Size, name: string): RegisteredEncoder {
  const url = `${META}/mae/pretrain/mae_pretrain_vit_${name}.pth`;
  return { shape: shapeOf('vit', size), weights: published(url, 'encoder only'), licence: 'CC-BY-NC-4.0' };
}

function deit(size: Size, file: string): RegisteredEncoder {
  const weights = published(`${META}/deit/deit_${file}.pth`, 'supervised on ImageNet-1k');
  return { shape: shapeOf('vit', size), weights, licence: 'Apache-2.0' };
}

const BEIT = 'https://github.com/addf400/files/releases/download';

/** The fine-tuned files, which the authors of Dinomaly take, have one bias table a block. */
function beit(size: Size, path: string): RegisteredEncoder {
  const shape = shapeOf('beit', size, { layerScale: true });
  return { shape, weights: published(`${BEIT}/${path}.pth`, 'fine-tuned on ImageNet-22k'), licence: 'MIT' };
}

const DINOV3 = 'https://ai.meta.com/resources/models-and-libraries/dinov3-downloads/';

/** The file is known by name, the link is sent to those who accept the licence. */
function dinov3(size: Size, file: string, settings: Partial<EncoderConfig> = {}): RegisteredEncoder {
  const note = `after accepting the licence at ${DINOV3}: dinov3_${file}.pth; or model.safetensors of the same model on Hugging Face`;
  const shape = shapeOf('dinov3', size, { registers: 4, positionGrid: 1, layerScale: true, ...settings });
  return { shape, weights: { url: null, bytes: null, sha256: null, note }, licence: 'DINOv3 License' };
}

const GOOGLE_DRIVE = 'on a drive, linked from https://github.com/OliverRensu/D-iGPT: D-iGPT_B_PT_1K.pth';

const ENCODERS = {
  dinov2reg_vit_small_14: dinov2(
    SIZES.small,
    's',
    4,
    'f433177089a681826f849f194ece3bb48f4d63fb38d32fc837e3dc7a4e5641fb',
  ),
  dinov2reg_vit_base_14: dinov2(SIZES.base, 'b', 4, '73182a088cf94833c94b1666d1c99e02fe87e2007bff57b564fb6206e25dba71'),
  dinov2reg_vit_large_14: dinov2(
    SIZES.large,
    'l',
    4,
    '36e4deffbaef061a2576705b0c36f93621e2ae20bf6274694821b0b492551b51',
  ),
  dinov2reg_vit_giant_14: dinov2(
    SIZES.giant,
    'g',
    4,
    '746ecb8c6301c645c5c855be91687d274587d6e48fdaec4a729753160b34a283',
  ),
  dinov2_vit_small_14: dinov2(SIZES.small, 's', 0, 'b938bf1bc15cd2ec0feacfe3a1bb553fe8ea9ca46a7e1d8d00217f29aef60cd9'),
  dinov2_vit_base_14: dinov2(SIZES.base, 'b', 0, '0b8b82f85de91b424aded121c7e1dcc2b7bc6d0adeea651bf73a13307fad8c73'),
  dinov2_vit_large_14: dinov2(SIZES.large, 'l', 0, 'd5383ea8f4877b2472eb973e0fd72d557c7da5d3611bd527ceeb1d7162cbf428'),
  dinov2_vit_giant_14: dinov2(SIZES.giant, 'g', 0, 'baf8467e50af277596bbbafa06887c177ee899ab46033649c383577d7e9309d3'),
  dino_vit_small_16: dino(SIZES.small, 'deitsmall', 16),
  dino_vit_small_8: dino(SIZES.small, 'deitsmall', 8),
  dino_vit_base_16: dino(SIZES.base, 'vitbase', 16),
  dino_vit_base_8: dino(SIZES.base, 'vitbase', 8),
  ibot_vit_small_16: ibot(SIZES.small, 'vits_16'),
  ibot_vit_base_16: ibot(SIZES.base, 'vitb_16_rand_mask'),
  ibot_vit_large_16: ibot(SIZES.large, 'vitl_16_rand_mask'),
  mocov3_vit_small_16: mocov3({ ...SIZES.small, heads: 12 }, 's', { decoderHeads: 6 }),
  mocov3_vit_base_16: mocov3(SIZES.base, 'b'),
  mae_vit_base_16: mae(SIZES.base, 'base'),
  mae_vit_large_16: mae(SIZES.large, 'large'),
  deit_vit_tiny_16: deit(SIZES.tiny, 'tiny_patch16_224-a1311bcf'),
  deit_vit_small_16: deit(SIZES.small, 'small_patch16_224-cd65a155'),
  deit_vit_base_16: deit(SIZES.base, 'base_patch16_224-b5f2ef4d'),
  beit_vit_base_16: beit(SIZES.base, 'v1.0/beit_base_patch16_224_pt22k_ft22k'),
  beit_vit_large_16: beit(SIZES.large, 'v1.0/beit_large_patch16_224_pt22k_ft22k'),
  beitv2_vit_base_16: beit(SIZES.base, 'BEiT-v2/beitv2_base_patch16_224_pt1k_ft21k'),
  beitv2_vit_large_16: beit(SIZES.large, 'BEiT-v2/beitv2_large_patch16_224_pt1k_ft21k'),
  digpt_vit_base_16: {
    shape: shapeOf('vit', SIZES.base),
    weights: { url: null, bytes: null, sha256: null, note: GOOGLE_DRIVE },
    licence: 'not stated',
  },
  dinov3_vit_small_16: dinov3(SIZES.small, 'vits16_pretrain_lvd1689m-08c60483'),
  dinov3_vit_smallplus_16: dinov3(SIZES.small, 'vits16plus_pretrain_lvd1689m-4057cbaa', { mlp: 'swiglu' }),
  dinov3_vit_base_16: dinov3(SIZES.base, 'vitb16_pretrain_lvd1689m-73cec8be'),
  dinov3_vit_large_16: dinov3(SIZES.large, 'vitl16_pretrain_lvd1689m-8aa4cbdd'),
  sam2_hiera_tiny_16: {
    shape: shapeOf('hiera', { dim: 384, depth: 12, heads: 4 }, HIERA_TINY),
    weights: published(
      `${META}/segment_anything_2/072824/sam2_hiera_tiny.pt`,
      'the whole of SAM 2; its image encoder is used',
      {
        bytes: 155_906_050,
        sha256: '65b50056e05bcb13694174f51bb6da89c894b57b75ccdf0ba6352c597c5d1125',
      },
    ),
    licence: 'Apache-2.0',
  },
} as const satisfies Readonly<Record<string, RegisteredEncoder>>;

/** Encoders known by name. */
export type EncoderName = keyof typeof ENCODERS;

/** Every name that `encoder` takes. */
export const encoderNames = Object.freeze(Object.keys(ENCODERS)) as readonly EncoderName[];

/** The encoder of this name. */
export function registeredEncoder(name: EncoderName): RegisteredEncoder {
  return ENCODERS[name];
}
