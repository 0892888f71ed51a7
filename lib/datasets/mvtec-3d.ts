/** MVTec 3D-AD: `<class>/{train,validation,test}/<defect>/{rgb,gt,xyz}`; the colour pictures alone are read. */
import { join } from 'node:path';
import type { Folders } from './files.js';
import { pairByStem } from './masks.js';
import { mvtecShaped } from './mvtec-shape.js';

async function has3d(folder: string, folders: Folders): Promise<boolean | undefined> {
  let seen = false;
  for (const split of ['train', 'validation', 'test']) {
    for (const kind of await folders.folders(join(folder, split))) {
      seen = true;
      if ((await folders.folders(join(folder, split, kind))).includes('rgb')) {
        return true;
      }
    }
  }
  return seen ? false : undefined;
}

/** The MVTec 3D-AD layout. */
export const mvtec3d = mvtecShaped(
  'mvtec-3d',
  { shape: '<class>/{train,validation,test}/<defect>/{rgb,gt}', refines: 'mvtec' },
  {
    inside: 'rgb',
    isClass: has3d,
    pair: (context, { path, defect, pictures }) => pairByStem(context, pictures, join(path, 'test', defect, 'gt')),
  },
);
