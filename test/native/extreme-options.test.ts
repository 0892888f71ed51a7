/** Options at the ends of what they may be: a run trains, or says in words that it diverged. */
import path from 'node:path';
import test from 'ava';
import { type Dataset, type DinomalyError, openDataset, Trainer, type TrainerOptions } from '../../lib/index.js';
import { TINY, TINY_SIZE, temporaryFolder, writeDataset } from '../helpers/drawn-set.js';

const { folder, remove } = temporaryFolder();
const base: TrainerOptions = { encoder: TINY, weights: null, ...TINY_SIZE, device: 'cpu', warmupSteps: 1 };
let dataset: Dataset;
test.before(async () => {
  dataset = await openDataset(await writeDataset(path.join(folder, 'data'), ['disc']));
});
test.after.always(remove);

async function run(options: Partial<TrainerOptions>): Promise<string> {
  await using trainer = await Trainer.create({ ...base, ...options });
  try {
    const { finalLoss } = await trainer.train(dataset, { iterations: 4, batchSize: 2 });
    await trainer.save(path.join(folder, 'model'));
    return Number.isFinite(finalLoss) ? 'trained' : `loss ${finalLoss}`;
  } catch (error) {
    const { code, message } = error as DinomalyError;
    return code === 'TRAINING_DIVERGED' && /learningRate/.test(message) ? 'diverged' : String(error);
  }
}

const MOST = Number.MAX_SAFE_INTEGER;
const ENDS: readonly Partial<TrainerOptions>[] = [
  { learningRate: 1e-30 },
  { learningRate: 1e6 },
  { finalLearningRate: 1e6, warmupSteps: 0 },
  { eps: 1e-30 },
  { eps: 1e6 },
  { weightDecay: 1e6 },
  { learningRate: 1e6, weightDecay: 1e6 },
  { clipGradNorm: 1e-30 },
  { clipGradNorm: 1e30, learningRate: 1e6 },
  { beta1: 0, beta2: 0 },
  { beta1: 0.9999999, beta2: 0.9999999 },
  { warmupSteps: MOST, easyRampSteps: MOST, seed: MOST, featureCacheBytes: MOST, pixelLimit: MOST },
];
for (const options of ENDS) {
  test(`${JSON.stringify(options)} trains or diverges in words`, async (t) => {
    t.regex(await run(options), /^(?:trained|diverged)$/);
  });
}

for (const [options, name] of [
  [{ learningRate: 1e308 }, 'learningRate'],
  [{ learningRate: 1e-308 }, 'learningRate'],
  [{ finalLearningRate: 1e308 }, 'finalLearningRate'],
  [{ eps: 1e308 }, 'eps'],
  [{ eps: 1e-308 }, 'eps'],
  [{ weightDecay: 1e308 }, 'weightDecay'],
  [{ clipGradNorm: 1e308 }, 'clipGradNorm'],
  [{ clipGradNorm: 1e-308 }, 'clipGradNorm'],
] as const) {
  test(`${JSON.stringify(options)}, which 32 bits cannot hold, is refused by name`, async (t) => {
    const message = new RegExp(`Expected a number between .* for options\\.${name} but received`);
    await t.throwsAsync(Trainer.create({ ...base, ...options }), { instanceOf: RangeError, message });
  });
}
