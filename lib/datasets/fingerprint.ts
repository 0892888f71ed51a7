/** What a dataset is, by the content of its files. */
import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { relative } from 'node:path';
import { forEachAhead } from '../gate.js';
import { hashFile } from '../read.js';
import { namedMasks } from './check.js';
import type { Dataset, Sample } from './types.js';

/** Called after each picture. */
export type OnHashed = (done: number, total: number) => void;

/**
 * A hash a class over the content, the place and the label of each of its pictures and masks. Neither time stamps nor the
 * place of the root count: a copy of the set is the same set, and an edited picture another.
 */
export async function fingerprintClasses(
  dataset: Dataset,
  signal?: AbortSignal,
  onHashed?: OnHashed,
): Promise<ReadonlyMap<string, string>> {
  const samples = [...dataset.train, ...dataset.validation, ...dataset.test];
  const lines: string[] = new Array(samples.length);
  let done = 0;
  const work = async ([index, sample]: [number, Sample]): Promise<void> => {
    const { path, split, label } = sample;
    const picture = await hashFile(path, { signal });
    const truth: string[] = [];
    for (const mask of namedMasks(sample)) {
      truth.push(await hashFile(mask, { signal }));
    }
    lines[index] = JSON.stringify([relative(dataset.root, path), split, label, picture, ...truth]);
    done++;
    onHashed?.(done, samples.length);
  };
  await forEachAhead(samples.entries(), 2 * availableParallelism(), work, signal);
  const prints = new Map<string, string>();
  for (const name of dataset.classes) {
    const own = lines.filter((_, index) => samples[index]?.className === name);
    prints.set(name, createHash('sha256').update(own.join('\n')).digest('hex'));
  }
  return prints;
}

/** One hash of all classes, as reports name it. */
export async function fingerprintDataset(dataset: Dataset, signal?: AbortSignal, onHashed?: OnHashed): Promise<string> {
  const prints = await fingerprintClasses(dataset, signal, onHashed);
  return createHash('sha256')
    .update(JSON.stringify([...prints]))
    .digest('hex');
}
