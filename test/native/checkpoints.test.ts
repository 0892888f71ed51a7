/** Checkpoints of others through the public API: the names they use, and .pth files that are not what they should be. */
import path from 'node:path';
import test from 'ava';
import { Model, Trainer } from '../../lib/index.js';
import { discPixels } from '../helpers/drawn-set.js';

const FIXTURES = path.join(__dirname, '../fixtures');
const reader = (name: string): string => path.join(FIXTURES, 'readers', `${name}.pth`);
const ENCODER = { dim: 8, depth: 3, heads: 2, patch: 7 } as const;
const SIZES = { size: 32, crop: 28 } as const;
const picture = { data: discPixels(48, 44, 3, true), info: { width: 48, height: 44, channels: 3 } };

/** Files that cannot be weights of any kind, and what the error must say. */
const REFUSED: readonly (readonly [name: string, code: string, cause: RegExp])[] = [
  ['foreign', 'WEIGHTS_FORMAT', /argparse/],
  ['list', 'WEIGHTS_FORMAT', /dict|tensors/],
  ['no-tensors', 'WEIGHTS_FORMAT', /tensor/],
  ['ambiguous', 'WEIGHTS_FORMAT', /first|second|more than one|several/],
  ['big-endian', 'WEIGHTS_FORMAT', /endian|byte order/],
  ['compressed', 'WEIGHTS_FORMAT', /compress/],
];

for (const [name, code, cause] of REFUSED) {
  test(`a .pth file that is ${name} is refused by model and trainer, naming file and cause`, async (t) => {
    const file = reader(name);
    const create = () => Trainer.create({ encoder: ENCODER, weights: file, ...SIZES });
    for (const open of [() => Model.load(file), create]) {
      const error = await t.throwsAsync<Error & { code?: string }>(open);
      t.is(error?.code, code, error?.message);
      t.true(error?.message.includes(`${name}.pth`), error?.message);
      t.regex(error?.message ?? '', cause);
    }
  });
}

test('a .pth file whose data are too short is refused', async (t) => {
  const created = Trainer.create({ encoder: ENCODER, weights: reader('short-storage'), ...SIZES });
  await t.throwsAsync(created, { code: 'WEIGHTS_FORMAT', message: /short-storage\.pth.*8 bytes/ });
});

test('a .pth file of another network is no model, and does not fit an encoder', async (t) => {
  const file = reader('module');
  await t.throwsAsync(Model.load(file), { code: 'METADATA_MISSING', message: /module\.pth holds no decoder/ });
  const created = Trainer.create({ encoder: ENCODER, weights: file, ...SIZES });
  await t.throwsAsync(created, { code: 'WEIGHTS_MISMATCH', message: /module\.pth.*missing/ });
});

for (const folder of ['cases', 'softmax'].map((name) => path.join(FIXTURES, name, 'checkpoints'))) {
  const attention = folder.includes('softmax') ? 'softmax' : 'linear';
  const file = (name: string): string => path.join(folder, name);

  test(`one encoder under four namings gives one network (${attention})`, async (t) => {
    const scores: number[] = [];
    for (const name of ['dinov2-official.pth', 'dinov2-huggingface.safetensors', 'dinov2-timm.safetensors']) {
      await using trainer = await Trainer.create({ encoder: ENCODER, weights: file(name), ...SIZES, attention });
      await using model = await trainer.model();
      scores.push((await model.score(picture)).score);
    }
    t.is(scores.length, 3);
    for (const score of scores) t.true(Math.abs(score - (scores[0] ?? 0)) < 1e-6, `${scores}`);
  });

  test(`the authors' whole checkpoint scores once its heads are told (${attention})`, async (t) => {
    const whole = file('dinomaly-official.pth');
    await t.throwsAsync(Model.load(whole), { code: 'METADATA_MISSING', message: /heads/ });
    await using model = await Model.load(whole, { encoder: ENCODER, ...SIZES, attention });
    t.is(model.calibration, null);
    t.is(model.training, null);
    t.deepEqual(model.classes, []);
    t.true(Number.isFinite((await model.score(picture)).score));
  });
}
