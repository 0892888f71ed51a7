/** Where the test pictures are anomalous: their masks at map size, and which of these are to be doubted. */
import { call } from '../binding/call.js';
import type { NativeBinding } from '../binding/types.js';
import { masksOf } from '../datasets/check.js';
import type { Sample } from '../datasets/types.js';
import { decodingOf } from '../image/decoding.js';
import { decodeMask } from '../image/mask.js';
import type { PictureSize } from '../image/size.js';
import { pictureGeometry } from '../maps/tiles.js';
import type { Model } from '../model.js';
import type { Geometry } from '../options/types.js';
import { DOUBTS, type MaskConvention, type MaskDoubt } from './types.js';

/** A picture's masks, united at map size. */
export interface Truth {
  /** 1 where the picture is anomalous; null for an anomalous one without a mask. */
  readonly mask: Uint8Array | null;
  readonly doubts: readonly MaskDoubt[];
}

/** Of a picture that is one tile whatever its size. */
const NO_SIZE: PictureSize = { width: 1, height: 1 };

const UNKNOWN: Truth = { mask: null, doubts: [] };

/** Reads the masks of pictures. */
export class TruthReader {
  readonly #native: NativeBinding;
  readonly #model: Model;
  readonly #convention: MaskConvention;
  readonly #sizes: ReadonlyMap<Sample | undefined, PictureSize>;
  /** Of normal pictures; most have the size of the last one. */
  #clean: { readonly mask: Uint8Array } & Truth = { mask: new Uint8Array(0), doubts: [] };

  /** @param sizes - of the pictures */
  constructor(
    native: NativeBinding,
    model: Model,
    convention: MaskConvention,
    sizes: ReadonlyMap<Sample | undefined, PictureSize>,
  ) {
    this.#native = native;
    this.#model = model;
    this.#convention = convention;
    this.#sizes = sizes;
  }

  /** The union of a picture's masks; no anomalous pixel for a normal one. */
  async read(sample: Sample): Promise<Truth> {
    const paths = masksOf(sample);
    const size = this.#sizes.get(sample);
    const geometry = this.#geometryOf(sample);
    const pixels = this.pixelsOf(sample);
    if (paths.length === 0) {
      return sample.label === 0 ? this.#cleanOf(pixels) : UNKNOWN;
    }
    const union = new Uint8Array(pixels);
    let fits = true;
    for (const path of paths) {
      const mask = await decodeMask(path, { ...decodingOf(this.#model), values: sample.maskValues });
      fits &&= size === undefined || (mask.width === size.width && mask.height === size.height);
      const prepare = (): Promise<Uint8Array> => this.#native.prepareMask(mask, geometry, this.#convention);
      const prepared = await call(prepare, { owner: 'Evaluator' });
      for (let at = 0; at < union.length; at++) {
        union[at] = (union[at] ?? 0) | (prepared[at] ?? 0);
      }
    }
    return { mask: union, doubts: doubtsOf(union, fits) };
  }

  /** Pixels of the picture's map. */
  pixelsOf(sample: Sample): number {
    const [height, width] = this.#geometryOf(sample).map;
    return height * width;
  }

  #geometryOf(sample: Sample): Geometry {
    const { geometry } = this.#model;
    return { ...geometry, ...pictureGeometry(this.#sizes.get(sample) ?? NO_SIZE, geometry) };
  }

  #cleanOf(pixels: number): Truth {
    if (this.#clean.mask.length !== pixels) {
      this.#clean = { mask: new Uint8Array(pixels), doubts: [] };
    }
    return this.#clean;
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
