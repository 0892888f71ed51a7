/** Pictures of one's own are inspected whole, near their own aspect, and turned as viewers show them; benchmarks are not. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import sharp from 'sharp';
import {
  type Dataset,
  Evaluator,
  inspectDataset,
  Model,
  openDataset,
  placeMap,
  renderHeatmap,
  Trainer,
  type TrainerOptions,
} from '../../lib/index.js';
import { discPixels, TINY, temporaryFolder, writeDataset, writeMask } from '../helpers/drawn-set.js';

const { folder, remove } = temporaryFolder();
test.after.always(remove);

/** Height and width as they are shown, of photos that are stored lying on their side. */
const [HEIGHT, WIDTH] = [64, 48];
const PATCH_8: TrainerOptions = { encoder: TINY, weights: null, device: 'cpu', warmupSteps: 2 };

/** A photo of a phone: stored turned, with the tag that turns it back. */
async function writePhoto(file: string, seed: number, defect: boolean): Promise<void> {
  const upright = sharp(discPixels(WIDTH, HEIGHT, seed, defect), {
    raw: { width: WIDTH, height: HEIGHT, channels: 3 },
  });
  const { data, info } = await upright.rotate(270).raw().toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  const tagged = sharp(data, { raw: { width, height, channels: 3 } }).withMetadata({ orientation: 6 });
  writeFileSync(file, await tagged.jpeg().toBuffer());
}

let photos: Dataset;
let benchmark: Dataset;
test.before(async () => {
  const root = path.join(folder, 'photos');
  for (let i = 0; i < 2; i++) await writeMask(path.join(root, `masks/${i}.png`), true, WIDTH, HEIGHT);
  for (const [kind, count] of [
    ['good', 8],
    ['bad', 2],
  ] as const) {
    mkdirSync(path.join(root, kind), { recursive: true });
    for (let i = 0; i < count; i++) await writePhoto(path.join(root, kind, `${i}.jpg`), i, kind === 'bad');
  }
  photos = await openDataset(root);
  benchmark = await openDataset(await writeDataset(path.join(folder, 'benchmark'), ['bottle']));
});

test("a trainer of one's own photos sees all of them in their own aspect, turned upright; one of a benchmark as without", async (t) => {
  await using own = await Trainer.create({ ...PATCH_8, dataset: photos });
  const [height, width] = own.geometry.resize;
  t.deepEqual(own.geometry.crop, [height, width]);
  t.is(height % 8, 0);
  t.true(Math.abs(height / width / (HEIGHT / WIDTH) - 1) < 0.01, `${height} x ${width}`);
  t.true(height * width > 0.85 * 448 * 448 && height * width <= 448 * 448, `${height} x ${width}`);
  t.deepEqual(own.geometry.map, [296, 222]);
  t.is(own.geometry.orientation, 'exif');
  await using published = await Trainer.create({ ...PATCH_8, dataset: benchmark });
  await using without = await Trainer.create(PATCH_8);
  t.deepEqual(published.geometry, without.geometry);
  t.like(published.geometry, { resize: [448, 448], crop: [392, 392], map: [256, 256] });
  t.is(published.geometry.orientation, undefined);
});

test("a set of one's own in the shape of MVTec-AD is inspected whole too: its classes are not the benchmark's", async (t) => {
  const root = await writeDataset(path.join(folder, 'shaped'), ['bottle', 'disc']);
  const shaped = await openDataset(root);
  t.is(shaped.format, 'mvtec');
  await using trainer = await Trainer.create({ ...PATCH_8, dataset: shaped });
  t.deepEqual(trainer.geometry.crop, trainer.geometry.resize);
  t.is(trainer.geometry.orientation, 'exif');
});

test('size, crop, mapSize and orientation still win over what the dataset suggests', async (t) => {
  const geometry = async (given: Partial<TrainerOptions>) => {
    await using trainer = await Trainer.create({ ...PATCH_8, dataset: photos, ...given });
    return trainer.geometry;
  };
  t.like(await geometry({ size: 64 }), { resize: [64, 64], crop: [64, 64], map: [256, 256] });
  t.like(await geometry({ size: [70, 50] }), { resize: [70, 50], crop: [64, 48] });
  t.like(await geometry({ crop: 56 }), { resize: [64, 64], crop: [56, 56] });
  t.like(await geometry({ mapSize: 32 }), { map: [32, 32] });
  t.is((await geometry({ orientation: 'ignore' })).orientation, undefined);
  await t.throwsAsync(geometry({ orientation: 'up' as 'exif' }), {
    instanceOf: RangeError,
    message: /options\.orientation/,
  });
});

test('the model file knows the orientation, results and maps are in the upright picture, and a caller may say otherwise', async (t) => {
  const file = path.join(folder, 'model.safetensors');
  await using trainer = await Trainer.create({ ...PATCH_8, dataset: photos, size: [64, 48], mapSize: [16, 12] });
  await trainer.train(photos, { iterations: 2, batchSize: 4 });
  await trainer.save(file);
  await using model = await Model.load(file);
  t.is(model.geometry.orientation, 'exif');
  const photo = photos.test[0]?.path ?? '';
  const result = await model.score(photo);
  t.deepEqual(result.inspected, { left: 0, top: 0, width: WIDTH, height: HEIGHT });
  t.like(await placeMap(result, photo, model), { width: WIDTH, height: HEIGHT });
  const { width, height } = await sharp(await renderHeatmap(photo, result, model)).metadata();
  t.deepEqual([width, height], [WIDTH, HEIGHT]);
  const { conventions, doubtfulMasks, classes } = await new Evaluator().evaluate(model, photos);
  t.is(conventions.orientation, 'exif');
  t.deepEqual(doubtfulMasks.otherSize, []);
  t.is(classes[0]?.unmasked, 0);
  await using stored = await Model.load(file, { orientation: 'ignore' });
  t.deepEqual((await stored.score(photo)).inspected, { left: 0, top: 0, width: HEIGHT, height: WIDTH });
  const raw = { data: discPixels(30, 20, 1, false), info: { width: 30, height: 20, channels: 3 } };
  t.deepEqual((await model.score(raw)).inspected, { left: 0, top: 0, width: 30, height: 20 });
});

test('the upright pixels are scored: a photo with its tag scores as the same pixels without one', async (t) => {
  await using trainer = await Trainer.create({ ...PATCH_8, dataset: photos, size: [64, 48], mapSize: [16, 12] });
  await using model = await trainer.model();
  const photo = path.join(folder, 'photos/bad/0.jpg');
  const { data, info } = await sharp(photo).autoOrient().raw().toBuffer({ resolveWithObject: true });
  const tagged = await model.score(photo);
  t.deepEqual(tagged.map, (await model.score({ data, info })).map);
});

test('a result says what was inspected where there is a crop', async (t) => {
  await using trainer = await Trainer.create({ ...PATCH_8, size: 64, crop: 48 });
  await using model = await trainer.model();
  const raw = { data: discPixels(128, 64, 1, false), info: { width: 128, height: 64, channels: 3 } };
  t.deepEqual((await model.score(raw)).inspected, { left: 16, top: 8, width: 96, height: 48 });
});

test.serial(
  "training on one's own set with a crop that nobody asked for warns of the edge; an asked one does not",
  async (t) => {
    const warned = async (given: Partial<TrainerOptions>): Promise<number> => {
      const codes: unknown[] = [];
      const listen = (warning: Error & { code?: unknown }): void => void codes.push(warning.code);
      process.on('warning', listen);
      try {
        await using trainer = await Trainer.create({ ...PATCH_8, ...given });
        await trainer.train(photos, { iterations: 1, batchSize: 2 });
        await new Promise((resolve) => setImmediate(resolve));
      } finally {
        process.off('warning', listen);
      }
      return codes.filter((code) => code === 'EDGE_NOT_INSPECTED').length;
    };
    t.is(await warned({ size: 64 }), 1);
    t.is(await warned({ size: 64, crop: 56 }), 0);
    t.is(await warned({ size: 64, dataset: photos }), 0);
  },
);

test("the check of a set tells the upright sizes of one's own photos, which their masks have", async (t) => {
  const { classes, faults } = await inspectDataset(photos);
  t.deepEqual(classes[0]?.sizes, [{ width: WIDTH, height: HEIGHT, pictures: 10 }]);
  t.deepEqual(faults, []);
});
