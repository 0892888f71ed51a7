/** Where the test pictures are anomalous: their masks at map size, and which of these are to be doubted. */
import { call } from '../binding/call.js';
import type { NativeBinding } from '../binding/types.js';
import { masksOf } from '../datasets/check.js';
import type { Sample } from '../datasets/types.js';
import { decodeMask } from '../image/mask.js';
import type { PictureSize } from '../image/size.js';
import type { Model } from '../model.js';
import { DOUBTS, type MaskConvention, type MaskDoubt } from './types.js';

/** A picture's masks, united at map size. */
export interface Truth {
  /** 1 where the picture is anomalous. */
  readonly mask: Uint8Array;
  readonly doubts: readonly MaskDoubt[];
}

/** Reads the masks of pictures. */
export class TruthReader {
  readonly #native: NativeBinding;
  readonly #model: Model;
  readonly #convention: MaskConvention;
  readonly #sizes: ReadonlyMap<Sample | undefined, PictureSize>;
  readonly #clean: Truth;

  /** @param sizes - of the pictures */
  constructor(
    native: NativeBinding,
    model: Model,
    convention: MaskConvention,
    sizes: ReadonlyMap<Sample | undefined, PictureSize>,
  ) {
    const [height, width] = model.geometry.map;
    this.#native = native;
    this.#model = model;
    this.#convention = convention;
    this.#sizes = sizes;
    this.#clean = { mask: new Uint8Array(height * width), doubts: [] };
  }

  /** The union of a picture's masks; nothing for a normal one. */
  async read(sample: Sample): Promise<Truth> {
    const { pixelLimit, geometry } = this.#model;
    const paths = masksOf(sample);
    if (paths.length === 0) {
      return this.#clean;
    }
    const size = this.#sizes.get(sample);
    const union = new Uint8Array(this.#clean.mask.length);
    let fits = true;
    for (const path of paths) {
      const mask = await decodeMask(path, { pixelLimit, values: sample.maskValues });
      fits &&= size === undefined || (mask.width === size.width && mask.height === size.height);
      const prepare = (): Promise<Uint8Array> => this.#native.prepareMask(mask, geometry, this.#convention);
      const prepared = await call(prepare, { owner: 'Evaluator' });
      for (let at = 0; at < union.length; at++) {
        union[at] = (union[at] ?? 0) | (prepared[at] ?? 0);
      }
    }
    return { mask: union, doubts: doubtsOf(union, fits) };
  }
}

function doubtsOf(mask: Uint8Array, fits: boolean): MaskDoubt[] {
  const found: Readonly<Record<MaskDoubt, boolean>> = {
    empty: !mask.includes(1),
    full: !mask.includes(0),
    otherSize: !fits,
  };
  return DOUBTS.filter((doubt) => found[doubt]);
}
