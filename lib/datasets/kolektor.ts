/**
 * KolektorSDD: `kosNN/PartN.jpg` and `kosNN/PartN_label.bmp`. A picture is anomalous when its mask has a pixel that is not
 * 0, so that masks are decoded when the set is opened. One item (`kosNN`) is one group. It brings no split.
 */
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { DinomalyError } from '../errors.js';
import { mapAhead } from '../gate.js';
import type { ClassSamples, FoundClass, Layout, ReadContext } from './layout.js';
import { byStem } from './masks.js';
import { readMask } from './pixels.js';
import type { Sample } from './types.js';

const CLASS_NAME = 'kolektor';
const LABEL_SUFFIX = '_label';

interface Pair {
  readonly path: string;
  readonly mask: string;
  readonly group: string;
}

/** Pictures of one item with their masks; without its mask a picture's label is not known. */
async function pairsOf(folder: string, { folders, report }: ReadContext): Promise<Pair[]> {
  const names = byStem((await folders.images(folder)) ?? []);
  const pairs: Pair[] = [];
  for (const [name, [path]] of names) {
    const [mask] = names.get(name + LABEL_SUFFIX) ?? [];
    if (path === undefined || name.endsWith(LABEL_SUFFIX)) {
      continue;
    }
    if (mask === undefined) {
      const wanted = `${join(folder, name)}${LABEL_SUFFIX}.bmp`;
      report('MASK_MISSING', path, `The picture ${path} has no mask, which tells its label: expected ${wanted}`);
    } else {
      pairs.push({ path, mask, group: basename(folder) });
    }
  }
  return pairs;
}

async function read(root: string, items: readonly string[], context: ReadContext): Promise<ClassSamples> {
  const parts: Pair[][] = [];
  for (const item of items) {
    parts.push(await pairsOf(join(root, item), context));
  }
  const samples: Sample[] = [];
  for await (const outcome of mapAhead(parts.flat(), 2 * availableParallelism(), ({ mask }) => readMask(mask))) {
    const { path, mask, group } = outcome.item;
    const base = { path, className: CLASS_NAME, split: 'test', group } as const;
    if (!outcome.ok) {
      if (!(outcome.error instanceof DinomalyError)) {
        throw outcome.error;
      }
      context.report(outcome.error.code, mask, outcome.error.message);
    } else if (outcome.value.anomalous) {
      samples.push({ ...base, label: 1, defect: 'bad', mask });
    } else {
      samples.push({ ...base, label: 0, defect: 'good' });
    }
  }
  return { samples, hasSplit: false };
}

async function find(root: string, { folders }: ReadContext): Promise<FoundClass[]> {
  const items = (await folders.folders(root)).filter((name) => /^kos\d+$/i.test(name));
  return items.length === 0 ? [] : [{ name: CLASS_NAME, path: root, read: (context) => read(root, items, context) }];
}

/** The KolektorSDD layout. */
export const kolektor: Layout<'kolektor'> = {
  format: 'kolektor',
  shape: 'kos<NN>/Part<N>.jpg, kos<NN>/Part<N>_label.bmp',
  find,
};
