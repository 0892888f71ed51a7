/** What a dataset says of itself, in sentences for reports and notes. */
import type { Dataset, MadeSplit } from './types.js';

function percent(share: number): string {
  return `${Number((100 * share).toFixed(2))} %`;
}

/** The split that was made, as one sentence. */
export function describeSplit({ seed, from, train, validation }: MadeSplit): string {
  if (from === 'train') {
    return `Held out with seed ${seed}: ${percent(validation)} of the training pictures.`;
  }
  const held = validation === 0 ? '' : `, ${percent(validation)} held out`;
  return `Split with seed ${seed}, as the set brings none: ${percent(train)} of the normal pictures are trained on${held}.`;
}

/** What a reader of the figures must know of the set: a split that was made, and where its reading differs from the authors'. */
export function remarksOf({ madeSplit, notes }: Dataset): readonly string[] {
  return [...(madeSplit === null ? [] : [describeSplit(madeSplit)]), ...notes];
}
