/** The parts that large pictures are inspected in. Types only. */
import type { ExtentOption } from '../check.js';

/** In which parts a picture is inspected: of a size, or as `'auto'` chooses by the size of the picture. */
export type Tiles =
  | 'auto'
  | {
      /** Of a tile, in pixels of the picture. */
      readonly size: readonly [height: number, width: number];
      /** Pixels of the picture that neighbours both see. */
      readonly overlap: number;
    };

/** The option `tiles`. */
export type TilesOption =
  | 'auto'
  | {
      /** Side of a square, or `[height, width]`, in pixels of the picture; at least the patch. */
      readonly size: ExtentOption;
      /**
       * Pixels of the picture that neighbours both see; at most half of what is seen of a tile. Twice the size of the largest
       * defect that matters is best. Default: an eighth of what is seen of a tile.
       */
      readonly overlap?: number | undefined;
    };
