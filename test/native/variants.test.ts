/** Variants of the paper over the real addon: what is trained, saved, loaded, counted and drawn. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import sharp from 'sharp';
import {
  type AttentionMap,
  countCosts,
  type Dataset,
  Model,
  openDataset,
  renderAttention,
  Trainer,
  type TrainerOptions,
} from '../../lib/index.js';
import { TINY, TINY_SIZE, temporaryFolder, writeDataset, writeDisc } from '../helpers/drawn-set.js';

const { folder, remove } = temporaryFolder();
const picture = path.join(folder, 'picture.png');
let dataset: Dataset;

test.before(async () => {
  dataset = await openDataset(await writeDataset(path.join(folder, 'data')));
  await writeDisc(picture, 5, true);
});
test.after.always(remove);

const base = { encoder: TINY, ...TINY_SIZE, weights: null, device: 'cpu' } as const;
const targets = { targetLayers: [0, 1, 2, 3] };

const VARIANTS: readonly Partial<TrainerOptions>[] = [
  { attention: 'softmax' },
  { attention: 'softmax', neighbourMask: 3 },
  { attention: 'efficient', bottleneckDropout: 0 },
  { scheme: 'a', ...targets },
  { scheme: 'b', ...targets },
  { scheme: 'layer-to-layer-dense', loss: 'global-cosine' },
  { scheme: 'd', decoderDepth: 3, loss: 'per-point' },
  { encoderGroups: [[0], [0, 1]], decoderGroups: [[0], [1]], loss: 'per-point', easyFraction: 0.5 },
];

for (const variant of VARIANTS) {
  test(`a variant trains, and its file alone scores as the trainer does: ${JSON.stringify(variant)}`, async (t) => {
    await using trainer = await Trainer.create({ ...base, ...variant });
    const summary = await trainer.train(dataset, { iterations: 3, batchSize: 4 });
    t.is(summary.loss, variant.loss ?? 'loose');
    await using before = await trainer.model();
    const file = path.join(folder, `${VARIANTS.indexOf(variant)}.safetensors`);
    await trainer.save(file);
    await using after = await Model.load(file, { device: 'cpu' });
    t.deepEqual(after.config, trainer.config);
    t.is(after.training?.loss, summary.loss);
    const [a, b] = await Promise.all([before.score(picture), after.score(picture)]);
    t.is(a.score, b.score);
    t.true(Number.isFinite(a.score));
    t.deepEqual(a.map, b.map);
  });
}

test('each loss is its own: the first steps of the three differ as their formulas do', async (t) => {
  const told = async (loss: 'loose' | 'global-cosine' | 'per-point', easyFraction?: number): Promise<number[][]> => {
    const easy = loss === 'global-cosine' ? {} : { easyFraction: easyFraction ?? 0, easyRampSteps: 1 };
    const options = { ...base, ...targets, bottleneckDropout: 0, warmupSteps: 0, learningRate: 1e-2, loss, ...easy };
    await using trainer = await Trainer.create(options);
    const steps: number[][] = [];
    const onProgress = (step: { loss: number; gradNorm: number }): void => void steps.push([step.loss, step.gradNorm]);
    await trainer.train(dataset, { iterations: 3, batchSize: 12, onProgress });
    return steps;
  };
  const [global, loose, point] = [await told('global-cosine'), await told('loose'), await told('per-point')];
  t.deepEqual(loose, global, 'without easy points the loose loss is the global one');
  t.true(Math.abs((point[0]?.[0] ?? 0) - (global[0]?.[0] ?? 0)) > 1e-4, 'points weigh alike, however long');
  const eased = await told('loose', 0.9);
  t.is(eased[1]?.[0], loose[1]?.[0], 'the value is that of the global loss');
  t.not(eased[1]?.[1], loose[1]?.[1], 'and easy points pull less');
});

test('a softmax decoder and a linear one score apart from one start', async (t) => {
  const score = async (options: Partial<TrainerOptions>): Promise<number> => {
    await using trainer = await Trainer.create({ ...base, ...options });
    await using model = await trainer.model();
    return (await model.score(picture)).score;
  };
  const linear = await score({});
  t.not(await score({ attention: 'softmax' }), linear);
  t.is(await score({ scheme: 'e' }), linear);
});

// Table 4: 37.4, 148.0 and 413.5 M parameters; 26.3, 104.7 and 275.3 G multiply-accumulates (the paper swaps L's two).
const TABLE_4 = [
  ['dinov2reg_vit_small_14', '37.4', '26.28'],
  ['dinov2reg_vit_base_14', '148.0', '104.69'],
  ['dinov2reg_vit_large_14', '413.5', '275.32'],
] as const;
for (const [encoder, parameters, macs] of TABLE_4) {
  test.serial(`${encoder} costs what table 4 says`, async (t) => {
    const costs = await countCosts({ encoder });
    t.is((costs.parameters / 1e6).toFixed(1), parameters);
    t.is((costs.macs / 1e9).toFixed(2), macs);
  });
}

test('costs follow the variant and the size of the picture, for options, trainers and models alike', async (t) => {
  const options = { encoder: TINY, ...TINY_SIZE, ...targets };
  await using trainer = await Trainer.create({ ...base, ...targets });
  await using model = await trainer.model();
  const costs = await countCosts(options);
  t.deepEqual(await countCosts(trainer), costs);
  t.deepEqual(await countCosts(model), costs);
  const { dim } = TINY;
  // A block by hand: 12 C^2 weights, biases 9 C, norms 4 C; 17 tokens at 32 pixels.
  const block = 12 * dim * dim + 13 * dim;
  const fewer = await countCosts({ ...options, decoderDepth: 3 });
  t.is(costs.parameters - fewer.parameters, block);
  t.is(costs.macs - fewer.macs, 17 * (12 * dim * dim + 8 * dim));
  // Scheme (b) widens 16 patches from C to 2 C.
  const widened = await countCosts({ ...options, scheme: 'b' });
  t.is(widened.parameters - costs.parameters, 2 * dim * dim + 2 * dim);
  t.is(widened.macs - costs.macs, 16 * 2 * dim * dim);
  await t.throwsAsync(countCosts({ encoder: TINY, crop: 9 }), { instanceOf: RangeError, message: /options\.crop/ });
  await t.throwsAsync(countCosts(7 as never), { instanceOf: TypeError });
});

test('the costs of an encoder of every family are counted, and those of Hiera grow with the area', async (t) => {
  const family = { dim: 32, depth: 4, heads: 2, patch: 16 };
  for (const name of ['vit', 'beit', 'dinov3'] as const) {
    const { macs } = await countCosts({ encoder: { family: name, ...family }, size: 64, crop: 64 });
    t.true(macs > 0, name);
  }
  const large = await countCosts({ encoder: 'sam2_hiera_tiny_16', size: 448, crop: 448 });
  const small = await countCosts({ encoder: 'sam2_hiera_tiny_16', size: 224, crop: 224 });
  // Its windows fill both sizes, so that nothing is padded.
  t.is(large.macs, 4 * small.macs);
  // The trunk, eight decoder blocks of width 384, and the bottleneck.
  const square = 384 ** 2;
  t.is(large.parameters, 26_849_472 + 8 * (12 * square + 13 * 384) + (8 * square + 5 * 384));
});

async function attend(options: Partial<TrainerOptions>, row: number, column: number): Promise<AttentionMap[]> {
  await using trainer = await Trainer.create({ ...base, ...options });
  await using model = await trainer.model();
  // Without await the model would be disposed of first.
  return await model.attention(picture, { row, column });
}

const total = (map: Float32Array): number => map.reduce((sum, value) => sum + value, 0);

test('attention gives a map and its entropy for each decoder block', async (t) => {
  for (const attention of ['linear', 'softmax', 'efficient'] as const) {
    const maps = await attend({ attention, ...targets }, 1, 3);
    t.deepEqual(
      maps.map(({ layer, height, width, map }) => [layer, height, width, map.length]),
      [0, 1, 2, 3].map((layer) => [layer, 4, 4, 16]),
    );
    for (const { map, entropy } of maps) {
      // 16 patches and a class token.
      t.true(total(map) > 0 && total(map) < 1, `${total(map)}`);
      const shares = Array.from(map, (value) => value / total(map));
      const expected = -shares.reduce((sum, share) => sum + share * Math.log(share), 0);
      t.true(Math.abs(entropy - expected) < 1e-6 && entropy <= Math.log(16) + 1e-9);
    }
  }
});

test('the neighbour mask leaves the query and its neighbours out', async (t) => {
  const [first] = await attend({ attention: 'softmax', neighbourMask: 3 }, 0, 0);
  t.deepEqual(
    Array.from(first?.map ?? [], (value) => value === 0),
    [true, true, false, false, true, true, false, false, ...Array<boolean>(8).fill(false)],
  );
});

test('attention of one layer, wrong queries, a stop and a disposed model', async (t) => {
  await using trainer = await Trainer.create({ ...base });
  const model = await trainer.model();
  const all = await model.attention(picture, { row: 0, column: 0 });
  t.deepEqual(await model.attention(picture, { row: 0, column: 0, layer: 1 }), all.slice(1, 2));
  for (const [query, key] of [
    [{ row: 4, column: 0 }, 'row'],
    [{ row: 0, column: -1 }, 'column'],
    [{ row: 0, column: 0, layer: all.length }, 'layer'],
  ] as const) {
    const message = new RegExp(`options\\.${key} but received`);
    await t.throwsAsync(model.attention(picture, query), { instanceOf: RangeError, message });
  }
  await t.throwsAsync(model.attention(picture, undefined as never), { instanceOf: TypeError });
  const reason = new Error('enough');
  const signal = AbortSignal.abort(reason);
  t.is(await t.throwsAsync(model.attention(picture, { row: 0, column: 0, signal })), reason);
  model.dispose();
  await t.throwsAsync(model.attention(picture, { row: 0, column: 0 }), { code: 'DISPOSED' });
});

test('an attention map is drawn beside its picture', async (t) => {
  await using trainer = await Trainer.create({ ...base });
  await using model = await trainer.model();
  const query = { row: 2, column: 1 };
  const [first] = await model.attention(picture, query);
  if (first === undefined) throw new Error('no map');
  const png = await renderAttention(picture, first, query, model);
  const { width, height } = await sharp(png).metadata();
  t.deepEqual([width, height], [48 * 2 + 1, 44]);
  // Away from the query the left half is the picture itself.
  const left = await sharp(png).extract({ left: 0, top: 0, width: 48, height: 12 }).raw().toBuffer();
  const own = await sharp(readFileSync(picture)).extract({ left: 0, top: 0, width: 48, height: 12 }).raw().toBuffer();
  t.true(left.equals(own));
  await t.throwsAsync(renderAttention(picture, first, { row: 4, column: 0 }, model), { message: /query\.row/ });
});
