/** BTAD: `<class>/{train/ok, test/{ok,ko}, ground_truth/ko}`, with BMP and PNG side by side. */
import { join } from 'node:path';
import type { Folders } from './files.js';
import { mvtecShaped } from './mvtec-shape.js';

async function hasOkOrKo(folder: string, folders: Folders): Promise<boolean | undefined> {
  const kinds = [...(await folders.folders(join(folder, 'train'))), ...(await folders.folders(join(folder, 'test')))];
  return kinds.length === 0 ? undefined : kinds.every((kind) => kind === 'ok' || kind === 'ko');
}

/** The BTAD layout. */
export const btad = mvtecShaped(
  'btad',
  { shape: '<class>/train/ok, <class>/test/{ok,ko}, <class>/ground_truth/ko', refines: 'mvtec' },
  { normal: 'ok', isClass: hasOkOrKo },
);
