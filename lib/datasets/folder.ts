/**
 * A layout for sets of one's own: `<class>/normal`, `<class>/anomalous/<kind>` and `<class>/masks/<kind>/<stem>.png`, or
 * the same without the folder of a class. Normal pictures lie in `normal` itself, and a split is drawn; or in
 * `normal/train`, `normal/validation` and `normal/test`.
 */
import { basename, join } from 'node:path';
import { DinomalyError } from '../errors.js';
import { isImageName } from './files.js';
import type { ClassSamples, FoundClass, Layout, ReadContext } from './layout.js';
import { pairByStem } from './masks.js';
import type { Sample, Split } from './types.js';

const NORMAL = 'normal';
const ANOMALOUS = 'anomalous';
const MASKS = 'masks';
const SPLITS: readonly Split[] = ['train', 'validation', 'test'];

interface Normals {
  readonly samples: readonly Sample[];
  readonly hasSplit: boolean;
}

async function readNormals(name: string, path: string, { folders, report }: ReadContext): Promise<Normals> {
  const normal = join(path, NORMAL);
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
  const from =
    splits.length === 0 ? ([['test', normal]] as const) : splits.map((split) => [split, join(normal, split)] as const);
  const samples: Sample[][] = [];
  for (const [split, folder] of from) {
    const paths = (await folders.images(folder)) ?? [];
    samples.push(paths.map((each) => ({ path: each, className: name, split, label: 0, defect: 'good' })));
  }
  return { samples: samples.flat(), hasSplit: splits.length > 0 };
}

async function readKind(name: string, path: string, kind: string, context: ReadContext): Promise<Sample[]> {
  const pictures = (await context.folders.images(join(path, ANOMALOUS, kind))) ?? [];
  const masks = await pairByStem(context, pictures, join(path, MASKS, kind));
  const defect = kind === '' ? ANOMALOUS : kind;
  return pictures.map((each): Sample => {
    const mask = masks.get(each);
    const sample = { path: each, className: name, split: 'test', label: 1, defect } as const;
    return mask === undefined ? sample : { ...sample, mask };
  });
}

async function read(name: string, path: string, context: ReadContext): Promise<ClassSamples> {
  const normals = await readNormals(name, path, context);
  const parts = [normals.samples];
  for (const kind of ['', ...(await context.folders.folders(join(path, ANOMALOUS)))]) {
    parts.push(await readKind(name, path, kind, context));
  }
  const samples = parts.flat();
  if (samples.length === 0) {
    throw new DinomalyError('DATASET_EMPTY_CLASS', `The class '${name}' has no pictures in ${join(path, NORMAL)}`);
  }
  return { samples, hasSplit: normals.hasSplit };
}

async function find(root: string, { folders }: ReadContext): Promise<FoundClass[]> {
  const isClass = async (path: string): Promise<boolean> =>
    (await folders.folders(path)).some((name) => name === NORMAL || name === ANOMALOUS);
  const classAt = (name: string, path: string): FoundClass => ({
    name,
    path,
    read: (context) => read(name, path, context),
  });
  if (await isClass(root)) {
    return [classAt(basename(root), root)];
  }
  const found: FoundClass[] = [];
  for (const name of await folders.folders(root)) {
    if (await isClass(join(root, name))) {
      found.push(classAt(name, join(root, name)));
    }
  }
  return found;
}

/** The general layout of folders. */
export const folder: Layout<'folder'> = {
  format: 'folder',
  // `normal/test` by itself looks as a class of MVTec-AD does.
  refines: 'mvtec',
  shape: '<class>/normal, <class>/anomalous/<kind>, <class>/masks/<kind>',
  find,
};
