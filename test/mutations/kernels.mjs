// Faults in the CPU's own attention kernels.
import { core } from './tests.mjs';

const KERNEL = 'native/core/nn/cpu_attention.cpp';
const VECTORS = 'native/core/nn/cpu_vectors.cpp';
const SOFTMAX = core("the CPU's softmax attention equals its definition for every number of tokens and width of heads");
const LINEAR = core("the CPU's linear attention equals its definition for every number of tokens and width of heads");

/** @type {import('./tests.mjs').Mutation[]} */
export const kernels = [
  {
    name: 'kernel-unscaled',
    file: KERNEL,
    text: 'const float scale = 1 / std::sqrt(static_cast<float>(width));',
    replacement: 'const float scale = 1 / std::cbrt(static_cast<float>(width));',
    breaks: 'the logits are not scaled by the root of the width of a head',
    test: SOFTMAX,
  },
  {
    name: 'kernel-keys-kept',
    file: KERNEL,
    text: 'if (head != loaded) operands.load(heads, head);',
    replacement: 'if (loaded < 0) operands.load(heads, head);',
    breaks: 'every head takes the keys of the first',
    test: SOFTMAX,
  },
  {
    name: 'kernel-first-queries',
    file: KERNEL,
    text: 'operands.scores(heads, heads.query(head) + first * heads.row(), count, scores.data());',
    replacement: 'operands.scores(heads, heads.query(head), count, scores.data());',
    breaks: 'every block takes the first queries',
    test: SOFTMAX,
  },
  {
    name: 'kernel-floor',
    file: KERNEL,
    text: '1 / std::max(mass, static_cast<float>(kAttentionFloor))',
    replacement: '1 / mass',
    breaks: 'linear attention divides by 0 where all keys are far below 0',
    test: core("the CPU's attention keeps very large logits, and passes NaN on"),
  },
  {
    name: 'kernel-exponential',
    file: VECTORS,
    text: '1.0F / 24,',
    replacement: '1.0F / 25,',
    breaks: 'the exponential is wrong in the fifth digit',
    test: core("the CPU's exponentials are exact to 3e-7 of each, and 0 where a float has no room"),
  },
  {
    name: 'kernel-phi',
    file: VECTORS,
    text: '_mm512_mask_add_ps(exponential(_mm512_mask_mov_ps(x, positive, _mm512_setzero_ps())), positive, x,',
    replacement: '_mm512_mask_add_ps(_mm512_mask_mov_ps(x, positive, _mm512_setzero_ps()), positive, x,',
    breaks: 'phi is the identity below 0',
    test: LINEAR,
  },
];
