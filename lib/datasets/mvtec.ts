/**
 * MVTec-AD: `<class>/train/good`, `<class>/test/<defect>`, `<class>/ground_truth/<defect>/<stem>_mask.png`. Sets that were
 * converted to this layout store masks as `<stem>` alone: both are taken, with any extension. Where both are there,
 * `<stem>_mask` is the mask, as some sets keep the picture itself beside it. Two of one stem are an error: which of them
 * was meant cannot be known.
 */
import { basename, join } from 'node:path';
import { DinomalyError } from '../errors.js';
import { byteOrder, isImageName, list, listImages, stem } from './files.js';
import type { ClassFolder, ClassSamples, Layout, Sample } from './types.js';

const NORMAL = 'good';
const MASK_SUFFIX = '_mask';

async function isClass(folder: string): Promise<boolean> {
  const folders = (await list(folder))?.folders ?? [];
  return (
    folders.includes('test') || (folders.includes('train') && (await list(join(folder, 'train', NORMAL))) !== undefined)
  );
}

async function find(root: string): Promise<ClassFolder[]> {
  if (await isClass(root)) {
    return [{ name: basename(root), path: root }];
  }
  const listing = await list(root);
  const found: ClassFolder[] = [];
  for (const name of listing?.folders ?? []) {
    const path = join(root, name);
    if (await isClass(path)) {
      found.push({ name, path });
    }
  }
  return found;
}

function emptyClass(folder: ClassFolder, what: string): DinomalyError {
  return new DinomalyError('DATASET_EMPTY_CLASS', `The class '${folder.name}' ${what}`);
}

async function refuseLoose(folder: string): Promise<void> {
  const loose = (await list(folder))?.files.find(isImageName);
  if (loose !== undefined) {
    const message = `${join(folder, loose)} lies directly in ${folder}; pictures belong in a folder such as ${join(folder, NORMAL)}`;
    throw new DinomalyError('DATASET_LAYOUT', message);
  }
}

async function readTrain(folder: ClassFolder): Promise<Sample[]> {
  const train = join(folder.path, 'train');
  if ((await list(train)) === undefined) {
    return [];
  }
  await refuseLoose(train);
  const good = join(train, NORMAL);
  const paths = await listImages(good);
  if (paths === undefined) {
    throw new DinomalyError('DATASET_LAYOUT', `The class '${folder.name}' has no folder ${good}`);
  }
  if (paths.length === 0) {
    throw emptyClass(folder, `has no pictures in ${good}`);
  }
  return paths.map((path) => ({ path, className: folder.name, split: 'train', label: 0, defect: NORMAL }));
}

/** Mask paths by their stem. */
async function readMasks(folder: string): Promise<Map<string, string[]>> {
  const masks = new Map<string, string[]>();
  for (const path of (await listImages(folder)) ?? []) {
    const name = stem(path);
    masks.set(name, [...(masks.get(name) ?? []), path]);
  }
  return masks;
}

function findMask(masks: ReadonlyMap<string, readonly string[]>, picture: string, truth: string): string {
  const name = stem(picture);
  const [mask, other] = masks.get(name + MASK_SUFFIX) ?? masks.get(name) ?? [];
  if (mask === undefined) {
    const wanted = `${join(truth, name)}${MASK_SUFFIX}.png`;
    throw new DinomalyError('MASK_MISSING', `The anomalous picture ${picture} has no mask: expected ${wanted}`);
  }
  if (other !== undefined) {
    const message = `The anomalous picture ${picture} has two masks, ${mask} and ${other}: remove one of them`;
    throw new DinomalyError('DATASET_LAYOUT', message);
  }
  return mask;
}

async function readDefect(folder: ClassFolder, defect: string): Promise<Sample[]> {
  const paths = (await listImages(join(folder.path, 'test', defect))) ?? [];
  const base = { className: folder.name, split: 'test', defect } as const;
  if (defect === NORMAL) {
    return paths.map((path) => ({ path, ...base, label: 0 }));
  }
  const truth = join(folder.path, 'ground_truth', defect);
  const masks = await readMasks(truth);
  return paths.map((path) => ({ path, ...base, label: 1, mask: findMask(masks, path, truth) }));
}

async function read(folder: ClassFolder): Promise<ClassSamples> {
  const train = await readTrain(folder);
  const testFolder = join(folder.path, 'test');
  const defects = (await list(testFolder))?.folders ?? [];
  await refuseLoose(testFolder);
  const test: Sample[] = [];
  for (const defect of defects) {
    test.push(...(await readDefect(folder, defect)));
  }
  if (train.length === 0 && test.length === 0) {
    throw emptyClass(folder, `has no pictures in ${folder.path}`);
  }
  return { train, test: test.sort((a, b) => byteOrder(a.path, b.path)) };
}

/** The MVTec-AD layout. */
export const mvtec: Layout = {
  format: 'mvtec',
  shape: '<class>/train/good, <class>/test/<defect>, <class>/ground_truth/<defect>',
  find,
  read,
};
