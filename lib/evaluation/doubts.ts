/** Masks that make the pixel metrics doubtful: gathered while pictures are scored, and told. */
import { listed } from '../lists.js';
import { DOUBTS, type DoubtfulMasks, type Evaluation, type MaskDoubt } from './types.js';

/** Pictures by what their masks are doubted for. */
export class Doubts {
  readonly #lists: Readonly<Record<MaskDoubt, string[]>> = { empty: [], full: [], otherSize: [] };

  add(path: string, doubts: readonly MaskDoubt[]): void {
    for (const doubt of doubts) {
      this.#lists[doubt].push(path);
    }
  }

  get lists(): DoubtfulMasks {
    return this.#lists;
  }
}

const WORDS: Readonly<Record<MaskDoubt, string>> = {
  empty: 'leaves no anomalous pixel on the map: it is empty, outside the crop or too small',
  full: 'covers the whole map',
  otherSize: 'has another size than the picture, and was stretched over it',
};

/** A sentence a doubt, with the first pictures and their count; results of older versions have no such lists. */
export function describeDoubts(evaluation: Partial<Pick<Evaluation, 'doubtfulMasks'>>): string[] {
  const doubtful = evaluation.doubtfulMasks ?? new Doubts().lists;
  return DOUBTS.filter((doubt) => doubtful[doubt].length > 0).map((doubt) => {
    const paths = doubtful[doubt];
    const count = paths.length === 1 ? 'one anomalous picture' : `${paths.length} anomalous pictures`;
    return `The mask of ${count} ${WORDS[doubt]}. The pixel metrics are doubtful: ${listed(paths)}`;
  });
}
