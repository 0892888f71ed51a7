/** MVTec-AD: `<class>/train/good`, `<class>/test/<defect>`, `<class>/ground_truth/<defect>/<stem>_mask.png`. */
import { mvtecShaped } from './mvtec-shape.js';

/** The MVTec-AD layout. */
export const mvtec = mvtecShaped(
  'mvtec',
  { shape: '<class>/train/good, <class>/test/<defect>, <class>/ground_truth/<defect>' },
  {},
);
