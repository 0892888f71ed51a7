/** Drawn normal pictures that no model was trained on. */
import path from 'node:path';
import type { CalibrationSample } from '../../lib/index.js';
import { writeDisc } from './drawn-set.js';

/** Writes `count` discs of different widths, for thresholds; from `rings` on they are of the class `ring`. */
export async function writeHeldOut(folder: string, count: number, rings = count): Promise<CalibrationSample[]> {
  const samples: CalibrationSample[] = [];
  for (let i = 0; i < count; i++) {
    const picture = path.join(folder, 'held-out', `${i}.png`);
    await writeDisc(picture, 100 + i, false, 40 + i, 44);
    samples.push({ path: picture, className: i < rings ? 'disc' : 'ring', label: 0, split: 'validation' });
  }
  return samples;
}
