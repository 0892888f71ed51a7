/**
 * Real-IAD: the split of each class in `realiad_jsons/realiad_jsons/<class>.json`, or `realiad_jsons/<class>.json`, and
 * its pictures under `realiad_1024/<class>/`. Each object is shown from five places, `C1` to `C5`, told by the names.
 */
import { dirname, join } from 'node:path';
import { isRecord } from '../check.js';
import { DinomalyError } from '../errors.js';
import { reasonOf } from '../kinds.js';
import { readText } from '../read.js';
import { stem } from './files.js';
import type { ClassSamples, FoundClass, Layout, ReadContext } from './layout.js';
import { reportMissing } from './masks.js';
import type { Sample, Split } from './types.js';

const NORMAL = 'OK';
/** The folder of the lists, in a folder of its own name where they were unpacked as published. */
export const JSONS = 'realiad_jsons';
/** Folders of the pictures, the authors' first. */
const SIZES = ['realiad_1024', 'realiad_512', 'realiad_256', 'realiad_raw'] as const;

type Entry = Readonly<Record<string, unknown>>;

function damaged(file: string, why: string, cause?: unknown): DinomalyError {
  return new DinomalyError('DATASET_LAYOUT', `${file}: ${why}`, { cause });
}

async function readJson(file: string): Promise<Entry> {
  const text = await readText(file);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw damaged(file, `it is no JSON (${reasonOf(error)}): fetch it again`, error);
  }
  if (!isRecord(value)) {
    throw damaged(file, "it is no object with the lists 'train' and 'test'");
  }
  return value;
}

function entriesOf(file: string, json: Entry, split: Split): readonly Entry[] {
  const list = json[split];
  if (!Array.isArray(list)) {
    throw damaged(file, `it has no list '${split}'`);
  }
  const odd = list.findIndex((entry) => !isRecord(entry));
  if (odd >= 0) {
    throw damaged(file, `${split}[${odd}] is no object`);
  }
  return list as readonly Entry[];
}

/** One entry of a list, with what is needed to make a sample of it. */
interface Place {
  readonly file: string;
  /** Folder of the class's pictures. */
  readonly folder: string;
  readonly className: string;
  readonly split: 'train' | 'test';
  readonly at: string;
}

function text(entry: Entry, key: string, { file, at }: Place): string {
  const value = entry[key];
  if (typeof value !== 'string' || value === '') {
    throw damaged(file, `${at}.${key} is no text`);
  }
  return value;
}

function toSample(entry: Entry, where: Place, report: ReadContext['report']): Sample | undefined {
  const { file, folder, className, split, at } = where;
  const kind = text(entry, 'anomaly_class', where);
  const image = text(entry, 'image_path', where);
  const path = join(folder, image);
  const label = kind === NORMAL ? 0 : 1;
  if (split === 'train' && label === 1) {
    report('DATASET_LAYOUT', path, `${file}: ${at} is to be trained on but is of the kind '${kind}'`);
    return undefined;
  }
  const view = /_(C\d+)_/.exec(stem(image))?.[1];
  const base = { path, className, split, label, defect: label === 0 ? 'good' : kind, group: dirname(image) } as const;
  const sample: Sample = view === undefined ? base : { ...base, view };
  if (label === 0) {
    return sample;
  }
  const mask = entry.mask_path;
  if (typeof mask === 'string' && mask !== '') {
    return { ...sample, mask: join(folder, mask) };
  }
  reportMissing(report, path, `one in ${file}, ${at}.mask_path`);
  return sample;
}

async function findPictures(root: string, className: string, { folders }: ReadContext): Promise<string> {
  for (const size of SIZES) {
    if (await folders.isFolder(join(root, size, className))) {
      return size;
    }
  }
  const message = `The class '${className}' has no folder ${join(root, SIZES[0], className)}`;
  throw new DinomalyError('DATASET_LAYOUT', message);
}

async function read(root: string, file: string, className: string, context: ReadContext): Promise<ClassSamples> {
  const size = await findPictures(root, className, context);
  const json = await readJson(file);
  const samples: Sample[] = [];
  for (const split of ['train', 'test'] as const) {
    for (const [index, entry] of entriesOf(file, json, split).entries()) {
      const where = { file, folder: join(root, size, className), className, split, at: `${split}[${index}]` };
      const sample = toSample(entry, where, context.report);
      if (sample !== undefined) {
        samples.push(sample);
      }
    }
  }
  const note = `Real-IAD: the pictures of ${size} are read; the authors take ${SIZES[0]}.`;
  return { samples, hasSplit: true, notes: size === SIZES[0] ? [] : [note] };
}

async function find(root: string, { folders }: ReadContext): Promise<FoundClass[]> {
  const outer = join(root, JSONS);
  const inner = join(outer, JSONS);
  const folder = (await folders.folders(outer)).includes(JSONS) ? inner : outer;
  const files = (await folders.list(folder))?.files.filter((name) => name.endsWith('.json')) ?? [];
  return files.map((name) => ({
    name: stem(name),
    path: root,
    read: (context) => read(root, join(folder, name), stem(name), context),
  }));
}

/** The Real-IAD layout. */
export const realIad: Layout<'real-iad'> = {
  format: 'real-iad',
  shape: 'realiad_jsons/realiad_jsons/<class>.json, realiad_1024/<class>',
  find,
};
