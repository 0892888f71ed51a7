/**
 * Magnetic-Tile: `MT_<kind>/Imgs`, where `<stem>.jpg` is a picture and `<stem>.png` its mask; `MT_Free` is normal. The
 * names number the tiles (`exp1_num_4727`), and pictures of one tile are one group. It brings no split.
 */
import { extname, join } from 'node:path';
import { stem } from './files.js';
import type { ClassSamples, FoundClass, Layout, ReadContext } from './layout.js';
import { byStem, reportMissing } from './masks.js';
import type { Sample } from './types.js';

const CLASS_NAME = 'magnetic-tile';
const PREFIX = 'MT_';
const NORMAL = 'MT_Free';

function isPng(path: string): boolean {
  return extname(path).toLowerCase() === '.png';
}

async function readKind(root: string, kind: string, { folders, report }: ReadContext): Promise<Sample[]> {
  const paths = (await folders.images(join(root, kind, 'Imgs'))) ?? [];
  const masks = byStem(paths.filter(isPng));
  const samples: Sample[] = [];
  for (const path of paths.filter((each) => !isPng(each))) {
    const name = stem(path);
    const tile = /num_(\d+)/i.exec(name)?.[1];
    const group = tile === undefined ? {} : { group: tile };
    const base = { path, className: CLASS_NAME, split: 'test', ...group } as const;
    const [mask] = masks.get(name) ?? [];
    if (kind === NORMAL) {
      samples.push({ ...base, label: 0, defect: 'good' });
      continue;
    }
    const sample = { ...base, label: 1, defect: kind.slice(PREFIX.length) } as const;
    if (mask === undefined) {
      reportMissing(report, path, `${join(root, kind, 'Imgs', name)}.png`);
    }
    samples.push(mask === undefined ? sample : { ...sample, mask });
  }
  return samples;
}

async function read(root: string, kinds: readonly string[], context: ReadContext): Promise<ClassSamples> {
  const samples: Sample[][] = [];
  for (const kind of kinds) {
    samples.push(await readKind(root, kind, context));
  }
  return { samples: samples.flat(), hasSplit: false };
}

async function find(root: string, { folders }: ReadContext): Promise<FoundClass[]> {
  const kinds: string[] = [];
  for (const name of await folders.folders(root)) {
    if (name.startsWith(PREFIX) && (await folders.isFolder(join(root, name, 'Imgs')))) {
      kinds.push(name);
    }
  }
  return kinds.length === 0 ? [] : [{ name: CLASS_NAME, path: root, read: (context) => read(root, kinds, context) }];
}

/** The Magnetic-Tile layout. */
export const magneticTile: Layout<'magnetic-tile'> = {
  format: 'magnetic-tile',
  shape: 'MT_<kind>/Imgs/<stem>.{jpg,png}, MT_Free/Imgs',
  find,
};
