/** Encoders of every family through the public API, from files as their publishers store them. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { type EncoderOptions, Model, openDataset, Trainer } from '../../lib/index.js';
import { discPixels, temporaryFolder, writeDataset } from '../helpers/drawn-set.js';

const FIXTURES = path.join(__dirname, '../fixtures/encoders');
const picture = { data: discPixels(72, 68, 3, true), info: { width: 72, height: 68, channels: 3 } };

const { folder, remove } = temporaryFolder();
test.after.always(remove);

/** What a fixture's reader has to know beforehand. */
interface Fixture {
  readonly file: string;
  readonly family: 'vit' | 'beit' | 'dinov3' | 'hiera';
  readonly dim: number;
  readonly depth: number;
  readonly patch: number;
  readonly heads: number | readonly number[];
  readonly stages: readonly number[];
  readonly globalBlocks: readonly number[];
}

/** Heads and stages, which no file shows; the rest follows from its tensors. */
function encoderOf(fixture: Fixture): EncoderOptions {
  const { family, dim, depth, patch, heads, stages, globalBlocks } = fixture;
  if (typeof heads === 'number') {
    return { family, dim, depth, heads, patch };
  }
  const blocks = stages.reduce((sum, count) => sum + count, 0);
  // The fixture tells the width of the stem, the option that of the features.
  return { family, dim: 4 * dim, depth: blocks, heads: heads[2] ?? 0, patch: 16, stages, globalBlocks };
}

const fixtures = readdirSync(FIXTURES)
  .filter((name) => name.endsWith('.json'))
  .map((name) => [name.slice(0, -5), JSON.parse(readFileSync(path.join(FIXTURES, name), 'utf8')) as Fixture] as const);

test('there is a fixture of every family and kind of file', (t) => {
  t.is(fixtures.length, 30);
});

for (const [name, fixture] of fixtures) {
  test(`${name}: what its file shows completes the shape, and a saved model scores the same`, async (t) => {
    const sides = fixture.family === 'hiera' ? { size: 64 } : { size: 12, crop: 8 };
    const weights = path.join(FIXTURES, fixture.file);
    await using trainer = await Trainer.create({ encoder: encoderOf(fixture), weights, ...sides, device: 'cpu' });
    await using model = await trainer.model();
    const { score } = await model.score(picture);
    t.true(Number.isFinite(score) && score > 0);
    const file = path.join(folder, `${name}.safetensors`);
    await trainer.save(file);
    await using saved = await Model.load(file, { device: 'cpu' });
    t.is((await saved.score(picture)).score, score);
    t.deepEqual(saved.config, model.config);
  });
}

test('a hierarchy trains', async (t) => {
  const dataset = await openDataset(await writeDataset(path.join(folder, 'set'), ['disc']));
  const fixture = fixtures.find(([name]) => name === 'hiera-trunk')?.[1];
  if (fixture === undefined) {
    return t.fail('no fixture');
  }
  const weights = path.join(FIXTURES, fixture.file);
  await using trainer = await Trainer.create({ encoder: encoderOf(fixture), weights, size: 64, device: 'cpu' });
  const { iterations, finalLoss } = await trainer.train(dataset, { iterations: 2, batchSize: 2 });
  t.is(iterations, 2);
  t.true(Number.isFinite(finalLoss));
});

test('weights that do not fit name the encoder that they would fit, or what they seem to be', async (t) => {
  const weights = path.join(FIXTURES, 'dino.pth');
  const created = Trainer.create({ encoder: { dim: 12, depth: 2, heads: 2, patch: 2 }, weights, size: 12, crop: 8 });
  await t.throwsAsync(created, {
    code: 'WEIGHTS_MISMATCH',
    message: /unexpected: 'blocks\.2.*none of those known by name: \{family: 'vit', dim: 12, depth: 3, patch: 2/,
  });
});
