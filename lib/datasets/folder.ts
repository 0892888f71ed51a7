/**
 * Sets of one's own, as people have them: good and bad pictures in folders that say so, for one class or several, with masks
 * or without. `folder-plan.ts` tells which folder is what; here their pictures are read.
 */
import { basename, extname, join, relative } from 'node:path';
import { DinomalyError } from '../errors.js';
import { isImageName } from './files.js';
import { classesIn, isClass, type Place, type Plan, planClass, planFlat } from './folder-plan.js';
import type { ClassSamples, FoundClass, Layout, ReadContext } from './layout.js';
import { pairMasks, partMasks } from './masks.js';
import type { Sample } from './types.js';

/** Counts by name. */
class Tally extends Map<string, number> {
  add(name: string, count = 1): void {
    if (count > 0) {
      this.set(name, (this.get(name) ?? 0) + count);
    }
  }
}

class ClassReader {
  readonly #name: string;
  readonly #path: string;
  readonly #context: ReadContext;
  readonly #good = new Tally();
  readonly #bad = new Tally();
  readonly #unread = new Tally();
  readonly #others = new Tally();

  constructor(name: string, path: string, context: ReadContext) {
    this.#name = name;
    this.#path = path;
    this.#context = context;
  }

  async read({ places, unread, hasSplit }: Plan): Promise<ClassSamples> {
    const samples: Sample[] = [];
    for (const place of places) {
      samples.push(...(await this.#readPlace(place)));
    }
    for (const folder of unread) {
      this.#unread.add(this.#shown(folder), (await this.#context.folders.images(folder))?.length);
    }
    if (samples.length === 0) {
      const where = places.map(({ folder }) => folder).join(', ');
      throw new DinomalyError('DATASET_EMPTY_CLASS', `The class '${this.#name}' has no pictures in ${where}`);
    }
    const understood = { good: this.#good, bad: this.#bad, unread: this.#unread, others: this.#others };
    return { samples, hasSplit, understood };
  }

  #shown(folder: string): string {
    return relative(this.#path, folder) || '.';
  }

  async #readPlace({ folder, split, defect, masks }: Place): Promise<Sample[]> {
    const files = (await this.#context.folders.list(folder))?.files ?? [];
    for (const name of files) {
      if (!isImageName(name)) {
        this.#others.add(extname(name).toLowerCase() || name);
      }
    }
    const { pictures, masks: beside } = partMasks(files.filter(isImageName).map((name) => join(folder, name)));
    const base = { className: this.#name, split };
    if (defect === null) {
      this.#good.add(this.#shown(folder), pictures.length);
      return pictures.map((path) => ({ path, ...base, label: 0, defect: 'good' }));
    }
    this.#bad.add(this.#shown(folder), pictures.length);
    const pairs = pairMasks(this.#context.report, pictures, [...beside, ...(await this.#firstOf(masks))]);
    return pictures.map((path): Sample => {
      const mask = pairs.get(path);
      const sample = { path, ...base, label: 1, defect } as const;
      return mask === undefined ? sample : { ...sample, mask };
    });
  }

  /** Pictures of the first folder that has some. */
  async #firstOf(candidates: readonly string[]): Promise<readonly string[]> {
    for (const folder of candidates) {
      const found = await this.#context.folders.images(folder);
      if (found !== undefined && found.length > 0) {
        return found;
      }
    }
    return [];
  }
}

function classAt(path: string, plan: (path: string, context: ReadContext) => Promise<Plan>): FoundClass {
  const name = basename(path);
  return { name, path, read: async (context) => new ClassReader(name, path, context).read(await plan(path, context)) };
}

async function find(root: string, { folders }: ReadContext): Promise<FoundClass[]> {
  const found = await classesIn(root, folders);
  const paths = found.length === 0 && (await isClass(root, folders)) ? [root] : found;
  return paths.map((path) => classAt(path, planClass));
}

/** A folder of pictures and nothing that tells good from bad: they are good. */
async function guess(root: string, { folders }: ReadContext): Promise<FoundClass[]> {
  return ((await folders.images(root))?.length ?? 0) === 0 ? [] : [classAt(root, planFlat)];
}

/** The general layout of folders. */
export const folder: Layout<'folder'> = {
  format: 'folder',
  // `normal/test` by itself looks as a class of MVTec-AD does.
  refines: 'mvtec',
  shape: 'good and bad pictures in <class>/good and <class>/bad or in good and bad, or good pictures only',
  find,
  guess,
};
