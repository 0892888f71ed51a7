/**
 * The seam between lib/ and the addon: a word or a kind that it does not know is an error that names the option, never a
 * default. What users write is checked in lib/; these are the mistakes of our own.
 */
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { binding } from '../../lib/binding/load.js';
import type {
  NativeBinding,
  NativeGeometry,
  NativeImage,
  NativeModelConfig,
  NativeTrainOptions,
} from '../../lib/binding/types.js';
import { PRECISIONS } from '../../lib/options/precision.js';
import { temporaryFolder } from '../helpers/drawn-set.js';

const { folder, remove } = temporaryFolder();
test.after.always(remove);

const ENCODER: NativeModelConfig['encoder'] = {
  family: 'vit',
  dim: 16,
  depth: 2,
  heads: 2,
  patch: 8,
  registers: 0,
  positionGrid: 2,
  layerScale: false,
  mlp: 'gelu',
  mlpHidden: 0,
  sharedPositions: false,
  stages: [],
  windows: [],
  globalBlocks: [],
};
const CONFIG: NativeModelConfig = {
  encoder: ENCODER,
  targetLayers: [0, 1],
  encoderGroups: [[0, 1]],
  decoderGroups: [[0]],
  fusion: 'mean',
  decoderDepth: 1,
  decoderHeads: 2,
  attention: 'linear',
  neighbourMask: null,
  bottleneckDropout: 0,
};
const GEOMETRY: NativeGeometry = { resize: [16, 16], crop: [16, 16], map: [8, 8], scoreRatio: 0 };
const TRAIN: NativeTrainOptions = {
  device: 'cpu',
  seed: 1,
  learningRate: 1e-3,
  finalLearningRate: 1e-4,
  warmupSteps: 1,
  beta1: 0.9,
  beta2: 0.999,
  eps: 1e-8,
  weightDecay: 0,
  amsgrad: true,
  clipGradNorm: 1,
  loss: 'loose',
  easyFraction: 0.9,
  easyRampSteps: 1,
  easyGradientFactor: 0.1,
  initial: null,
  featureCacheBytes: 0,
};
const IMAGE: NativeImage = { data: new Uint8Array(16 * 16 * 3), height: 16, width: 16, channels: 3 };
const MAP = { map: Float32Array.of(1, 2), height: 1, width: 2 };

type Wrong = Readonly<Record<string, unknown>>;
type Call = (native: NativeBinding, wrong: Wrong) => Promise<unknown>;

const create = (native: NativeBinding, config: object, train: object = {}): Promise<unknown> =>
  native.createTrainer({ ...CONFIG, ...config }, GEOMETRY, null, { ...TRAIN, ...train });
const inConfig: Call = (native, wrong) => create(native, wrong);
const inEncoder: Call = (native, wrong) => create(native, { encoder: { ...ENCODER, ...wrong } });
const inTraining: Call = (native, wrong) => create(native, {}, wrong);
const inGeometry: Call = (native, wrong) => native.prepareImage(IMAGE, { ...GEOMETRY, ...wrong });
const inMask: Call = (native, { convention }) => native.prepareMask(IMAGE, GEOMETRY, convention as 'any');
const inEncoding: Call = (native, wrong) =>
  native.encodeMap(MAP, { encoding: 'float32', low: 0, high: 1, fill: 0, ...wrong } as never);
const inRegions: Call = (native, wrong) =>
  native.findRegions(MAP, { threshold: 1, minArea: 1, maxRegions: 1, maxCorners: 8, ...wrong } as never);
const inMetrics: Call = (native, wrong) =>
  native.computeMetrics(
    { ...{ maps: [MAP.map], masks: [Uint8Array.of(0, 1)], labels: null, scores: null }, ...wrong } as never,
    0,
  );

let made = false;

/** Loads a model file of CONFIG. */
const inLoading: Call = async (native, wrong) => {
  const file = path.join(folder, 'model.safetensors');
  if (!made) {
    const trainer = await native.createTrainer(CONFIG, GEOMETRY, null, TRAIN);
    await trainer.save(file, {});
    made = true;
  }
  const options = { device: 'cpu', precision: 'fp32', maxBatch: 1, maxDelayMs: 0, ...wrong };
  return native.loadModel(file, CONFIG, GEOMETRY, options as never);
};

const WORDS: readonly (readonly [option: string, call: Call, words: readonly string[], shown?: string])[] = [
  ['attention', inConfig, ['linear', 'softmax', 'efficient']],
  ['fusion', inConfig, ['mean', 'concatenate']],
  ['mlp', inEncoder, ['gelu', 'swiglu']],
  ['loss', inTraining, ['loose', 'global-cosine', 'per-point']],
  ['precision', inLoading, PRECISIONS],
  ['convention', inMask, ['any', 'half'], 'the mask convention'],
  ['encoding', inEncoding, ['uint16', 'float16', 'float32', 'binary']],
];

for (const [option, call, words, shown = option] of WORDS) {
  test(`${option}: each of its words is taken, another one is refused by name with those that there are`, async (t) => {
    for (const word of words) await t.notThrowsAsync(call(binding(), { [option]: word }), word);
    const known = words.map((word) => `'${word}'`).join(', ');
    for (const word of ['', 'nonsense', words[0]?.toUpperCase() ?? '']) {
      await t.throwsAsync(call(binding(), { [option]: word }), {
        code: 'INVALID_CONFIG',
        message: `Expected one of ${known} for ${shown} but received '${word}'`,
      });
    }
  });
}

test('the words of the mask convention read a grey mask differently', async (t) => {
  const grey = { data: new Uint8Array(16 * 16).fill(90), height: 16, width: 16, channels: 1 };
  const marked = async (word: 'any' | 'half'): Promise<Set<number>> =>
    new Set(await binding().prepareMask(grey, GEOMETRY, word));
  t.deepEqual([await marked('any'), await marked('half')], [new Set([1]), new Set([0])]);
});

test('a device that is neither the CPU nor CUDA, and a family that nobody knows, are refused by name', async (t) => {
  for (const device of ['gpu', 'mps', 'cuda:x', '']) {
    const message = `Expected 'cpu', 'cuda' or 'cuda:N' for device but received '${device}'`;
    await t.throwsAsync(inTraining(binding(), { device }), { code: 'INVALID_CONFIG', message });
  }
  await t.throwsAsync(inEncoder(binding(), { family: 'resnet' }), { code: 'INVALID_CONFIG', message: /resnet/ });
});

/** Asserts that the option is refused where it is missing, and for each of the values. */
async function assertKind(t: ExecutionContext, call: Call, option: string, values: readonly unknown[]): Promise<void> {
  const named = { instanceOf: TypeError, message: new RegExp(`native option ${option}$`) };
  for (const value of [undefined, ...values]) {
    await t.throwsAsync(async () => call(binding(), { [option]: value }), named, `${option}: ${String(value)}`);
  }
}

test('a number, a flag, a text or a list of another kind is refused by name, not converted', async (t) => {
  for (const [call, option] of [
    [inTraining, 'weightDecay'],
    [inTraining, 'learningRate'],
    [inTraining, 'eps'],
    [inConfig, 'bottleneckDropout'],
    [inGeometry, 'scoreRatio'],
    [inEncoding, 'low'],
    [inEncoding, 'fill'],
    [inRegions, 'threshold'],
  ] as const) {
    await assertKind(t, call, option, ['0.1', null, true, [1]]);
  }
  for (const [call, option] of [
    [inTraining, 'warmupSteps'],
    [inTraining, 'seed'],
    [inConfig, 'decoderDepth'],
    [inConfig, 'neighbourMask'],
    [inEncoder, 'patch'],
    [inRegions, 'minArea'],
    [inMetrics, 'height'],
  ] as const) {
    await assertKind(t, call, option, ['1', 1.5, Number.NaN, Number.POSITIVE_INFINITY, true]);
  }
  for (const option of ['amsgrad']) await assertKind(t, inTraining, option, [1, 'true', null]);
  for (const option of ['attention', 'fusion']) await assertKind(t, inConfig, option, [1, null, ['linear']]);
  for (const option of ['targetLayers', 'encoderGroups'])
    await assertKind(t, inConfig, option, [1, '01', [1.5], ['1']]);
  for (const option of ['resize', 'crop', 'map']) await assertKind(t, inGeometry, option, [16, '16', ['16', '16']]);
});

test('labels and scores are typed arrays or null, and not left out for being something else', async (t) => {
  for (const option of ['labels', 'scores']) {
    const named = { instanceOf: TypeError, message: new RegExp(`native option ${option}$`) };
    for (const value of [undefined, [1], 0]) {
      const call = async (): Promise<unknown> =>
        inMetrics(binding(), { height: 1, width: 2, maskLimit: 0, [option]: value });
      await t.throwsAsync(call, named);
    }
  }
});

test('a size that lacks a side is refused by name', async (t) => {
  for (const crop of [[16], [16, 16, 16], []]) {
    const call = async (): Promise<unknown> => inGeometry(binding(), { crop });
    await t.throwsAsync(call, { instanceOf: TypeError, message: 'Expected two sides for crop' });
  }
});
