/** A drawn dataset whose classes differ in what they show and in how restless their normal pictures are. */
import path from 'node:path';
import { type CalibrationSample, type Dataset, openDataset, Trainer } from '../../lib/index.js';
import { TINY, TINY_SIZE, writeMask, writePng } from './drawn-set.js';
import { uniform } from './random.js';

const WIDTH = 48;
const HEIGHT = 44;

type Paint = (x: number, y: number, noise: number) => readonly [number, number, number];

/** The classes, the calmest first. */
export const KINDS: Readonly<Record<string, Paint>> = {
  disc: (x, y, noise) => {
    const grey = (Math.hypot(x - WIDTH / 2, y - HEIGHT / 2) < 15 ? 150 : 40) + 10 * noise;
    return [grey, grey, grey];
  },
  stripes: (x, _, noise) => [x % 8 < 4 ? 230 : 90, 60 + 60 * noise, 200 - 60 * noise],
  cloud: (_, y, noise) => [255 * noise, 100 + 3 * y * noise, 30],
};

/** A picture of none of them. */
export const STRANGER: Paint = (x, y) => (((x >> 4) + (y >> 4)) % 2 === 0 ? [0, 255, 90] : [255, 0, 255]);

/** Writes one picture; with `defect` a white square as in `writeMask` lies on it. */
export function writeKind(file: string, paint: Paint, seed: number, defect = false): Promise<void> {
  const next = uniform(seed);
  const data = Buffer.alloc(3 * WIDTH * HEIGHT);
  for (let at = 0; at < WIDTH * HEIGHT; at++) {
    const [x, y] = [at % WIDTH, Math.floor(at / WIDTH)];
    const inside = defect && Math.abs(x - WIDTH / 2) < WIDTH / 8 && Math.abs(y - HEIGHT / 2) < HEIGHT / 8;
    const colour = paint(x, y, next());
    data.set(inside ? [255, 255, 255] : colour.map(Math.round), 3 * at);
  }
  return writePng(file, data, WIDTH, HEIGHT);
}

/** The dataset in the MVTec-AD layout, a trainer that took some steps on it, and pictures held out for thresholds. */
export async function trainedOnKinds(
  folder: string,
): Promise<{ readonly dataset: Dataset; readonly trainer: Trainer; readonly normals: readonly CalibrationSample[] }> {
  const root = path.join(folder, 'kinds');
  const normals: CalibrationSample[] = [];
  for (const [name, paint] of Object.entries(KINDS)) {
    for (let i = 0; i < 8; i++) await writeKind(path.join(root, name, 'train/good', `${i}.png`), paint, i);
    for (let i = 0; i < 12; i++) {
      const file = path.join(folder, 'held-out', name, `${i}.png`);
      await writeKind(file, paint, 100 + i);
      normals.push({ path: file, className: name, label: 0, split: 'validation' });
    }
    for (let i = 0; i < 4; i++) {
      await writeKind(path.join(root, name, 'test/good', `${i}.png`), paint, 200 + i);
      await writeKind(path.join(root, name, 'test/square', `${i}.png`), paint, 300 + i, true);
      await writeMask(path.join(root, name, 'ground_truth/square', `${i}_mask.png`));
    }
  }
  const dataset = await openDataset(root);
  const trainer = await Trainer.create({
    encoder: TINY,
    weights: null,
    ...TINY_SIZE,
    mapSize: 32,
    seed: 1,
    device: 'cpu',
  });
  await trainer.train(dataset, { iterations: 30, batchSize: 8 });
  return { dataset, trainer, normals };
}
