// Faults in the CPU's own attention kernels.
import { core } from './tests.mjs';

const KERNEL = 'native/core/nn/cpu_softmax_attention.cpp';
const LINEAR_KERNEL = 'native/core/nn/cpu_linear_attention.cpp';
const ROWS = 'native/core/nn/cpu_rows.cpp';
const VECTORS = 'native/core/nn/cpu_vectors.cpp';
const SOFTMAX = core("the CPU's softmax attention equals its definition for every number of tokens and width of heads");
const PLACES = core(
  "the CPU's softmax attention turns queries and keys, and adds relative positions, as the formulas do",
);
const ROUNDED = core(
  'a layer of rounded products is near the exact one, from fp32 and bf16 to fp32 and to what products take',
);
const TOKENS = core('means and cosine distances of tokens are those of their formulas for any width, in views too');
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
    text: 'if (head != loaded) operands.load(',
    replacement: 'if (loaded < 0) operands.load(',
    breaks: 'every head takes the keys of the first',
    test: SOFTMAX,
  },
  {
    name: 'kernel-first-queries',
    file: KERNEL,
    text: '(heads.query(head), first, count), count, scores)',
    replacement: '(heads.query(head), 0, count), count, scores)',
    breaks: 'every block takes the first queries',
    test: SOFTMAX,
  },
  {
    name: 'kernel-floor',
    file: LINEAR_KERNEL,
    text: '1 / std::max(mass, static_cast<float>(kAttentionFloor))',
    replacement: '1 / mass',
    breaks: 'linear attention divides by 0 where all keys are far below 0',
    test: core("the CPU's attention keeps very large logits, and passes NaN on"),
  },
  {
    name: 'kernel-exponential',
    file: VECTORS,
    text: '{1.0F / 6, 0.5F,',
    replacement: '{1.0F / 6, 0.50001F,',
    breaks: 'the exponential is wrong in the fifth digit',
    test: core("the CPU's exponentials are exact to 3e-7 of each, and 0 where a float has no room"),
  },
  {
    name: 'kernel-phi',
    file: VECTORS,
    text: '_mm512_mask_add_ps(exponential<kRounded>(_mm512_mask_mov_ps(x, positive, _mm512_setzero_ps())), positive, x,',
    replacement: '_mm512_mask_add_ps(_mm512_mask_mov_ps(x, positive, _mm512_setzero_ps()), positive, x,',
    breaks: 'phi is the identity below 0',
    test: LINEAR,
  },
  {
    name: 'kernel-rotation-sign',
    file: VECTORS,
    text: 'return {_mm512_fnmadd_ps(b, load(sin + i, mask)',
    replacement: 'return {_mm512_fmadd_ps(b, load(sin + i, mask)',
    breaks: 'queries and keys of DINOv3 are mirrored in place of turned',
    test: PLACES,
  },
  {
    name: 'kernel-relative-mirrored',
    file: 'native/core/nn/relative_positions.cpp',
    text: 'columns + width_ - 1 - x, width_, out);',
    replacement: 'columns + x, width_, out);',
    breaks: "BEiT's relative positions count from the wrong side",
    test: PLACES,
  },
  {
    name: 'rounded-zero',
    file: ROWS,
    text: '_mm512_fmsub_ps(sum, column.scale, zero)',
    replacement: '_mm512_fmadd_ps(sum, column.scale, zero)',
    breaks: 'what the zero of a quantised token adds to its sums is added once more, not taken away',
    test: ROUNDED,
  },
  {
    name: 'rounded-residual',
    file: ROWS,
    text: 'return _mm512_add_ps(x, _mm512_loadu_ps(epilogue.residual + place));',
    replacement: 'return _mm512_sub_ps(x, _mm512_loadu_ps(epilogue.residual + place));',
    breaks: 'the residual is subtracted',
    test: core('GELU and a residual sum are part of the layer, and the sum stays fp32'),
  },
  {
    name: 'rounded-nan',
    file: ROWS,
    text: 'const bool finite = span.ordered && ',
    replacement: 'const bool finite = ',
    breaks: 'a NaN in a token becomes a number',
    test: core('what is not finite in a token makes all of that token not finite, and no other'),
  },
  {
    name: 'rounded-panel',
    file: 'native/core/nn/cpu_linear.cpp',
    text: 'loaded.steps + row};',
    replacement: 'loaded.steps};',
    breaks: 'the tokens of a panel take the scales of its first ones',
    test: ROUNDED,
  },
  {
    name: 'tokens-mean',
    file: VECTORS,
    text: 'for (int64_t k = 1; k < inputs_count; ++k) sum',
    replacement: 'for (int64_t k = 1; k + 1 < inputs_count; ++k) sum',
    breaks: 'the last tensor is left out of a mean',
    test: TOKENS,
  },
  {
    name: 'tokens-distance',
    file: VECTORS,
    text: '    bb = _mm512_fmadd_ps(y, y, bb);',
    replacement: '    bb = _mm512_fmadd_ps(x, y, bb);',
    breaks: 'a cosine is not divided by the length of the second token',
    test: TOKENS,
  },
  {
    name: 'graphs-not-copied',
    file: 'native/core/inference/graph_plan.cpp',
    text: '.narrow(0, 0, rows).clone();',
    replacement: '.narrow(0, 0, rows);',
    breaks: 'the next pass writes over the results of the last one',
    test: core('recorded passes give the scores of the plan, whatever was scored before in their memory'),
  },
  {
    name: 'passes-halved',
    file: 'native/core/inference/scorer.cpp',
    text: 'to.narrow(0, begin, from.size(0))',
    replacement: 'to.narrow(0, 0, from.size(0))',
    breaks: 'the results of a halved pass lie over those of its first half',
    test: core('passes for which there is no memory are halved until they fit, and stay so'),
  },
  {
    name: 'norms-folded',
    file: 'native/core/nn/layer_norm.cpp',
    text: 'const at::Tensor shift = at::mv(taker->weight, bias);',
    replacement: 'const at::Tensor shift = at::mv(taker->weight * weight, bias);',
    breaks: 'the bias of a folded norm is scaled by its weight',
    test: core('a network of every family gives the same with the weights of its norms in the layers after them'),
  },
  {
    name: 'norms-folded-windows',
    file: 'native/core/nn/hiera_block.cpp',
    text: 'if (window == 0) norm1.fold_into(',
    replacement: 'norm1.fold_into(',
    breaks: 'the padding of a window takes the bias of the norm before it',
    test: core('a network of every family gives the same with the weights of its norms in the layers after them'),
  },
  {
    name: 'workspace-unused',
    file: 'native/core/workspace.cpp',
    text: 'if (current == nullptr || size < kSmallest) return',
    replacement: 'if (current == nullptr || size > 0) return',
    breaks: 'passes take their memory from the system each time',
    test: core('passes after the first take no memory from the system'),
  },
];
