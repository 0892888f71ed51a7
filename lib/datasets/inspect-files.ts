/** Files of a set that nothing reads: pictures of kinds that cannot be decoded, and masks of no picture. */
import { realpath } from 'node:fs/promises';
import { dirname, extname, join, relative, sep } from 'node:path';
import { listed } from '../lists.js';
import { namedMasks } from './check.js';
import { Folders, isImageName, stem } from './files.js';
import type { DatasetRemark } from './inspection.js';
import { roleOf } from './roles.js';
import type { Dataset } from './types.js';

/** Extensions of pictures that people have; which of them can be decoded, lib/image knows. */
const PICTURES =
  /\.(?:p[gpbna]m|pfm|jp[2xf]|j2k|jxl|hei[cf]|avif|webp|gif|exr|hdr|tga|pcx|psd|ico|ras|dcm|dng|cr2|nef|arw|raw|svg)$/i;

/** Names of folders that tell nothing but what lies in them, beside those of masks. */
const PLAIN = new Set(['test', 'image', 'images', 'rgb', 'anomalous']);

function holdsMasks(folder: string): boolean {
  return roleOf(folder) === 'masks';
}

interface Known {
  readonly root: string;
  readonly format: Dataset['format'];
  /** Paths of pictures and masks that are read. */
  readonly used: ReadonlySet<string>;
  /** What pictures are called beside the names of their folders' roles. */
  readonly pictures: ReadonlySet<string>;
}

/** A path inside the root without what only tells a picture from its mask. */
function subject(root: string, path: string): string {
  const name = stem(path).replace(/_(?:mask|label)$/i, '');
  const folders = relative(root, dirname(path))
    .split(sep)
    .filter((folder) => !holdsMasks(folder) && !PLAIN.has(folder.toLowerCase()));
  return [...folders, name].join('/');
}

function isMask(path: string, { root, format }: Known): boolean {
  if (format === 'kolektor') {
    return /_label$/i.test(stem(path));
  }
  if (format === 'magnetic-tile') {
    return extname(path).toLowerCase() === '.png';
  }
  return relative(root, dirname(path)).split(sep).some(holdsMasks);
}

/** In LOCO a mask lies in a folder that is named as its picture. */
function isOrphan(path: string, known: Known): boolean {
  const { root, used, pictures } = known;
  return (
    isImageName(path) &&
    !used.has(path) &&
    isMask(path, known) &&
    !pictures.has(subject(root, path)) &&
    !pictures.has(subject(root, dirname(path)))
  );
}

/** The folders above a folder: a link to one of them leads out of the class. */
async function above(folder: string): Promise<Set<string>> {
  const found = new Set<string>();
  for (let at = await realpath(folder); at !== dirname(at); at = dirname(at)) {
    found.add(dirname(at));
  }
  return found;
}

/** Every file in a folder and below; a folder that links lead to twice is seen once. */
async function* walk(folders: Folders, folder: string, seen: Set<string>): AsyncGenerator<string> {
  const listing = await folders.list(folder);
  const real = listing === undefined ? folder : await realpath(folder);
  if (listing === undefined || seen.has(real)) {
    return;
  }
  seen.add(real);
  yield* listing.files.map((name) => join(folder, name));
  for (const name of listing.folders) {
    yield* walk(folders, join(folder, name), seen);
  }
}

/** The folders of the classes, where these are folders of the root: others may have been left out. */
async function startsOf({ root, classes }: Dataset, folders: Folders): Promise<readonly string[]> {
  const own = (await folders.folders(root)).filter((name) => classes.includes(name));
  return own.length === 0 ? [root] : own.map((name) => join(root, name));
}

function remark(code: DatasetRemark['code'], what: string, paths: readonly string[]): DatasetRemark[] {
  return paths.length === 0 ? [] : [{ code, className: null, message: `${what}: ${paths.length}: ${listed(paths)}` }];
}

/** Remarks on what lies among the files of a set and is not read. A manifest says itself what belongs to its set. */
export async function remarkFiles(dataset: Dataset): Promise<DatasetRemark[]> {
  const { root, format } = dataset;
  if (format === 'manifest') {
    return [];
  }
  const samples = [...dataset.train, ...dataset.validation, ...dataset.test];
  const used = new Set(samples.flatMap((sample) => [sample.path, ...namedMasks(sample)]));
  const faulty = (dataset.faults ?? []).map(({ path }) => path);
  const pictures = new Set([...samples.map(({ path }) => path), ...faulty].map((path) => subject(root, path)));
  const known: Known = { root, format, used, pictures };
  const folders = new Folders();
  const unread: string[] = [];
  const orphans: string[] = [];
  const starts = (await folders.isFolder(root)) ? await startsOf(dataset, folders) : [];
  for (const start of starts) {
    for await (const path of walk(folders, start, await above(start))) {
      if (PICTURES.test(path) && !isImageName(path)) {
        unread.push(path);
      } else if (isOrphan(path, known)) {
        orphans.push(path);
      }
    }
  }
  return [
    ...remark('FILE_UNREAD', 'Pictures of kinds that are not read. Convert them to PNG', unread),
    ...remark('MASK_UNUSED', 'Masks that belong to no picture', orphans),
  ];
}
