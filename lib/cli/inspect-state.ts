/** What is done already in a folder of `dinomaly inspect`, so that an interrupted run goes on where it was. */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { isRecord } from '../check.js';
import { writeWhole } from '../files.js';
import { forEachAhead } from '../gate.js';
import type { Sample } from '../index.js';
import { readText } from '../read.js';

/** The stages that are done, each with the key of what it was made from. */
export interface Stages {
  /** What was trained from, and how many of its steps the kept weights have had. */
  readonly trained: { readonly key: string; readonly steps: number } | null;
  /** What thresholds were measured on. */
  readonly calibrated: string | null;
  /** What was evaluated, and the sentence that it came to. */
  readonly evaluated: { readonly key: string; readonly sentence: string } | null;
}

const NAME = 'inspect.json';
const NOTHING: Stages = { trained: null, calibrated: null, evaluated: null };
const VERSION = 1;

/** The file of a folder. */
export function stateFile(folder: string): string {
  return join(folder, NAME);
}

/** What is recorded; nothing where there is no record, or none that can be read: the work is then done again. */
export async function readStages(folder: string): Promise<Stages> {
  try {
    const found: unknown = JSON.parse(await readText(stateFile(folder)));
    if (!isRecord(found) || found.version !== VERSION) {
      return NOTHING;
    }
    const { trained, calibrated, evaluated } = found;
    return {
      trained:
        isRecord(trained) && typeof trained.key === 'string' && Number.isSafeInteger(trained.steps)
          ? { key: trained.key, steps: Number(trained.steps) }
          : null,
      calibrated: typeof calibrated === 'string' ? calibrated : null,
      evaluated:
        isRecord(evaluated) && typeof evaluated.key === 'string' && typeof evaluated.sentence === 'string'
          ? { key: evaluated.key, sentence: evaluated.sentence }
          : null,
    };
  } catch {
    return NOTHING;
  }
}

/** Records what is done. @throws DinomalyError `FILE_WRITE` */
export function writeStages(folder: string, stages: Stages): Promise<void> {
  return writeWhole(stateFile(folder), `${JSON.stringify({ version: VERSION, ...stages }, null, 2)}\n`);
}

/** A short name for whatever JSON can hold: another one for anything else. */
export function keyOf(...parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

/** What a file is, without reading it: its size and when it was written; null for what is not there. */
export async function mark(path: string): Promise<readonly [size: number, changed: number] | null> {
  const found = await stat(path).catch(() => undefined);
  return found === undefined ? null : [found.size, found.mtimeMs];
}

const AT_ONCE = 32;

/** The key of pictures: of their places in the set, their labels, and their marks. */
export async function picturesKey(root: string, samples: readonly Sample[]): Promise<string> {
  const marks = new Map<Sample, unknown>();
  await forEachAhead(samples, AT_ONCE, async (sample) => {
    marks.set(sample, await mark(sample.path));
  });
  return keyOf(
    samples.map((sample) => [relative(root, sample.path), sample.className, sample.label, marks.get(sample)]),
  );
}
