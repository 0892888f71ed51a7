/** `model.features`: what the network makes of a picture, as arrays. */
import path from 'node:path';
import test from 'ava';
import { DisposedError, type FeatureMap, type Features, Trainer, type TrainerOptions } from '../../lib/index.js';
import { TINY, TINY_SIZE, temporaryFolder, writeDisc } from '../helpers/drawn-set.js';

const { folder, remove } = temporaryFolder();
const picture = path.join(folder, 'picture.png');

test.before(async () => writeDisc(picture, 5, true));
test.after.always(remove);

const base = {
  encoder: TINY,
  ...TINY_SIZE,
  weights: null,
  device: 'cpu',
  seed: 3,
  targetLayers: [0, 1, 2, 3],
} as const;

async function featuresOf(options: Partial<TrainerOptions>): Promise<Features> {
  await using trainer = await Trainer.create({ ...base, ...options });
  await using model = await trainer.model();
  return await model.features(picture);
}

const shape = ({ data, height, width, channels }: FeatureMap): number[] => [height, width, channels, data.length];

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);
}

function patchOf(map: FeatureMap | undefined, patch: number): Float32Array {
  const { channels = 0, data = new Float32Array() } = map ?? {};
  return data.subarray(patch * channels, (patch + 1) * channels);
}

const mean = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

/** Mean over the groups of 1 - cosine of each of 16 patches. */
function distances({ encoder, decoder }: Features): number[] {
  return Array.from({ length: 16 }, (_, patch) =>
    mean(
      encoder.map((group, at) => {
        const [a, b] = [patchOf(group, patch), patchOf(decoder[at], patch)];
        return 1 - dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
      }),
    ),
  );
}

test('layers, groups and tokens have the shapes that they are described with', async (t) => {
  const { layers, encoder, decoder } = await featuresOf({});
  t.deepEqual(
    layers.map(({ layer, prefix, ...map }) => [layer, prefix.length, ...shape(map)]),
    [0, 1, 2, 3].map((layer) => [layer, TINY.dim, 4, 4, TINY.dim, 16 * TINY.dim]),
  );
  const group = [4, 4, TINY.dim, 16 * TINY.dim];
  t.deepEqual(encoder.map(shape), [group, group]);
  t.deepEqual(decoder.map(shape), [group, group]);
});

test('a group of the encoder is the mean of its layers, and in scheme (b) one layer after the other', async (t) => {
  const { layers, encoder } = await featuresOf({ encoderGroups: [[0, 2], [1]] });
  const [first, second, third] = layers.map(({ data }) => data);
  for (const [i, value] of encoder[0]?.data.entries() ?? []) {
    t.true(Math.abs(value - ((first?.[i] ?? 0) + (third?.[i] ?? 0)) / 2) < 1e-6, `${i}`);
  }
  t.deepEqual(encoder[1]?.data, second);
  // Every other of four layers, as the scheme has it.
  const wide = await featuresOf({ scheme: 'b' });
  t.deepEqual(wide.encoder.map(shape), [[4, 4, 2 * TINY.dim, 32 * TINY.dim]]);
  t.deepEqual(wide.decoder.map(shape), wide.encoder.map(shape));
  const firstPatch = [1, 3].flatMap((layer) => [...(wide.layers[layer]?.data.subarray(0, TINY.dim) ?? [])]);
  t.deepEqual([...(wide.encoder[0]?.data.subarray(0, 2 * TINY.dim) ?? [])], firstPatch);
});

test('the anomaly map has the distance between the groups at the patches', async (t) => {
  await using trainer = await Trainer.create({ ...base, mapSize: 256 });
  await using model = await trainer.model();
  const [features, { map }] = await Promise.all([model.features(picture), model.score(picture)]);
  const own = distances(features);
  t.true(Math.max(...own) / Math.min(...own) > 1.2, `${own}`);
  // Corners on corners: patch (1, 2) lies at pixel (85, 170). Smoothing takes a little off what stands out.
  for (const [row, column] of [1, 2].flatMap((y) => [1, 2].map((x) => [y, x] as const))) {
    const [pixel = 0, patch = 0] = [map[row * 85 * 256 + column * 85], own[row * 4 + column]];
    t.true(Math.abs(pixel / patch - 1) < 0.05, `${pixel} ${patch}`);
  }
});

test('a stop and a disposed model end it, and options are checked', async (t) => {
  await using trainer = await Trainer.create(base);
  const model = await trainer.model();
  const reason = new Error('enough');
  t.is(await t.throwsAsync(model.features(picture, { signal: AbortSignal.abort(reason) })), reason);
  await t.throwsAsync(model.features(picture, { layers: [1] } as never), { instanceOf: TypeError, message: /layers/ });
  model.dispose();
  await t.throwsAsync(model.features(picture), { instanceOf: DisposedError });
});
