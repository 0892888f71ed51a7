/** The registry of encoders, what a weights file shows of one, and which named one fits it. No native code is loaded. */
import test from 'ava';
import type { NativeFileInfo } from '../../lib/binding/types.js';
import { decoderDefaults } from '../../lib/encoders/decoder.js';
import { listEncoders } from '../../lib/encoders/list.js';
import { fittingEncoders, recogniseEncoder, suggestEncoder } from '../../lib/encoders/recognise.js';
import { type EncoderName, encoderNames, registeredEncoder } from '../../lib/encoders/registry.js';
import { countParameters, SIZES, shapeOf } from '../../lib/encoders/shapes.js';
import { finishEncoder, readEncoder } from '../../lib/options/encoders.js';
import { resolveNetwork } from '../../lib/options/model.js';

const config = (name: EncoderName) => registeredEncoder(name).shape;
const network = (name: EncoderName) => {
  const { shape, decoderHeads } = readEncoder(name, 'encoder');
  return resolveNetwork({ decoderHeads }, 'options', finishEncoder(shape, {}, 28));
};

/** Names and shapes of a file. */
function file(shapes: Readonly<Record<string, readonly number[]>>): NativeFileInfo {
  const tensors = Object.entries(shapes).map(([name, shape]) => ({ name, dtype: 'F32', shape: [...shape] }));
  return { format: 'safetensors', metadata: {}, tensors };
}

/** `count` blocks under one naming. */
function blocks(count: number, shapes: Readonly<Record<string, readonly number[]>>): Record<string, readonly number[]> {
  const entries = Array.from({ length: count }, (_, index) =>
    Object.entries(shapes).map(([name, shape]) => [name.replace('#', `${index}`), shape] as const),
  );
  return Object.fromEntries(entries.flat());
}

test('every named encoder has a whole shape, says where its weights are, and gets the published sizes', (t) => {
  for (const { name, config: shape, size, crop, weights, licence } of listEncoders()) {
    t.is(shape.dim % shape.heads, 0, name);
    t.true(weights.url === null ? weights.note.length > 40 : weights.url.startsWith('https://'), name);
    t.true(weights.sha256 === null || /^[0-9a-f]{64}$/.test(weights.sha256), name);
    t.true(licence.length > 2, name);
    const expected = { 8: [448, 392], 14: [448, 392], 16: name.startsWith('sam2') ? [448, 448] : [512, 448] };
    t.deepEqual([size[0], crop[0]], expected[shape.patch as 8 | 14 | 16], name);
    t.true(name.endsWith(`_${shape.patch}`), name);
  }
  t.is(new Set(listEncoders().map(({ weights }) => weights.url ?? weights.note)).size, encoderNames.length);
});

test('parameters are those that the publishers state', (t) => {
  const millions = (name: EncoderName): number => Math.round(countParameters(config(name)) / 1e5) / 10;
  t.is(millions('dinov2reg_vit_base_14'), 86.6);
  t.is(millions('dinov2_vit_giant_14'), 1136.5);
  t.is(millions('dinov3_vit_smallplus_16'), 28.7);
  t.is(millions('deit_vit_tiny_16'), 5.5);
  // Counted in the file itself.
  t.is(countParameters(config('sam2_hiera_tiny_16')), 26_849_472);
});

test('targets, decoders and groups are those of the paper', (t) => {
  t.deepEqual(network('dino_vit_base_8').targetLayers, [2, 3, 4, 5, 6, 7, 8, 9]);
  t.deepEqual(network('dinov3_vit_large_16').targetLayers, [4, 6, 8, 10, 12, 14, 16, 18]);
  t.deepEqual(network('dinov2reg_vit_giant_14').targetLayers, [7, 10, 13, 17, 20, 23, 27, 30]);
  t.like(network('mocov3_vit_small_16'), { decoderHeads: 6 });
  t.is(network('mocov3_vit_small_16').encoder.heads, 12);
  const hiera = network('sam2_hiera_tiny_16');
  t.like(hiera, { decoderDepth: 8, decoderHeads: 6 });
  t.deepEqual(hiera.targetLayers, [3, 4, 5, 6, 7, 8, 9]);
  t.deepEqual(hiera.encoderGroups, [
    [0, 1, 2],
    [3, 4, 5, 6],
  ]);
  t.deepEqual(hiera.decoderGroups, [
    [0, 1, 2, 3],
    [4, 5, 6, 7],
  ]);
  t.deepEqual(decoderDefaults(shapeOf('vit', SIZES.tiny)).targetLayers.length, 8);
});

test("a hierarchy's targets lie in the stage whose tokens are the features", (t) => {
  const encoder = config('sam2_hiera_tiny_16');
  t.deepEqual(resolveNetwork({ targetLayers: [3, 9] }, 'options', encoder).decoderDepth, 2);
  t.throws(() => resolveNetwork({ targetLayers: [2, 3] }, 'options', encoder), {
    instanceOf: RangeError,
    message: /blocks 3 to 9/,
  });
});

test('shapes that a family does not have are refused by option', (t) => {
  const base = { dim: 64, depth: 5, heads: 4, patch: 16 };
  const refused = (shape: object, message: RegExp): void => {
    t.throws(() => readEncoder({ ...base, ...shape }, 'encoder'), { message });
  };
  refused({ family: 'swin' }, /'vit', 'beit', 'dinov3', 'hiera'|vit.*hiera/);
  refused({ family: 'hiera' }, /encoder\.stages/);
  refused({ family: 'hiera', stages: [1, 1, 2, 1], windows: [7, 4, 14, 7] }, /encoder\.windows/);
  refused({ family: 'hiera', heads: 2, stages: [1, 1, 2, 1] }, /encoder\.heads/);
  refused({ family: 'dinov3', dim: 72 }, /encoder\.heads/);
  refused({ mlp: 'relu' }, /encoder\.mlp/);
  t.like(readEncoder({ ...base, family: 'hiera', stages: [1, 1, 2, 1], globalBlocks: [3] }, 'encoder').shape, {
    family: 'hiera',
    heads: 4,
  });
});

test('an encoder is recognised under the names of its publisher, of Hugging Face and of timm', (t) => {
  const vit = { cls_token: [1, 1, 384], pos_embed: [1, 197, 384], 'patch_embed.proj.weight': [384, 3, 16, 16] };
  const dino = file({ ...vit, ...blocks(12, { 'blocks.#.mlp.fc2.weight': [384, 1536] }) });
  t.like(recogniseEncoder(dino), { family: 'vit', dim: 384, depth: 12, patch: 16, positionGrid: 14, mlpHidden: 1536 });
  t.true(fittingEncoders(dino).includes('dino_vit_small_16'));
  t.false(fittingEncoders(dino).includes('dino_vit_small_8'));
  const giant = file({
    'backbone.pos_embed': [1, 37 * 37 + 1, 1536],
    'backbone.patch_embed.proj.weight': [1536, 3, 14, 14],
    ...blocks(40, {
      'backbone.blocks.#.mlp.w12.weight': [8192, 1536],
      'backbone.blocks.#.mlp.w3.weight': [1536, 4096],
      'backbone.blocks.#.ls1.gamma': [1536],
    }),
  });
  t.deepEqual(fittingEncoders(giant), ['dinov2_vit_giant_14']);
  const beit = file({
    'beit.embeddings.patch_embeddings.projection.weight': [768, 3, 16, 16],
    'beit.encoder.relative_position_bias.relative_position_bias_table': [732, 12],
    ...blocks(12, {
      'beit.encoder.layer.#.lambda_1': [768],
      'beit.encoder.layer.#.output.dense.weight': [768, 3072],
      'beit.encoder.layer.#.attention.output.dense.weight': [768, 768],
    }),
  });
  const seen = { family: 'beit', depth: 12, heads: 12, positionGrid: 14, sharedPositions: true, mlpHidden: 3072 };
  t.like(recogniseEncoder(beit), seen);
  t.deepEqual(fittingEncoders(beit), ['beit_vit_base_16', 'beitv2_vit_base_16']);
  const plus = file({
    'embeddings.patch_embeddings.weight': [384, 3, 16, 16],
    'embeddings.register_tokens': [1, 4, 384],
    ...blocks(12, { 'layer.#.mlp.gate_proj.weight': [1536, 384], 'layer.#.layer_scale1.lambda1': [384] }),
  });
  t.deepEqual(fittingEncoders(plus), ['dinov3_vit_smallplus_16']);
});

test('a whole SAM 2 is recognised by its image encoder', (t) => {
  const info = file({
    'image_encoder.trunk.patch_embed.proj.weight': [96, 3, 7, 7],
    'image_encoder.trunk.pos_embed': [1, 96, 7, 7],
    'image_encoder.trunk.pos_embed_window': [1, 96, 8, 8],
    'memory_attention.layers.0.norm1.weight': [256],
    ...blocks(12, { 'image_encoder.trunk.blocks.#.norm1.weight': [96] }),
  });
  t.deepEqual(fittingEncoders(info), ['sam2_hiera_tiny_16']);
  t.is(suggestEncoder(info), "Its encoder has the shapes of 'sam2_hiera_tiny_16'");
});

test('a file that no named encoder fits is described, and one without an encoder is told so', (t) => {
  const odd = file({ 'patch_embed.proj.weight': [100, 3, 8, 8], pos_embed: [1, 10, 100] });
  t.regex(suggestEncoder(odd), /none of those known by name: \{family: 'vit', dim: 100, depth: 0, patch: 8/);
  t.regex(suggestEncoder(file({ 'conv1.weight': [64, 3, 7, 7] })), /no patch embedding/);
});
