/** The option `aspect`: the size follows the pictures of any dataset, through training, scoring, metrics and maps. */
import path from 'node:path';
import test from 'ava';
import {
  type Dataset,
  Evaluator,
  openDataset,
  placeMap,
  renderHeatmap,
  Trainer,
  type TrainerOptions,
} from '../../lib/index.js';
import { TINY, temporaryFolder, writeDisc, writeMask } from '../helpers/drawn-set.js';

const { folder, remove } = temporaryFolder();
test.after.always(remove);

const [WIDTH, HEIGHT] = [120, 60];
const OPTIONS: TrainerOptions = { encoder: TINY, weights: null, device: 'cpu', warmupSteps: 2 };

let benchmark: Dataset;
let own: Dataset;
test.before(async () => {
  for (const [root, name] of [
    ['benchmark', 'bottle'],
    ['own', 'disc'],
  ] as const) {
    const at = (file: string): string => path.join(folder, root, name, file);
    for (let i = 0; i < 4; i++) await writeDisc(at(`train/good/${i}.png`), i, false, WIDTH, HEIGHT);
    for (let i = 0; i < 2; i++) {
      await writeDisc(at(`test/good/${i}.png`), 20 + i, false, WIDTH, HEIGHT);
      await writeDisc(at(`test/square/${i}.png`), 30 + i, true, WIDTH, HEIGHT);
      await writeMask(at(`ground_truth/square/${i}_mask.png`), true, WIDTH, HEIGHT);
    }
  }
  benchmark = await openDataset(path.join(folder, 'benchmark'));
  own = await openDataset(path.join(folder, 'own'));
});

async function sidesOf(options: Partial<TrainerOptions>): Promise<readonly number[]> {
  await using trainer = await Trainer.create({ ...OPTIONS, ...options });
  return [...trainer.geometry.resize, ...trainer.geometry.crop];
}

test("'keep' gives a benchmark the size of its pictures' aspect, of as many pixels as the square, inspected whole", async (t) => {
  t.deepEqual(await sidesOf({ dataset: benchmark }), [448, 448, 392, 392]);
  const [height = 0, width = 0, ...crop] = await sidesOf({ dataset: benchmark, aspect: 'keep' });
  t.deepEqual(crop, [height, width]);
  t.is(width / height, 2);
  t.true(height * width <= 448 * 448 && height * width > 0.85 * 448 * 448);
  t.deepEqual(await sidesOf({ dataset: benchmark, aspect: 'keep', size: 96 }), [64, 128, 64, 128]);
  t.deepEqual(await sidesOf({ dataset: benchmark, aspect: 'square' }), [448, 448, 392, 392]);
  await using trainer = await Trainer.create({ ...OPTIONS, dataset: benchmark, aspect: 'keep' });
  t.is(trainer.geometry.orientation, undefined, 'the tags of a benchmark do not count');
});

test("photos of one's own keep their aspect unless 'square' is asked for, or tiles have another", async (t) => {
  const [height = 0, width = 0] = await sidesOf({ dataset: own });
  t.is(width / height, 2);
  t.deepEqual(await sidesOf({ dataset: own, aspect: 'square' }), [448, 448, 448, 448]);
  t.deepEqual(await sidesOf({ dataset: own, tiles: { size: 30 } }), [448, 448, 448, 448]);
});

test('an aspect without a dataset, beside both sides or a crop, and an unknown one are refused', async (t) => {
  const refused = (options: object, message: RegExp): Promise<unknown> =>
    t.throwsAsync(Trainer.create({ ...OPTIONS, ...options } as TrainerOptions), { message });
  await refused({ aspect: 'keep' }, /options\.dataset/);
  await refused({ aspect: 'keep', dataset: benchmark, size: [64, 80] }, /one side beside aspect for options\.size/);
  await refused({ aspect: 'keep', dataset: benchmark, crop: 64 }, /options\.crop/);
  await refused(
    { aspect: 'wide', dataset: benchmark },
    /options\.aspect.*'keep', 'square'|'keep'.*'square'.*options\.aspect/s,
  );
});

test('pictures that are not square are trained on, scored, measured and drawn in their own proportions', async (t) => {
  await using trainer = await Trainer.create({
    ...OPTIONS,
    dataset: benchmark,
    aspect: 'keep',
    size: 96,
    mapSize: [40, 80],
  });
  await trainer.train(benchmark, { iterations: 20, batchSize: 4 });
  await using model = await trainer.model();
  t.deepEqual(
    [model.geometry.crop, model.geometry.map],
    [
      [64, 128],
      [40, 80],
    ],
  );
  const evaluation = await new Evaluator().evaluate(model, benchmark, {
    onPicture: async ({ path: image }, result) => {
      t.deepEqual([result.height, result.width], [40, 80]);
      t.deepEqual(result.inspected, { left: 0, top: 0, width: WIDTH, height: HEIGHT });
      const placed = await placeMap(result, image, model);
      t.deepEqual([placed.height, placed.width], [HEIGHT, WIDTH]);
      t.true((await renderHeatmap(image, result, model)).length > 500);
    },
  });
  t.true((evaluation.mean.pixelAuroc ?? 0) > 0.7, String(evaluation.mean.pixelAuroc));
  t.deepEqual(evaluation.doubtfulMasks, { empty: [], full: [], otherSize: [] });
});
