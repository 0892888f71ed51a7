/** Which folder of a class is what, by its name: normal pictures, anomalous ones of some kind, masks, or unknown. */
import { basename, join } from 'node:path';
import { type Folders, isImageName } from './files.js';
import type { ReadContext } from './layout.js';
import { type Role, roleOf } from './roles.js';
import type { Split } from './types.js';

/** A folder of pictures. */
export interface Place {
  readonly folder: string;
  readonly split: Split;
  /** Kind of defect; null for normal pictures. */
  readonly defect: string | null;
  /** Where their masks may lie, the likeliest first. */
  readonly masks: readonly string[];
}

/** What is to be read of a class. */
export interface Plan {
  readonly places: readonly Place[];
  /** Folders of which nothing is known, and which are left alone. */
  readonly unread: readonly string[];
  readonly hasSplit: boolean;
}

const SPLITS: readonly Split[] = ['train', 'validation', 'test'];
const SPLIT_NAMES: ReadonlyMap<string, Split> = new Map([
  ...SPLITS.map((split) => [split, split] as const),
  ['val', 'validation'],
  ['valid', 'validation'],
]);

function splitOf(name: string): Split | undefined {
  return SPLIT_NAMES.get(name.toLowerCase());
}

/** Folders of a folder, by what they are. */
class Children {
  readonly #names: readonly string[];

  constructor(names: readonly string[]) {
    this.#names = names;
  }

  static async of(path: string, folders: Folders): Promise<Children> {
    return new Children(await folders.folders(path));
  }

  with(role: Role | undefined): readonly string[] {
    return this.#names.filter((name) => roleOf(name) === role);
  }

  get splits(): readonly string[] {
    return this.#names.filter((name) => splitOf(name) !== undefined);
  }

  get tellsLabels(): boolean {
    return this.with('normal').length + this.with('anomalous').length > 0;
  }
}

/** Names of the folders in the folders of splits: what is trained on, and what is tested on. */
async function kindsOf(path: string, folders: Folders): Promise<Readonly<Record<'train' | 'test', string[]>>> {
  const kinds = { train: [] as string[], test: [] as string[] };
  for (const name of (await Children.of(path, folders)).splits) {
    kinds[splitOf(name) === 'test' ? 'test' : 'train'].push(...(await folders.folders(join(path, name))));
  }
  return kinds;
}

/** Folders of splits, each with good and bad in it, that are not as MVTec-AD or BTAD name them. */
async function isSplitClass(path: string, folders: Folders): Promise<boolean> {
  const { train, test } = await kindsOf(path, folders);
  const all = [...train, ...test];
  const normal = all.filter((name) => roleOf(name) === 'normal');
  const published = all.every((name) => name === 'ok' || name === 'ko') || normal.every((name) => name === 'good');
  const mixed = train.some((name) => roleOf(name) === 'anomalous');
  return normal.length > 0 && (mixed || !published);
}

/** Whether a folder is that of a class: folders in it tell good from bad. */
export async function isClass(path: string, folders: Folders): Promise<boolean> {
  return (await Children.of(path, folders)).tellsLabels || isSplitClass(path, folders);
}

/** Folders of classes in a root; none where the root is a class itself. */
export async function classesIn(root: string, folders: Folders): Promise<string[]> {
  const children = await Children.of(root, folders);
  const { train, test } = await kindsOf(root, folders);
  if ([...train, ...test].some((name) => roleOf(name) === 'normal')) {
    // Its folders are splits, also those that are named as none, such as `test_public`.
    return [];
  }
  const found: string[] = [];
  let normal = false;
  for (const name of await folders.folders(root)) {
    const path = join(root, name);
    if (splitOf(name) === undefined && roleOf(name) !== 'masks' && (await isClass(path, folders))) {
      found.push(path);
      normal ||= (await Children.of(path, folders)).with('normal').length > 0;
    }
  }
  // A class may be called `faulty`; and a folder of bad pictures may hold one that is called `defect`.
  return children.with('normal').length > 0 || (children.tellsLabels && !normal) ? [] : found;
}

/** Normal pictures in a folder of their own: in it, or in folders of splits in it, and never both. */
async function normalPlaces(normal: string, { folders, report }: ReadContext): Promise<readonly Place[]> {
  const listing = await folders.list(normal);
  const splits = SPLITS.filter((split) => listing?.folders.includes(split));
  const other = listing?.folders.find((folder) => !SPLITS.some((split) => split === folder));
  if (other !== undefined) {
    const message = `${join(normal, other)} is not read: in ${normal} there are pictures, or the folders ${SPLITS.join(', ')}`;
    report('DATASET_LAYOUT', join(normal, other), message);
  }
  const loose = listing?.files.find(isImageName);
  if (splits.length > 0 && loose !== undefined) {
    const message = `${join(normal, loose)} lies beside the folder ${splits[0]}: move it into one of ${SPLITS.join(', ')}`;
    report('DATASET_LAYOUT', join(normal, loose), message);
  }
  const place = (folder: string, split: Split): Place => ({ folder, split, defect: null, masks: [] });
  return splits.length === 0 ? [place(normal, 'test')] : splits.map((split) => place(join(normal, split), split));
}

/** Anomalous pictures of a folder, and of the kinds in it. */
async function anomalousPlaces(folder: string, masks: readonly string[], folders: Folders): Promise<readonly Place[]> {
  const own = basename(folder);
  const children = await Children.of(folder, folders);
  const all = [...masks, ...children.with('masks').map((name) => join(folder, name))];
  const at = (...names: string[]): readonly string[] => all.map((mask) => join(mask, ...names));
  const kinds = (await folders.folders(folder)).filter((name) => roleOf(name) !== 'masks');
  const place = (path: string, defect: string, where: readonly string[]): Place => ({
    ...{ folder: path, split: 'test', defect, masks: where },
  });
  return [
    place(folder, own, [...at(own), ...all]),
    ...kinds.map((kind) => place(join(folder, kind), kind, [...at(kind), ...at(own, kind)])),
  ];
}

async function planSplits(path: string, children: Children, context: ReadContext): Promise<Plan> {
  const places: Place[] = [];
  const masks = children.with('masks').map((name) => join(path, name));
  for (const name of children.splits) {
    const split = splitOf(name) ?? 'test';
    for (const kind of await context.folders.folders(join(path, name))) {
      const folder = join(path, name, kind);
      const role = roleOf(kind);
      if (role === 'normal') {
        places.push({ folder, split, defect: null, masks: [] });
      } else if (role !== 'masks') {
        places.push(...(await anomalousPlaces(folder, masks, context.folders)));
      }
    }
  }
  return { places, unread: children.splits.map((name) => join(path, name)), hasSplit: true };
}

/** Plans a class whose folders tell good from bad. Without a folder for bad pictures, each other folder is a kind of defect. */
export async function planClass(path: string, context: ReadContext): Promise<Plan> {
  const { folders } = context;
  const children = await Children.of(path, folders);
  if (!children.tellsLabels) {
    return planSplits(path, children, context);
  }
  const inside = (names: readonly string[]): string[] => names.map((name) => join(path, name));
  const normal = inside(children.with('normal'));
  const masks = inside(children.with('masks'));
  const named = inside(children.with('anomalous'));
  const others = inside(children.with(undefined).filter((name) => splitOf(name) === undefined));
  const good: Place[] = normal.length === 0 ? [{ folder: path, split: 'test', defect: null, masks: [] }] : [];
  for (const folder of normal) {
    good.push(...(await normalPlaces(folder, context)));
  }
  const bad: Place[] = [];
  for (const folder of named) {
    bad.push(...(await anomalousPlaces(folder, masks, folders)));
  }
  const kinds = named.length > 0 ? [] : others;
  for (const folder of kinds) {
    const defect = basename(folder);
    bad.push({ folder, split: 'test', defect, masks: masks.map((mask) => join(mask, defect)) });
  }
  const hasSplit = good.some(({ folder }) => folder !== path && !normal.includes(folder));
  const unread = [
    ...(normal.length === 0 ? [] : [path]),
    ...(named.length > 0 ? others : []),
    ...inside(children.splits),
  ];
  return { places: [...good, ...bad], unread, hasSplit };
}

/** Plans a class of which nothing tells good from bad: what lies in it is good. */
export async function planFlat(path: string, { folders }: ReadContext): Promise<Plan> {
  const unread = (await folders.folders(path)).map((name) => join(path, name));
  return { places: [{ folder: path, split: 'test', defect: null, masks: [] }], unread, hasSplit: false };
}
