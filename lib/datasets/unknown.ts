/** The message for a root that fits no layout: what is there, and what it was most likely meant to be. */
import { extname, join } from 'node:path';
import { counted, listed } from '../lists.js';
import { type Folders, isImageName } from './files.js';
import { LAYOUTS } from './layouts.js';
import type { DatasetFormat } from './types.js';

const ONE_CLASS = 'good pictures in ROOT/good and bad ones, if there are any, in ROOT/bad';
const SEVERAL =
  'for each kind of part a folder, with good pictures in ROOT/<part>/good and bad ones in ROOT/<part>/bad';

async function pictures(folder: string, folders: Folders): Promise<number> {
  return (await folders.images(folder))?.length ?? 0;
}

/** What lies in a root, in words. */
async function describeContent(root: string, folders: Folders): Promise<string> {
  const listing = await folders.list(root);
  if (listing === undefined) {
    return 'it is a file';
  }
  const inside: string[] = [];
  for (const name of listing.folders) {
    inside.push(`${name} (${counted(await pictures(join(root, name), folders), 'picture')})`);
  }
  const files = listing.files.filter((name) => !isImageName(name));
  const kinds = [...new Set(files.map((name) => extname(name).toLowerCase() || name))];
  const parts = [
    ...(inside.length === 0 ? [] : [`the folder${inside.length === 1 ? '' : 's'} ${listed(inside, 6)}`]),
    ...(files.length === 0
      ? []
      : [`${counted(files.length, 'file')} that cannot be read as pictures (${listed(kinds, 6)})`]),
  ];
  return parts.length === 0 ? 'it is empty' : `it holds ${parts.join(' and ')}`;
}

/** Why a root is not a dataset, and what to do. */
export async function describeUnknown(
  root: string,
  format: DatasetFormat | undefined,
  folders: Folders,
): Promise<string> {
  const content = await describeContent(root, folders);
  if (format !== undefined) {
    const shape = LAYOUTS.find((layout) => layout.format === format)?.shape ?? '';
    return `${root} has no classes in the layout ${format} (${shape}): ${content}`;
  }
  if (!(await folders.isFolder(root))) {
    return `${root} is not a dataset: it is a file, but not a manifest (.csv, .jsonl or .ndjson). Give a folder, or a manifest.`;
  }
  const likely = `Either put ${ONE_CLASS}; or ${SEVERAL}`.replaceAll('ROOT', root);
  return `${root} is not a dataset in a known layout: ${content}. ${likely}. docs/datasets.md has all layouts.`;
}
