/** Small drawn datasets and models for tests: grey discs, and bright squares as defects. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { composePng } from '../../lib/image/compose.js';
import { type Dataset, openDataset, Trainer } from '../../lib/index.js';

/** Trains and scores in a moment. */
export const TINY = { dim: 16, depth: 4, heads: 2, patch: 8 } as const;
export const TINY_SIZE = { size: 40, crop: 32 } as const;

/** A new folder; `remove` takes it away. */
export function temporaryFolder(): { readonly folder: string; remove(): void } {
  const folder = mkdtempSync(path.join(tmpdir(), 'dinomaly-test-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Raw RGB of a disc; with `defect` a bright square lies on it. */
export function discPixels(width: number, height: number, seed: number, defect: boolean): Buffer {
  const data = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; ++y) {
    for (let x = 0; x < width; ++x) {
      const inside = Math.hypot(x - width / 2, y - height / 2) < Math.min(width, height) * 0.35;
      const noise = (x * 31 + y * 17 + seed * 101) % 13;
      data.fill((inside ? 150 : 40) + noise, 3 * (y * width + x), 3 * (y * width + x) + 3);
      if (defect && inDefect(x, y, width, height)) data.fill(250, 3 * (y * width + x), 3 * (y * width + x) + 3);
    }
  }
  return data;
}

function inDefect(x: number, y: number, width: number, height: number): boolean {
  return Math.abs(x - width / 2) < width / 8 && Math.abs(y - height / 2) < height / 8;
}

/** Writes raw RGB as PNG, whatever the name's extension. */
export async function writePng(file: string, data: Uint8Array, width: number, height: number): Promise<void> {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, await composePng({ data, width, height, channels: 3 }, []));
}

/** Writes one picture. */
export function writeDisc(file: string, seed: number, defect = false, width = 48, height = 44): Promise<void> {
  return writePng(file, discPixels(width, height, seed, defect), width, height);
}

/** Pixels of a mask: white where `discPixels` draws its defect. */
export function maskPixels(width = 48, height = 44): Buffer {
  const data = Buffer.alloc(width * height * 3);
  for (let i = 0; i < width * height; ++i) {
    if (inDefect(i % width, Math.floor(i / width), width, height)) data.fill(255, 3 * i, 3 * i + 3);
  }
  return data;
}

/** Writes the mask of a defect; an empty one where `defect` is false. */
export function writeMask(file: string, defect = true, width = 48, height = 44): Promise<void> {
  return writePng(file, defect ? maskPixels(width, height) : Buffer.alloc(3 * width * height), width, height);
}

/** Classes in the MVTec-AD layout: 6 training pictures, 2 good and 3 defect test pictures with masks each. */
export async function writeDataset(root: string, classes: readonly string[] = ['disc', 'ring']): Promise<string> {
  for (const name of classes) {
    for (let i = 0; i < 6; ++i) await writeDisc(path.join(root, name, 'train/good', `${i}.png`), i);
    for (let i = 0; i < 2; ++i) await writeDisc(path.join(root, name, 'test/good', `${i}.png`), 20 + i);
    for (let i = 0; i < 3; ++i) {
      await writeDisc(path.join(root, name, 'test/square', `${i}.png`), 30 + i, true);
      await writeMask(path.join(root, name, 'ground_truth/square', `${i}_mask.png`));
    }
  }
  return root;
}

/** A trainer that took `steps` steps on `dataset`. */
export async function trainedTrainer(dataset: Dataset, steps = 4, seed = 1): Promise<Trainer> {
  const trainer = await Trainer.create({
    encoder: TINY,
    weights: null,
    ...TINY_SIZE,
    seed,
    warmupSteps: 2,
    device: 'cpu',
  });
  await trainer.train(dataset, { iterations: steps, batchSize: 4 });
  return trainer;
}

/** A dataset and a model file in `folder`. */
export async function writeModel(folder: string): Promise<{ readonly data: string; readonly model: string }> {
  const data = await writeDataset(path.join(folder, 'data'));
  const model = path.join(folder, 'model.safetensors');
  await using trainer = await trainedTrainer(await openDataset(data));
  await trainer.save(model);
  return { data, model };
}
