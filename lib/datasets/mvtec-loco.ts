/**
 * MVTec LOCO AD: MVTec-AD with `validation/good`, and with a folder of masks for each anomalous picture,
 * `ground_truth/<defect>/<stem>/NNN.png`: their union is what is anomalous.
 */
import { join } from 'node:path';
import { type Folders, stem } from './files.js';
import type { ReadContext } from './layout.js';
import { reportMissing } from './masks.js';
import { type DefectFolder, mvtecShaped, type Pairs } from './mvtec-shape.js';

const KINDS = ['logical_anomalies', 'structural_anomalies'];

async function isLoco(folder: string, folders: Folders): Promise<boolean | undefined> {
  const kinds = await folders.folders(join(folder, 'test'));
  return kinds.length === 0 ? undefined : kinds.some((name) => KINDS.includes(name));
}

async function pairFolders({ folders, report }: ReadContext, folder: DefectFolder): Promise<Pairs> {
  const truth = join(folder.path, 'ground_truth', folder.defect);
  const pairs = new Map<string, readonly string[]>();
  for (const picture of folder.pictures) {
    const own = join(truth, stem(picture));
    const masks = (await folders.images(own)) ?? [];
    if (masks.length === 0) {
      reportMissing(report, picture, `masks such as ${join(own, '000.png')}`);
    } else {
      pairs.set(picture, masks);
    }
  }
  return pairs;
}

/** The MVTec LOCO AD layout. */
export const mvtecLoco = mvtecShaped(
  'mvtec-loco',
  {
    shape:
      '<class>/{train,validation}/good, <class>/test/{logical,structural}_anomalies, <class>/ground_truth/<defect>/<stem>',
    refines: 'mvtec',
  },
  {
    isClass: isLoco,
    pair: pairFolders,
    notes: ['MVTec LOCO AD: the masks of a picture count together; the authors take 000.png only.'],
  },
);
