/** Seeded pictures to measure with: smooth colour and noise, 448 x 448. What they show does not change the work. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { composePng } from '../lib/image/compose.js';
import type { Dataset, RawImage, Sample } from '../lib/index.js';

const SIZE = 448;

/** Raw RGB, as a sharp raw buffer. */
export function drawnPicture(seed: number): RawImage {
  const data = Buffer.alloc(SIZE * SIZE * 3);
  let state = (seed * 2654435761 + 1) >>> 0;
  for (let i = 0; i < data.length; ++i) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    data[i] = ((i / (3 * SIZE)) % 192) + (state >>> 26);
  }
  return { data, info: { width: SIZE, height: SIZE, channels: 3 } };
}

/** `count` training pictures as PNG files in `folder`. */
export async function drawnSet(folder: string, count: number): Promise<Dataset> {
  const train: Sample[] = [];
  for (let index = 0; index < count; ++index) {
    const { data, info } = drawnPicture(index);
    const file = path.join(folder, `${index}.png`);
    await writeFile(file, await composePng({ data, width: info.width, height: info.height, channels: 3 }, []));
    train.push({ path: file, className: 'drawn', split: 'train', label: 0, defect: 'good' });
  }
  return {
    root: folder,
    format: 'mvtec',
    classes: ['drawn'],
    train,
    validation: [],
    test: [],
    madeSplit: null,
    notes: [],
  };
}
