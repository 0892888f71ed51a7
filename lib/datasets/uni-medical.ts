/**
 * Uni-Medical (brain, liver, retinal): MVTec-AD's shape. Masks go by stem where every picture of a kind has one of its
 * name; elsewhere the n-th mask is the n-th picture's, as the authors pair them.
 */
import { basename, join } from 'node:path';
import { stem } from './files.js';
import type { ReadContext } from './layout.js';
import { byStem, pairByStem } from './masks.js';
import { type DefectFolder, mvtecShaped, type Pairs } from './mvtec-shape.js';

async function pairByStemOrOrder(context: ReadContext, folder: DefectFolder, notes: string[]): Promise<Pairs> {
  const { path, defect, pictures } = folder;
  const truth = join(path, 'ground_truth', defect);
  const masks = (await context.folders.images(truth)) ?? [];
  const names = byStem(masks);
  const matches = pictures.every((picture) => names.has(stem(picture)) || names.has(`${stem(picture)}_mask`));
  if (matches || masks.length !== pictures.length) {
    return pairByStem(context, pictures, truth);
  }
  notes.push(
    `Uni-Medical: the masks of ${basename(path)}/${defect} are paired with the pictures by sorted order, as the authors do.`,
  );
  return new Map(pictures.map((picture, at) => [picture, masks[at] ?? []]));
}

/** The Uni-Medical layout. */
export const uniMedical = mvtecShaped(
  'uni-medical',
  { shape: '{brain,liver,retinal}/train/good, <class>/test/<defect>, <class>/ground_truth/<defect>', refines: 'mvtec' },
  { names: ['brain', 'liver', 'retinal'], pair: pairByStemOrOrder },
);
