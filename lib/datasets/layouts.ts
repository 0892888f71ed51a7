/** Every layout. A new one is a file of its own and a line here. */
import { btad } from './btad.js';
import { folder } from './folder.js';
import { kolektor } from './kolektor.js';
import type { Layout } from './layout.js';
import { magneticTile } from './magnetic-tile.js';
import { manifest } from './manifest.js';
import { mpdd } from './mpdd.js';
import { mvtec } from './mvtec.js';
import { mvtec3d } from './mvtec-3d.js';
import { mvtecLoco } from './mvtec-loco.js';
import { realIad } from './real-iad.js';
import type { DatasetFormat } from './types.js';
import { uniMedical } from './uni-medical.js';
import { visa } from './visa.js';
import { visa1cls } from './visa-1cls.js';

/** All layouts, in the order of the documentation. */
export const LAYOUTS = [
  mvtec,
  mvtecLoco,
  mvtec3d,
  visa,
  visa1cls,
  realIad,
  mpdd,
  btad,
  uniMedical,
  kolektor,
  magneticTile,
  folder,
  manifest,
] as const satisfies readonly Layout<DatasetFormat>[];

/** Every name that `format` takes. */
export const datasetFormats: readonly DatasetFormat[] = LAYOUTS.map((layout) => layout.format);
