/** Options of the trainer: every key, its wrong kinds, its range, and what follows from what. */
import path from 'node:path';
import test from 'ava';
import { SCHEMES } from '../../lib/options/scheme.js';
import { CLASS_SEPARATED_DEFAULTS } from '../../lib/options/train.js';
import { checkTrainerOptions } from '../../lib/options/trainer.js';

const CUSTOM = { dim: 16, depth: 4, heads: 2, patch: 8 };
const BASE = { encoder: CUSTOM, weights: null };
const create = (options: unknown) => checkTrainerOptions(options, () => false);

/** For each option: values of a wrong kind, then values out of range. */
const WRONG: Readonly<Record<string, readonly [kinds: readonly unknown[], ranges: readonly unknown[]]>> = {
  encoder: [[7, null, [1], () => 0], ['dinov2_vit_huge_14']],
  weights: [[undefined, 7, {}], ['']],
  initial: [[7, {}], ['']],
  device: [
    [0, null],
    ['gpu', 'cuda:', 'cpu:0', '', 'cuda:128', 'cuda:007', 'cuda:99999999999'],
  ],
  signal: [[null, 7, {}, new AbortController()], []],
  pixelLimit: [
    ['1', null],
    [0, 1.5],
  ],
  size: [
    ['448', null, {}],
    [0, 1.5, [1], 20_000],
  ],
  crop: [
    ['392', null],
    [0, 12, 64],
  ],
  mapSize: [
    ['256', null],
    [0, [256], 20_000],
  ],
  scoreRatio: [
    ['0.01', null],
    [-0.1, 1.1, Number.NaN],
  ],
  targetLayers: [
    ['2', { 0: 1 }, ['1']],
    [[], [4], [-1], [1, 1], [2, 1]],
  ],
  encoderGroups: [
    [[0], [['0']]],
    [[], [[]], [[9]], [[0, 0]]],
  ],
  decoderGroups: [[[0]], [[], [[9]], [[0], [1], [0]]]],
  decoderDepth: [
    ['8', null],
    [0, 1e9],
  ],
  decoderHeads: [
    ['2', null],
    [0, 3],
  ],
  scheme: [
    [1, null, ['a']],
    ['f', 'A', 'three-groups'],
  ],
  attention: [[1, null], ['flash']],
  neighbourMask: [['3', [3]], [3]],
  bottleneckDropout: [
    ['0.2', null],
    [-1, 1],
  ],
  learningRate: [
    ['1', null],
    [0, -1, Number.POSITIVE_INFINITY],
  ],
  finalLearningRate: [['1', null], [-1]],
  warmupSteps: [
    ['1', null],
    [-1, 0.5],
  ],
  beta1: [
    ['1', null],
    [-1, 1],
  ],
  beta2: [
    ['1', null],
    [-1, 1],
  ],
  eps: [['1', null], [0]],
  weightDecay: [['1', null], [-1]],
  amsgrad: [[1, 'true', null], []],
  clipGradNorm: [['1', null], [0]],
  loss: [[1, null], ['cosine']],
  easyFraction: [
    ['1', null],
    [-1, 2],
  ],
  easyRampSteps: [['1', null], [0]],
  easyGradientFactor: [
    ['1', null],
    [-1, 2],
  ],
  seed: [
    ['1', null, 1n],
    [-1, 0.5, 2 ** 60],
  ],
  featureCacheBytes: [['1', null], [-1]],
};

for (const [key, [kinds, ranges]] of Object.entries(WRONG)) {
  test(`${key}: a wrong kind is a TypeError, a value out of range a RangeError, naming options.${key}`, (t) => {
    const at = new RegExp(
      `^(?:Expected .* for options\\.${key}\\b.* but received .* of type |options\\.${key} .*: there is no such )`,
      's',
    );
    // crop is compared with this size.
    const base = key === 'crop' ? { ...BASE, size: 40 } : BASE;
    for (const value of kinds) {
      t.throws(() => create({ ...base, [key]: value }), { instanceOf: TypeError, message: at }, String(value));
    }
    for (const value of ranges) {
      t.throws(() => create({ ...base, [key]: value }), { instanceOf: RangeError, message: at }, String(value));
    }
  });
}

test('no options, null and an array are refused', (t) => {
  for (const options of [undefined, null, [], 'x']) {
    t.throws(() => create(options), { instanceOf: TypeError, message: /Expected a plain object for options/ });
  }
});

test('an explicit encoder names the key at fault', (t) => {
  const encoder = (change: object) => () => create({ weights: null, encoder: { ...CUSTOM, ...change } });
  t.throws(encoder({ head: 3 }), {
    message: /^options\.encoder\.head: there is no such option\. Did you mean heads\?$/,
  });
  t.throws(encoder({ heads: 3 }), { instanceOf: RangeError, message: /divisor of dim 16 for options\.encoder\.heads/ });
  t.throws(encoder({ dim: undefined }), { instanceOf: TypeError, message: /options\.encoder\.dim/ });
  t.throws(encoder({ depth: 5000 }), { instanceOf: RangeError, message: /options\.encoder\.depth/ });
  t.throws(encoder({ layerScale: 1 }), { instanceOf: TypeError, message: /options\.encoder\.layerScale/ });
});

test('a named encoder has the published sizes', (t) => {
  const { geometry, network, training } = create({ weights: 'w.pth' });
  t.deepEqual(geometry, { resize: [448, 448], crop: [392, 392], map: [256, 256], scoreRatio: 0.01 });
  const config = network({});
  t.deepEqual(config.targetLayers, [2, 3, 4, 5, 6, 7, 8, 9]);
  t.deepEqual(config.encoderGroups, [
    [0, 1, 2, 3],
    [4, 5, 6, 7],
  ]);
  t.like(config.encoder, { dim: 768, depth: 12, heads: 12, patch: 14, registers: 4, positionGrid: 37 });
  t.like(training, { learningRate: 2e-3, finalLearningRate: 2e-4, eps: 1e-10, amsgrad: true, device: 'cpu' });
  t.is(create({ weights: 'w.pth' }).weights, path.resolve('w.pth'));
});

test('the large encoder reconstructs blocks 4, 6, ... 18', (t) => {
  const { network } = create({ encoder: 'dinov2reg_vit_large_14', weights: null });
  t.deepEqual(network({}).targetLayers, [4, 6, 8, 10, 12, 14, 16, 18]);
});

test('size and crop follow from each other and from the patch', (t) => {
  const geometry = (given: object) => create({ ...BASE, ...given }).geometry;
  t.like(geometry({}), { crop: [392, 392], resize: [448, 448] });
  t.like(geometry({ size: 64 }), { crop: [56, 56] });
  t.like(geometry({ crop: [56, 112] }), { resize: [64, 128] });
  t.like(geometry({ encoder: { ...CUSTOM, patch: 16 } }), { crop: [448, 448], resize: [512, 512] });
});

test('the schemes of figure 4 by name and by letter', (t) => {
  const groups = (scheme: string, given: object = {}) => {
    const { encoderGroups, decoderGroups, fusion } = create({
      ...BASE,
      scheme,
      targetLayers: [0, 1, 2, 3],
      ...given,
    }).network({});
    return { encoderGroups, decoderGroups, fusion };
  };
  const pairs = (...positions: number[]) => ({
    encoderGroups: positions.map((at) => [at]),
    decoderGroups: positions.map((at) => [at]),
    fusion: 'mean',
  });
  t.deepEqual(groups('a'), pairs(1, 3));
  t.deepEqual(groups('b'), { encoderGroups: [[1, 3]], decoderGroups: [[0]], fusion: 'concatenate' });
  t.deepEqual(groups('c'), pairs(0, 1, 2, 3));
  t.deepEqual(groups('d', { decoderDepth: 2 }), {
    encoderGroups: [[0, 1, 2, 3]],
    decoderGroups: [[0, 1]],
    fusion: 'mean',
  });
  const halves = [
    [0, 1],
    [2, 3],
  ];
  t.deepEqual(groups('e'), { encoderGroups: halves, decoderGroups: halves, fusion: 'mean' });
  for (const [letter, name] of Object.entries(SCHEMES)) t.deepEqual(groups(letter), groups(name));
  t.deepEqual(groups('layer-to-cat-layer', { decoderDepth: 1 }), groups('b'));
  const eight = create({ weights: null, scheme: 'b' }).network({});
  t.deepEqual(eight.encoderGroups, [[1, 3, 5, 7]]);
  t.deepEqual(create({ weights: null, scheme: 'e' }).network({}), create({ weights: null }).network({}));
});

const CONTRADICTIONS: readonly (readonly [given: object, message: RegExp])[] = [
  [{ scheme: 'e', encoderGroups: [[0], [1]] }, /beside a scheme.*options\.encoderGroups/],
  [{ scheme: 'd', decoderGroups: [[0]] }, /beside a scheme.*options\.decoderGroups/],
  [{ scheme: 'c', decoderDepth: 3 }, /3 decoder blocks do not pair with 2 target layers.*options\.scheme/],
  [{ scheme: 'a', decoderDepth: 1 }, /do not pair.*options\.scheme/],
  [{ scheme: 'a', targetLayers: [1] }, /single target layer.*options\.scheme/],
  [{ scheme: 'b', targetLayers: [1] }, /single target layer.*options\.scheme/],
  [{ scheme: 'e', decoderDepth: 1 }, /single decoder block.*options\.scheme/],
  [{ encoderGroups: [[0]] }, /as many groups as encoderGroups, 1, for options\.decoderGroups/],
  [{ neighbourMask: 3 }, /no window with linear attention/],
  [{ neighbourMask: 3, attention: 'efficient' }, /no window with efficient attention/],
  [{ neighbourMask: 4, attention: 'softmax' }, /an odd window/],
  [{ neighbourMask: 5, attention: 'softmax', crop: 40, size: 40 }, /smaller than the patch grid, 5 x 5,/],
  [{ loss: 'global-cosine', easyFraction: 0.9 }, /'global-cosine'.*options\.easyFraction/],
  [{ loss: 'global-cosine', easyRampSteps: 10 }, /'global-cosine'.*options\.easyRampSteps/],
  [{ loss: 'global-cosine', easyGradientFactor: 0 }, /'global-cosine'.*options\.easyGradientFactor/],
  [{ loss: 'per-point', easyGradientFactor: 0 }, /without easyFraction.*options\.easyGradientFactor/],
];
for (const [given, message] of CONTRADICTIONS) {
  test(`options that contradict each other are refused with a reason: ${JSON.stringify(given)}`, (t) => {
    t.throws(() => create({ ...BASE, ...given }), { instanceOf: RangeError, message });
  });
}

test('the window of the neighbour mask goes with softmax attention, and null is none', (t) => {
  t.is(create({ ...BASE, attention: 'softmax', neighbourMask: 3 }).network({}).neighbourMask, 3);
  t.is(create({ ...BASE, neighbourMask: null }).network({}).neighbourMask, null);
  t.is(create(BASE).network({}).neighbourMask, null);
});

test('each loss has its own share of easy points', (t) => {
  const loss = (given: object) => create({ ...BASE, ...given }).training;
  t.like(loss({}), { loss: 'loose', easyFraction: 0.9, easyRampSteps: 1000, easyGradientFactor: 0.1 });
  t.like(loss({ loss: 'global-cosine' }), { loss: 'global-cosine', easyFraction: 0 });
  t.like(loss({ loss: 'per-point' }), { loss: 'per-point', easyFraction: 0 });
  t.like(loss({ loss: 'per-point', easyFraction: 0.5, easyGradientFactor: 0 }), {
    easyFraction: 0.5,
    easyGradientFactor: 0,
  });
});

test('what the weights file tells completes an explicit encoder, what was given wins', (t) => {
  const hints = { registers: 4, positionGrid: 37, layerScale: false };
  t.like(create(BASE).network(hints).encoder, hints);
  const given = { ...BASE, encoder: { ...CUSTOM, registers: 1 } };
  t.is(create(given).network(hints).encoder.registers, 1);
});

test("device 'auto' takes CUDA where there is one", (t) => {
  t.is(checkTrainerOptions(BASE, () => true).training.device, 'cuda');
  t.is(checkTrainerOptions({ ...BASE, device: 'cuda:3' }, () => false).training.device, 'cuda:3');
});

test('what is not said is as in the published runs', (t) => {
  const { training, geometry, network } = create({ weights: null });
  t.like(training, {
    device: 'cpu',
    seed: 1,
    learningRate: 2e-3,
    warmupSteps: 100,
    beta1: 0.9,
    beta2: 0.999,
    eps: 1e-10,
    weightDecay: 1e-4,
    amsgrad: true,
    clipGradNorm: 0.1,
    loss: 'loose',
    easyFraction: 0.9,
    easyRampSteps: 1000,
    easyGradientFactor: 0.1,
  });
  t.true(Math.abs(training.finalLearningRate - 2e-4) < 1e-18);
  t.deepEqual(geometry, { resize: [448, 448], crop: [392, 392], map: [256, 256], scoreRatio: 0.01 });
  const { encoder: _, ...model } = network({});
  t.deepEqual(model, {
    targetLayers: [2, 3, 4, 5, 6, 7, 8, 9],
    encoderGroups: [
      [0, 1, 2, 3],
      [4, 5, 6, 7],
    ],
    decoderGroups: [
      [0, 1, 2, 3],
      [4, 5, 6, 7],
    ],
    fusion: 'mean',
    decoderDepth: 8,
    decoderHeads: 12,
    attention: 'linear',
    neighbourMask: null,
    bottleneckDropout: 0.2,
  });
  t.deepEqual(CLASS_SEPARATED_DEFAULTS, { eps: 1e-8, iterations: 5000 });
});

test('undefined is a default, everywhere', (t) => {
  const options = Object.fromEntries(Object.keys(WRONG).map((key) => [key, undefined]));
  t.deepEqual(create({ ...options, weights: null }).geometry, create({ weights: null }).geometry);
});
