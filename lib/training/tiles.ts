/** What a trainer sees of its pictures: each tile is a sample of its own. */
import type { NativeImage } from '../binding/types.js';
import type { Sample } from '../datasets/types.js';
import type { PictureSize } from '../image/size.js';
import { type Tile, tilesOf } from '../maps/tiles.js';
import type { Geometry } from '../options/types.js';
import { viewTile } from '../tiled.js';

/** Bytes of decoded pictures kept for their other tiles. */
const KEPT_BYTES = 256 * 2 ** 20;

/** Decodes a picture. */
export type DecodePicture = (picture: number) => Promise<NativeImage>;

function bytesOf({ width, height }: Pick<PictureSize, 'width' | 'height'>): number {
  return 3 * width * height;
}

/** A tile in memory of its own: the picture may go. */
function copyTile(picture: NativeImage, tile: Tile): NativeImage {
  const { data, width, height, channels, stride = 0 } = viewTile(picture, tile);
  const row = width * channels;
  const copy = new Uint8Array(height * row);
  for (let y = 0; y < height; y++) {
    copy.set(data.subarray(y * stride, y * stride + row), y * row);
  }
  return { data: copy, width, height, channels };
}

/** The tiles of a training set, numbered picture by picture. */
export class TrainingTiles {
  readonly #tiles: readonly (readonly Tile[])[];
  readonly #owners: Uint32Array;
  readonly #firsts: readonly number[];
  readonly #sizes: readonly PictureSize[];
  readonly #decode: DecodePicture;
  /** Pictures that were decoded, the latest last. */
  readonly #kept = new Map<number, Promise<NativeImage>>();

  /** @throws DinomalyError `TOO_MANY_TILES` */
  constructor(samples: readonly Sample[], sizes: readonly PictureSize[], geometry: Geometry, decode: DecodePicture) {
    this.#sizes = sizes;
    this.#decode = decode;
    this.#tiles = sizes.map((size, at) => tilesOf(size, geometry, samples[at]?.path ?? ''));
    let count = 0;
    this.#firsts = this.#tiles.map(({ length }) => (count += length) - length);
    this.#owners = new Uint32Array(count);
    for (const [picture, { length }] of this.#tiles.entries()) {
      const first = this.#firsts[picture] ?? 0;
      this.#owners.fill(picture, first, first + length);
    }
  }

  get count(): number {
    return this.#owners.length;
  }

  /** Bytes of a tile once decoded. */
  bytesOf(index: number): number {
    return bytesOf(this.#at(index).tile);
  }

  /** The pixels of a tile. Pictures of several tiles are kept as far as 256 MiB go. */
  async decode(index: number): Promise<NativeImage> {
    const { picture, tile } = this.#at(index);
    return this.#tiles[picture]?.length === 1 ? this.#decode(picture) : copyTile(await this.#take(picture), tile);
  }

  #at(index: number): { readonly picture: number; readonly tile: Tile } {
    const picture = this.#owners[index] ?? 0;
    const tile = this.#tiles[picture]?.[index - (this.#firsts[picture] ?? 0)];
    return { picture, tile: tile ?? { top: 0, left: 0, width: 0, height: 0 } };
  }

  #take(picture: number): Promise<NativeImage> {
    const taken = this.#kept.get(picture) ?? this.#decode(picture);
    this.#kept.delete(picture);
    this.#kept.set(picture, taken);
    let bytes = [...this.#kept.keys()].reduce((sum, one) => sum + bytesOf(this.#sizes[one] ?? { width: 0, height: 0 }), 0);
    for (const oldest of this.#kept.keys()) {
      if (bytes <= KEPT_BYTES) {
        break;
      }
      bytes -= bytesOf(this.#sizes[oldest] ?? { width: 0, height: 0 });
      this.#kept.delete(oldest);
    }
    return taken;
  }
}
