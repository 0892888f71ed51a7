/**
 * What callers see on a CUDA device: the CPU's scores, training, and processes and workers that end while the device is at
 * work. Skipped where libtorch sees no device; scripts/gpu-check.sh runs it where there is one.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import ava from 'ava';
import { drawnPicture, drawnSet } from '../../bench/pictures.js';
import { binding } from '../../lib/binding/load.js';
import { Model, type RawImage, Trainer } from '../../lib/index.js';
import { QUIET_ENDS, runBusy } from '../helpers/busy.js';
import { assertClose } from '../helpers/close.js';
import { testWhere } from '../helpers/where.js';

const test = testWhere(binding().cudaAvailable(), 'a CUDA device', ava.serial);

const ENCODER = { dim: 96, depth: 6, heads: 3, patch: 8 };
const SIZES = { size: 160, crop: 144 };

let folder = '';
let file = '';

ava.before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'dinomaly-cuda-'));
  file = path.join(folder, 'model.safetensors');
  await drawnSet(folder, 8);
  await using trainer = await Trainer.create({ encoder: ENCODER, weights: null, device: 'cpu', ...SIZES });
  await trainer.save(file);
});

ava.after.always(() => rmSync(folder, { recursive: true, force: true }));

const pictures = (count: number): RawImage[] => Array.from({ length: count }, (_, index) => drawnPicture(index));

test('a model on the device gives the scores and maps of the CPU', async (t) => {
  await using cpu = await Model.load(file, { device: 'cpu' });
  await using gpu = await Model.load(file, { device: 'cuda' });
  for (const picture of pictures(3)) {
    const [expected, actual] = [await cpu.score(picture), await gpu.score(picture)];
    t.true(Math.abs(actual.score - expected.score) <= 1e-5 * expected.score, `${actual.score} ${expected.score}`);
    const [shape, data] = [[expected.height, expected.width], expected.map];
    assertClose(t, 'map', { shape, data: actual.map }, { shape, data }, { relative: 1e-5 });
  }
});

test("device 'auto' takes the device, and one that is not there is DEVICE_UNAVAILABLE", async (t) => {
  await using model = await Model.load(file);
  t.is(model.device, 'cuda');
  await t.throwsAsync(Model.load(file, { device: 'cuda:127' }), { code: 'DEVICE_UNAVAILABLE' });
});

test('500 scores at once are all answered, each with its own picture', async (t) => {
  await using model = await Model.load(file, { device: 'cuda' });
  const some = pictures(4);
  const alone = [];
  for (const picture of some) alone.push((await model.score(picture)).score);
  const together = await Promise.all(
    Array.from({ length: 500 }, (_, index) => model.score(some[index % 4] as RawImage)),
  );
  for (const [index, { score }] of together.entries()) {
    const expected = alone[index % 4] ?? Number.NaN;
    t.true(Math.abs(score - expected) <= 1e-5 * expected, `${index}: ${score} ${expected}`);
  }
});

test('bf16 on the device stays within one percent of fp32', async (t) => {
  await using exact = await Model.load(file, { device: 'cuda' });
  await using rounded = await Model.load(file, { device: 'cuda', precision: 'bf16' });
  for (const picture of pictures(3)) {
    const [{ score: expected }, { score: actual }] = [await exact.score(picture), await rounded.score(picture)];
    t.true(Math.abs(actual - expected) <= 0.01 * expected, `${actual} ${expected}`);
  }
});

test('training on the device lowers the loss, saves a file the CPU reads, and its model scores there', async (t) => {
  await using trainer = await Trainer.create({ encoder: ENCODER, weights: null, device: 'cuda', ...SIZES });
  const dataset = await drawnSet(folder, 8);
  const losses: number[] = [];
  await trainer.train(dataset, { iterations: 60, batchSize: 4, onProgress: ({ loss }) => void losses.push(loss) });
  t.true((losses.at(-1) ?? Number.NaN) < (losses[0] ?? Number.NaN), `${losses[0]} ${losses.at(-1)}`);
  const saved = path.join(folder, 'trained.safetensors');
  await trainer.save(saved);
  await using model = await trainer.model();
  await using read = await Model.load(saved, { device: 'cpu' });
  const [picture] = pictures(1) as [RawImage];
  const [{ score: expected }, { score: actual }] = [await read.score(picture), await model.score(picture)];
  t.true(Math.abs(actual - expected) <= 1e-4 * expected, `${actual} ${expected}`);
});

for (const work of ['train', 'score'] as const) {
  for (const [end, status, title] of QUIET_ENDS) {
    test(`while the device is busy with ${work}: ${title}`, async (t) => {
      const result = await runBusy(work, end, folder, 'cuda');
      t.log(`${result.left} ms`);
      t.deepEqual({ ...result, left: 0 }, { status, signal: null, stderr: '', left: 0 });
      t.true(result.left < 5000, `${result.left} ms`);
    });
  }
}
