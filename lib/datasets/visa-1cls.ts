/**
 * VisA as it is converted for one-class training: MVTec-AD's shape, with `test/bad` and masks `ground_truth/bad/<stem>.png`
 * that are 0 and 255 already. Nothing but the names of the classes tells it from MVTec-AD.
 */
import { VISA } from './benchmark-classes.js';
import { mvtecShaped } from './mvtec-shape.js';

/** The layout of the converted VisA. */
export const visa1cls = mvtecShaped(
  'visa-1cls',
  {
    shape: '<class>/train/good, <class>/test/{good,bad}, <class>/ground_truth/bad, with the classes of VisA',
    refines: 'mvtec',
  },
  { names: VISA },
);
