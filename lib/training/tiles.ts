/** What a trainer sees of its pictures: each tile is a sample of its own. */
import type { NativeImage } from '../binding/types.js';
import type { Sample } from '../datasets/types.js';
import { DinomalyError } from '../errors.js';
import type { PictureSize } from '../image/size.js';
import { type Tile, tilesOf } from '../maps/tiles.js';
import type { Geometry } from '../options/types.js';
import { viewTile } from '../tiled.js';

const NO_SIZE: PictureSize = { width: 0, height: 0 };
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
  readonly #samples: readonly Sample[];
  readonly #sizes: readonly PictureSize[];
  readonly #geometry: Geometry;
  readonly #decode: DecodePicture;
  /** Of each picture, the number of its first tile; and of each tile, its picture. */
  readonly #firsts: Uint32Array;
  readonly #pictures: Uint32Array;
  /** Pictures that were decoded, the latest last. */
  readonly #kept = new Map<number, Promise<NativeImage>>();

  /** @throws DinomalyError `TOO_MANY_TILES` */
  constructor(samples: readonly Sample[], sizes: readonly PictureSize[], geometry: Geometry, decode: DecodePicture) {
    this.#samples = samples;
    this.#sizes = sizes;
    this.#geometry = geometry;
    this.#decode = decode;
    const counts = sizes.map((_, picture) => this.#tilesOf(picture).length);
    this.#firsts = new Uint32Array(sizes.length);
    this.#pictures = new Uint32Array(counts.reduce((sum, count) => sum + count, 0));
    let first = 0;
    for (const [picture, count] of counts.entries()) {
      this.#firsts[picture] = first;
      this.#pictures.fill(picture, first, first + count);
      first += count;
    }
  }

  get count(): number {
    return this.#pictures.length;
  }

  /** Bytes of a tile once decoded. */
  bytesOf(index: number): number {
    return bytesOf(this.#place(index).tile);
  }

  /** The pixels of a tile. Pictures of several tiles are kept as far as 256 MiB go. */
  async decode(index: number): Promise<NativeImage> {
    const { picture, tile, alone } = this.#place(index);
    return alone ? this.#decode(picture) : copyTile(await this.#take(picture), tile);
  }

  #tilesOf(picture: number): Tile[] {
    return tilesOf(this.#sizes[picture] ?? NO_SIZE, this.#geometry, this.#samples[picture]?.path ?? '');
  }

  #place(index: number): { readonly picture: number; readonly tile: Tile; readonly alone: boolean } {
    const picture = this.#pictures[index];
    const tiles = picture === undefined ? [] : this.#tilesOf(picture);
    const tile = tiles[index - (this.#firsts[picture ?? 0] ?? 0)];
    if (picture === undefined || tile === undefined) {
      throw new DinomalyError('INTERNAL', `The trainer asked for tile ${index} of ${this.count}.`);
    }
    return { picture, tile, alone: tiles.length === 1 };
  }

  #take(picture: number): Promise<NativeImage> {
    const taken = this.#kept.get(picture) ?? this.#decode(picture);
    this.#kept.delete(picture);
    this.#kept.set(picture, taken);
    const bytes = (kept: number): number => bytesOf(this.#sizes[kept] ?? NO_SIZE);
    let sum = [...this.#kept.keys()].reduce((total, kept) => total + bytes(kept), 0);
    for (const oldest of this.#kept.keys()) {
      if (sum <= KEPT_BYTES) {
        break;
      }
      sum -= bytes(oldest);
      this.#kept.delete(oldest);
    }
    return taken;
  }
}
