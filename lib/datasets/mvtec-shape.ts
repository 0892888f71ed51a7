/**
 * Sets in the shape of MVTec-AD: `<class>/train/<normal>`, `<class>/validation/<normal>` where there is one,
 * `<class>/test/<kind>`, and masks by kind. What differs among them is told in {@link MvtecShape}.
 */
import { basename, join } from 'node:path';
import { DinomalyError } from '../errors.js';
import { type Folders, isImageName } from './files.js';
import type { ClassSamples, FoundClass, Layout, ReadContext } from './layout.js';
import { pairByStem } from './masks.js';
import type { Sample, Split } from './types.js';

/** Anomalous pictures of one kind, and where their masks may lie. */
export interface DefectFolder {
  /** Folder of the class. */
  readonly path: string;
  readonly defect: string;
  readonly pictures: readonly string[];
}

/** Masks by picture; a picture without one has been reported. */
export type Pairs = ReadonlyMap<string, string | readonly string[]>;

/** How a set differs from MVTec-AD. */
export interface MvtecShape {
  /** Folder of the normal pictures. Default: `'good'`. */
  readonly normal?: string;
  /** Folder of the pictures inside that of their kind. Default: none. */
  readonly inside?: string;
  /** Classes that the set has, in lower case; a root with others is not of it. Default: any. */
  readonly names?: readonly string[];
  /** Tells a folder of a class from one of MVTec-AD; undefined for one that tells neither. Default: all are of the set. */
  readonly isClass?: (folder: string, folders: Folders) => Promise<boolean | undefined>;
  /** Pairs masks with pictures; notes go to `notes`. Default: by stem in `ground_truth/<kind>`. */
  readonly pair?: (context: ReadContext, folder: DefectFolder, notes: string[]) => Promise<Pairs>;
  /** Where the reading always differs from the authors'. */
  readonly notes?: readonly string[];
}

const NORMAL = 'good';

/** A set of one's own in this shape may have no masks at all; where there are some, each anomalous picture needs its own. */
async function pairInTruth(
  context: ReadContext,
  { path, defect, pictures }: DefectFolder,
  notes: string[],
): Promise<Pairs> {
  const truth = join(path, 'ground_truth');
  if (await context.folders.isFolder(truth)) {
    return pairByStem(context, pictures, join(truth, defect));
  }
  notes.push(`${basename(path)} has no folder ground_truth: its anomalous pictures have no masks.`);
  return new Map();
}

/** Reads one class. */
class ClassReader {
  readonly #shape: MvtecShape;
  readonly #context: ReadContext;
  readonly #name: string;
  readonly #path: string;
  readonly #notes: string[] = [];

  constructor(shape: MvtecShape, context: ReadContext, name: string, path: string) {
    this.#shape = shape;
    this.#context = context;
    this.#name = name;
    this.#path = path;
  }

  async read(): Promise<ClassSamples> {
    const samples = [
      ...(await this.#readTrain()),
      ...(await this.#readNormal('validation')),
      ...(await this.#readTest()),
    ];
    if (samples.length === 0) {
      throw this.#empty(`has no pictures in ${this.#path}`);
    }
    return { samples, hasSplit: true, notes: [...(this.#shape.notes ?? []), ...this.#notes] };
  }

  get #normal(): string {
    return this.#shape.normal ?? NORMAL;
  }

  #empty(what: string): DinomalyError {
    return new DinomalyError('DATASET_EMPTY_CLASS', `The class '${this.#name}' ${what}`);
  }

  #picturesOf(...parts: readonly string[]): string {
    return join(this.#path, ...parts, this.#shape.inside ?? '');
  }

  async #reportLoose(folder: string): Promise<void> {
    const loose = (await this.#context.folders.list(folder))?.files.find(isImageName);
    if (loose !== undefined) {
      const message = `${join(folder, loose)} lies directly in ${folder}; pictures belong in a folder such as ${join(folder, this.#normal)}`;
      this.#context.report('DATASET_LAYOUT', join(folder, loose), message);
    }
  }

  async #readTrain(): Promise<Sample[]> {
    if (!(await this.#context.folders.isFolder(join(this.#path, 'train')))) {
      return [];
    }
    const good = this.#picturesOf('train', this.#normal);
    const samples = await this.#readNormal('train');
    if ((await this.#context.folders.list(good)) === undefined) {
      throw new DinomalyError('DATASET_LAYOUT', `The class '${this.#name}' has no folder ${good}`);
    }
    if (samples.length === 0) {
      throw this.#empty(`has no pictures in ${good}`);
    }
    return samples;
  }

  async #readNormal(split: Split): Promise<Sample[]> {
    await this.#reportLoose(join(this.#path, split));
    const paths = (await this.#context.folders.images(this.#picturesOf(split, this.#normal))) ?? [];
    return paths.map((path) => ({ path, className: this.#name, split, label: 0, defect: NORMAL }));
  }

  async #readTest(): Promise<Sample[]> {
    const samples = [await this.#readNormal('test')];
    for (const defect of await this.#context.folders.folders(join(this.#path, 'test'))) {
      if (defect !== this.#normal) {
        samples.push(await this.#readDefect(defect));
      }
    }
    return samples.flat();
  }

  async #readDefect(defect: string): Promise<Sample[]> {
    const pictures = (await this.#context.folders.images(this.#picturesOf('test', defect))) ?? [];
    const pair = this.#shape.pair ?? pairInTruth;
    const masks = await pair(this.#context, { path: this.#path, defect, pictures }, this.#notes);
    return pictures.map((path): Sample => {
      const mask = masks.get(path);
      const sample = { path, className: this.#name, split: 'test', label: 1, defect } as const;
      return mask === undefined ? sample : { ...sample, mask };
    });
  }
}

async function isMvtecClass(folder: string, normal: string, folders: Folders): Promise<boolean> {
  const names = await folders.folders(folder);
  return names.includes('test') || (names.includes('train') && (await folders.isFolder(join(folder, 'train', normal))));
}

/** Folders of classes, by name: the root's own, or those in it. */
async function findClasses(root: string, normal: string, folders: Folders): Promise<[name: string, path: string][]> {
  if (await isMvtecClass(root, normal, folders)) {
    return [[basename(root), root]];
  }
  const found: [string, string][] = [];
  for (const name of await folders.folders(root)) {
    if (await isMvtecClass(join(root, name), normal, folders)) {
      found.push([name, join(root, name)]);
    }
  }
  return found;
}

/** Whether all classes may be of the set: one that is not makes it another set, as no class must go unread. */
async function areOfSet(paths: readonly string[], { isClass }: MvtecShape, folders: Folders): Promise<boolean> {
  if (isClass === undefined) {
    return true;
  }
  const answers: (boolean | undefined)[] = [];
  for (const path of paths) {
    answers.push(await isClass(path, folders));
  }
  return answers.includes(true) && !answers.includes(false);
}

/** Makes the layout of a set in this shape. */
export function mvtecShaped<Format extends string>(
  format: Format,
  described: Pick<Layout, 'shape' | 'refines'>,
  shape: MvtecShape,
): Layout<Format> {
  const { names, normal = NORMAL } = shape;
  const find: Layout['find'] = async (root, { folders }) => {
    const found = await findClasses(root, normal, folders);
    const named = names === undefined || found.every(([name]) => names.includes(name.toLowerCase()));
    const paths = found.map(([, path]) => path);
    if (!named || !(await areOfSet(paths, shape, folders))) {
      return [];
    }
    return found.map(([name, path]): FoundClass => {
      const read: FoundClass['read'] = (context) => new ClassReader(shape, context, name, path).read();
      return { name, path, read };
    });
  };
  return { format, ...described, find };
}
