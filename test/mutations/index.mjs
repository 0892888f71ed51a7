// Faults that are planted one by one to see that a named test catches each (`npm run mutate`). A fault that no test catches
// is a test that is missing; a text that no longer stands in its file is a fault to be planted anew.
import { decisions } from './decisions.mjs';
import { kernels } from './kernels.mjs';
import { masks } from './masks.mjs';
import { metrics } from './metrics.mjs';
import { network } from './network.mjs';
import { ownSets } from './own-sets.mjs';
import { pictures } from './pictures.mjs';
import { tiles } from './tiles.mjs';
import { training } from './training.mjs';

/** @type {readonly import('./tests.mjs').Mutation[]} */
export const mutations = [
  ...network,
  ...kernels,
  ...training,
  ...pictures,
  ...masks,
  ...ownSets,
  ...metrics,
  ...decisions,
  ...tiles,
];
