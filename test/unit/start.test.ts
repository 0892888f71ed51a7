/** How a trainer starts: weights and hash at once, and nothing left behind when either fails or the caller gives up. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import type { NativeBinding, NativeStop, NativeTrainer } from '../../lib/binding/types.js';
import { checkTrainerOptions } from '../../lib/options/trainer.js';
import { startTrainer } from '../../lib/training/start.js';
import { temporaryFolder } from '../helpers/drawn-set.js';

const { folder, remove } = temporaryFolder();
const file = path.join(folder, 'weights.pth');
const reason = new Error('enough');
test.before(() => writeFileSync(file, 'weights'));
test.after.always(remove);

/** An addon whose trainers count how often they were disposed; `make` says when and whether one is made. */
function fake(make: (stop: NativeStop | undefined) => Promise<void>) {
  const counts = { made: 0, disposed: 0 };
  const createTrainer = async (...given: Parameters<NativeBinding['createTrainer']>): Promise<NativeTrainer> => {
    await make(given[4]);
    counts.made++;
    return { dispose: () => void counts.disposed++ } as NativeTrainer;
  };
  const inspectFile = async () => ({ format: 'pth', metadata: {}, tensors: [] }) as const;
  return { counts, binding: { createTrainer, inspectFile } as unknown as NativeBinding };
}

function checked(weights: string | null, signal?: AbortSignal) {
  const encoder = { dim: 16, depth: 4, heads: 2, patch: 8 };
  return checkTrainerOptions({ encoder, weights, size: 40, crop: 32, signal }, () => false);
}

test('a trainer of a file knows its hash, one without has none', async (t) => {
  const { counts, binding } = fake(async () => undefined);
  const sha256 = createHash('sha256').update('weights').digest('hex');
  t.deepEqual((await startTrainer(binding, checked(file))).source, { name: 'custom', sha256 });
  t.deepEqual((await startTrainer(binding, checked(null))).source, { name: 'custom', sha256: null });
  t.deepEqual(counts, { made: 2, disposed: 0 });
});

for (const weights of [null, file]) {
  test(`a trainer that is made after the abort is disposed (weights ${weights === null ? 'none' : 'of a file'})`, async (t) => {
    const controller = new AbortController();
    const { counts, binding } = fake(async (stop) => {
      t.is(typeof stop?.stop, 'function');
      controller.abort(reason);
    });
    t.is(await t.throwsAsync(startTrainer(binding, checked(weights, controller.signal))), reason);
    t.deepEqual(counts, { made: 1, disposed: 1 });
  });
}

test('a trainer is disposed when its file cannot be hashed', async (t) => {
  const { counts, binding } = fake(async () => undefined);
  const run = startTrainer(binding, checked(path.join(folder, 'absent.pth')));
  await t.throwsAsync(run, { code: 'FILE_READ', message: /absent\.pth/ });
  t.deepEqual(counts, { made: 1, disposed: 1 });
});

test('the error of the weights is what is told, not that the hash was given up for it', async (t) => {
  const error = Object.assign(new Error('no zip'), { code: 'WEIGHTS_FORMAT' });
  const { counts, binding } = fake(() => Promise.reject(error));
  await t.throwsAsync(startTrainer(binding, checked(file)), { code: 'WEIGHTS_FORMAT', message: 'no zip' });
  t.deepEqual(counts, { made: 0, disposed: 0 });
});
