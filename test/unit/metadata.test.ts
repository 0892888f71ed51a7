/** What a model file says of itself, and what is read off the shapes of one that says nothing. */
import test from 'ava';
import type { NativeFileInfo } from '../../lib/binding/types.js';
import { defaultTargetLayers, finishEncoder, readEncoder } from '../../lib/options/encoders.js';
import { inferModel } from '../../lib/options/infer.js';
import { describeModel } from '../../lib/options/load.js';
import { type ModelMetadata, readMetadata, writeMetadata } from '../../lib/options/metadata.js';
import { resolveGeometry, resolveNetwork } from '../../lib/options/model.js';
import type { EncoderFamily } from '../../lib/options/types.js';

const encoder = finishEncoder(readEncoder({ dim: 64, depth: 6, heads: 2, patch: 8 }, 'encoder').shape, {}, 5);
const metadata: ModelMetadata = {
  config: resolveNetwork({}, 'options', encoder),
  geometry: resolveGeometry({ size: [48, 56], crop: 40 }, 'options', encoder),
  classes: ['b', 'ä "quoted"'],
  calibration: { low: 0.125, high: 0.5, images: 7, classes: { b: { low: 0.25, high: 1 } } },
  descriptions: ['b', 'ä "quoted"'].map((name, at) => ({
    name,
    images: 4,
    mean: Float32Array.from({ length: 2 * encoder.dim }, (_, index) => Math.sin(at + index)),
    spread: 0.125,
    limit: 0.5,
  })),
  training: {
    iterations: 3,
    plannedIterations: 5,
    batchSize: 2,
    seed: 9,
    loss: 'loose',
    images: 7,
    split: null,
    skippedSteps: 1,
    finalLoss: 0.25,
  },
  encoder: { name: 'custom', sha256: null },
  thresholds: null,
};

test('metadata comes back as it was written, as strings', (t) => {
  const strings = writeMetadata(metadata);
  t.true(Object.values(strings).every((value) => typeof value === 'string'));
  t.deepEqual(readMetadata(strings, 'model'), metadata);
  const bare = { ...metadata, calibration: null, training: { ...metadata.training, finalLoss: null } };
  t.deepEqual(readMetadata(writeMetadata(bare), 'model'), bare);
});

test('every variant comes back as it was written', (t) => {
  const variants = [
    { scheme: 'a' },
    { scheme: 'layer-to-cat-layer', attention: 'efficient' },
    { scheme: 'c', attention: 'softmax', neighbourMask: 5 },
    { scheme: 'd', bottleneckDropout: 0 },
    { encoderGroups: [[0], [0, 3]], decoderGroups: [[1], [0]], decoderDepth: 2, decoderHeads: 4 },
  ];
  for (const variant of variants) {
    const config = resolveNetwork(variant, 'options', encoder);
    const training = { ...metadata.training, loss: 'per-point' } as const;
    const whole = { ...metadata, config, training, descriptions: null };
    t.deepEqual(readMetadata(writeMetadata(whole), 'model'), whole, JSON.stringify(variant));
  }
});

test('a file from before the variants says what they were then', (t) => {
  const strings = writeMetadata(metadata);
  const without = (text: string | undefined, ...keys: string[]): string => {
    const record = JSON.parse(text ?? '') as Record<string, unknown>;
    return JSON.stringify(Object.fromEntries(Object.entries(record).filter(([key]) => !keys.includes(key))));
  };
  const old = {
    ...strings,
    config: without(strings.config, 'fusion', 'neighbourMask'),
    training: without(strings.training, 'loss'),
  };
  t.deepEqual(readMetadata(old, 'model'), metadata);
});

test('a file of a newer format says so, and what mends it', (t) => {
  const strings = { ...writeMetadata(metadata), formatVersion: '2' };
  t.throws(() => readMetadata(strings, 'some/model'), {
    code: 'METADATA_VERSION',
    message: /some\/model .*newer dinomaly/,
  });
});

const damages: [title: string, strings: Record<string, string>, message: RegExp][] = [
  ['no version', { formatVersion: '' }, /version/],
  ['a version that is no number', { formatVersion: 'one' }, /'one'/],
  ['broken JSON', { config: '{' }, /damaged/],
  ['another kind', { classes: '5' }, /classes/],
  ['null for an object', { config: 'null' }, /config/],
  [
    'a network that cannot be',
    { config: writeMetadata(metadata).config?.replace('"heads":2', '"heads":0') ?? '' },
    /heads/,
  ],
  ['a crop that does not fit', { geometry: '{"resize":[48,48],"crop":[41,41],"map":[9,9],"scoreRatio":0}' }, /crop/],
];
/** The text of the descriptions, the first of them changed. */
function describedBy(change: object): { descriptions: string } {
  const [first, ...rest] = JSON.parse(writeMetadata(metadata).descriptions ?? '') as object[];
  return { descriptions: JSON.stringify([{ ...first, ...change }, ...rest]) };
}

const scales = (classes: unknown): { calibration: string } => ({
  calibration: JSON.stringify({ ...metadata.calibration, classes }),
});

damages.push(
  ['class descriptions that are no list', { descriptions: '{}' }, /an array for descriptions/],
  ['a class without a description', { descriptions: '[]' }, /2 classes for descriptions\.length/],
  ['the description of another class', describedBy({ name: 'c' }), /descriptions\[0\]\.name/],
  ['too few features', describedBy({ mean: 'AAAA' }), /descriptions\[0\]\.mean/],
  ['features of text', describedBy({ mean: 5 }), /descriptions\[0\]\.mean/],
  [
    'features that are not finite',
    describedBy({ mean: Buffer.alloc(8 * encoder.dim, 0xff).toString('base64') }),
    /finite numbers for descriptions\[0\]\.mean/,
  ],
  ['a limit of 0', describedBy({ limit: 0 }), /descriptions\[0\]\.limit/],
  ['no limit', describedBy({ limit: undefined }), /descriptions\[0\]\.limit/],
  ['a negative spread', describedBy({ spread: -1 }), /descriptions\[0\]\.spread/],
  ['no pictures', describedBy({ images: 0 }), /descriptions\[0\]\.images/],
  ['an unknown key of a class', describedBy({ colour: 1 }), /descriptions\[0\]\.colour/],
  ['colour scales that are a list', scales([1]), /calibration\.classes/],
  ['a colour scale of text', scales({ b: { low: 'x', high: 1 } }), /calibration\.classes\.b\.low/],
);

for (const [title, change, message] of damages) {
  test(`damaged metadata is refused by name: ${title}`, (t) => {
    const read = (): unknown => readMetadata({ ...writeMetadata(metadata), ...change }, 'some/model');
    const error = t.throws(read, { code: 'METADATA_INVALID', message });
    t.regex(error?.message ?? '', /some\/model/);
  });
}

test('a missing part of the metadata is named', (t) => {
  const { training: _, ...strings } = writeMetadata(metadata);
  t.throws(() => readMetadata(strings, 'model'), { code: 'METADATA_INVALID', message: /'training' is missing/ });
});

function checkpoint(dim: number, blocks: number, decoder: number, extra: [string, number[]][] = []): NativeFileInfo {
  const tensors = [
    ['encoder.patch_embed.proj.weight', [dim, 3, 14, 14]],
    ['encoder.pos_embed', [1, 1 + 37 * 37, dim]],
    ['encoder.register_tokens', [1, 4, dim]],
    ...Array.from({ length: blocks }, (_, at) => [`encoder.blocks.${at}.ls1.gamma`, [dim]]),
    ...Array.from({ length: decoder }, (_, at) => [`decoder.${at}.attn.qkv.weight`, [3 * dim, dim]]),
    ...extra,
  ] as [string, number[]][];
  return { format: 'pth', metadata: {}, tensors: tensors.map(([name, shape]) => ({ name, shape, dtype: 'F32' })) };
}

test("the authors' checkpoint is told by its shapes, heads by a width of 64", (t) => {
  const { config, geometry } = inferModel(checkpoint(384, 12, 8), 'x.pth', {});
  const named = readEncoder('dinov2reg_vit_small_14', 'encoder').shape;
  t.deepEqual(config.encoder, { ...config.encoder, ...named });
  t.deepEqual(config.targetLayers, [2, 3, 4, 5, 6, 7, 8, 9]);
  t.deepEqual([config.decoderDepth, config.decoderHeads, geometry.crop], [8, 6, [392, 392]]);
});

test('what shapes cannot tell is asked for, and options tell it', (t) => {
  const info = checkpoint(24, 12, 8);
  t.throws(() => inferModel(info, 'x.pth', {}), { code: 'METADATA_MISSING', message: /heads.*encoder: \{dim/ });
  const given = { encoder: { dim: 24, depth: 12, heads: 3, patch: 14 }, size: 112, crop: 98 };
  const { config, geometry } = inferModel(info, 'x.pth', given);
  t.deepEqual([config.encoder.heads, config.encoder.registers, geometry.crop], [3, 4, [98, 98]]);
});

test('an encoder alone, or a file of something else, is no model', (t) => {
  t.throws(() => inferModel(checkpoint(384, 12, 0), 'x.pth', {}), { code: 'METADATA_MISSING', message: /no decoder/ });
  const foreign = { ...checkpoint(384, 0, 8), tensors: [{ name: 'decoder.0.w', dtype: 'F32', shape: [3] }] };
  t.throws(() => inferModel(foreign, 'x.pth', {}), { code: 'METADATA_MISSING', message: /no encoder/ });
});

test('an option that contradicts a model file is refused; map size and score rule may change', (t) => {
  const info = { ...checkpoint(64, 6, 4), metadata: writeMetadata(metadata) };
  for (const shape of [{ size: 48 }, { crop: 40 }, { encoder: 'dinov2_vit_small_14' }, { attention: 'linear' }]) {
    t.throws(() => describeModel(info, 'model', shape), { code: 'INVALID_CONFIG', message: /leave out options\./ });
  }
  const { geometry, calibration } = describeModel(info, 'model', { mapSize: 64, scoreRatio: 0 });
  t.deepEqual([geometry.map, geometry.scoreRatio, geometry.crop], [[64, 64], 0, [40, 40]]);
  t.deepEqual(calibration, metadata.calibration);
});

test('target layers are those of the paper, and the middle of a shallow encoder', (t) => {
  t.deepEqual(defaultTargetLayers(12), [2, 3, 4, 5, 6, 7, 8, 9]);
  t.deepEqual(defaultTargetLayers(24), [4, 6, 8, 10, 12, 14, 16, 18]);
  t.deepEqual(defaultTargetLayers(40), [7, 10, 13, 17, 20, 23, 27, 30]);
  t.deepEqual(defaultTargetLayers(6), [1, 2, 3, 4]);
  for (let depth = 1; depth <= 60; depth++) {
    const layers = defaultTargetLayers(depth);
    t.true(
      layers.every((layer, at) => layer >= 0 && layer < depth && layer > (layers[at - 1] ?? -1)),
      `${depth}`,
    );
  }
});

test('sizes follow the patch, and crop and size each other', (t) => {
  const sides = (options: object, patch: number, family: EncoderFamily = 'vit'): number[] => {
    const { resize, crop } = resolveGeometry(options, 'options', { family, patch });
    return [...resize, ...crop];
  };
  t.deepEqual(sides({}, 14), [448, 448, 392, 392]);
  t.deepEqual(sides({}, 8), [448, 448, 392, 392]);
  t.deepEqual(sides({}, 16), [512, 512, 448, 448]);
  t.deepEqual(sides({ crop: [98, 196] }, 14), [112, 224, 98, 196]);
  t.deepEqual(sides({ size: 100 }, 14), [100, 100, 84, 84]);
  // SAM 2's Hiera sees the whole picture, in multiples of 32 although its tokens are of 16.
  t.deepEqual(sides({}, 16, 'hiera'), [448, 448, 448, 448]);
  t.deepEqual(sides({ size: 64 }, 16, 'hiera'), [64, 64, 64, 64]);
  t.deepEqual(sides({ crop: [64, 96] }, 16, 'hiera'), [64, 96, 64, 96]);
  t.throws(() => sides({ size: 48 }, 16, 'hiera'), {
    instanceOf: RangeError,
    message: /a multiple of 32 for options\.crop/,
  });
});
