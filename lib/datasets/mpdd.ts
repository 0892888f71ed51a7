/** MPDD: MVTec-AD's shape; told from it by the names of the classes. */
import { mvtecShaped } from './mvtec-shape.js';

const NAMES = 'bracket_black bracket_brown bracket_white connector metal_plate tubes';

/** The MPDD layout. */
export const mpdd = mvtecShaped(
  'mpdd',
  {
    shape: '<class>/train/good, <class>/test/<defect>, <class>/ground_truth/<defect>, with the classes of MPDD',
    refines: 'mvtec',
  },
  { names: NAMES.split(' ') },
);
