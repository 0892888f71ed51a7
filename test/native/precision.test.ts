/** A model in each arithmetic that this processor has: near fp32 wherever the map is, and told in `model.info`. */
import path from 'node:path';
import test from 'ava';
import { binding } from '../../lib/binding/load.js';
import { Model, type PrecisionOption, Trainer, type TrainerOptions } from '../../lib/index.js';
import { discPixels, temporaryFolder } from '../helpers/drawn-set.js';

const { folder, remove } = temporaryFolder();
// Of whole vectors and of heads that the kernels take, unlike the smallest of the other tests.
const OPTIONS = {
  encoder: { dim: 64, depth: 6, heads: 2, patch: 8 },
  weights: null,
  device: 'cpu',
  size: 96,
  crop: 88,
};
const support = binding().precisionSupport('cpu');
const file = path.join(folder, 'model.safetensors');
const pictures = [1, 2, 3].map((seed) => ({
  data: discPixels(120, 100, seed, seed === 2),
  info: { width: 120, height: 100, channels: 3 as const },
}));

test.before(async () => {
  await using trainer = await Trainer.create(OPTIONS as TrainerOptions);
  await trainer.save(file);
});
test.after.always(remove);

const ASKED: readonly (readonly [PrecisionOption, number])[] = [
  ['auto', 0.01],
  ['bf16', 0.01],
  ['int8', 0.03],
];

for (const [asked, bound] of ASKED) {
  test(`${asked}: what the processor has is run, and maps are within ${bound} of fp32`, async (t) => {
    await using exact = await Model.load(file, { device: 'cpu' });
    await using model = await Model.load(file, { device: 'cpu', precision: asked });
    const runs = asked === 'int8' && support.int8 ? 'int8' : support.bf16 ? 'bf16' : 'fp32';
    t.like(model.info, { device: 'cpu', precision: runs, precisionAsked: asked });
    t.is(model.precision, runs);
    t.true(model.info.precisionReason.length > 10);
    for (const picture of pictures) {
      const [wanted, found] = [await exact.score(picture), await model.score(picture)];
      let [squares, total] = [0, 0];
      for (const [at, value] of wanted.map.entries()) {
        squares += ((found.map[at] ?? Number.NaN) - value) ** 2;
        total += value ** 2;
      }
      const error = Math.sqrt(squares / total);
      t.true(error < bound, `${error}`);
      t.is(error === 0, runs === 'fp32', 'rounded numbers differ, and fp32 is fp32');
    }
  });
}

test('a trainer gives a model in the precision asked for', async (t) => {
  await using trainer = await Trainer.create(OPTIONS as TrainerOptions);
  await using model = await trainer.model({ precision: 'int8' });
  t.is(model.info.precisionAsked, 'int8');
  t.is(model.precision, support.int8 ? 'int8' : support.bf16 ? 'bf16' : 'fp32');
});
