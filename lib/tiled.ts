/** Scores a picture in its tiles: each is a picture of its own to the network, and their maps become one. */
import { call } from './binding/call.js';
import { binding } from './binding/load.js';
import type { NativeTileBlend } from './binding/map-types.js';
import type { NativeImage, NativeModel, NativeScore, NativeStop } from './binding/types.js';
import { DinomalyError } from './errors.js';
import { mapAhead } from './gate.js';
import { tileAxes } from './maps/tile-axes.js';
import { pictureGeometry, type Tile, tileCount, tilesOf } from './maps/tiles.js';
import type { Geometry } from './options/types.js';

/** What is to be scored. */
export interface TiledInput {
  readonly native: Pick<NativeModel, 'score'>;
  readonly pixels: NativeImage;
  readonly geometry: Geometry;
  /** Of the picture, for messages. */
  readonly name: string;
  /** Tiles that are in the network or wait for it at once: other pictures of the model take turns with them. */
  readonly ahead: number;
  readonly owner: 'Model' | 'Trainer';
  readonly signal: AbortSignal | undefined;
  /** Told when the picture, or its first tile, waits for the network. */
  readonly onQueued?: ((stop: NativeStop | undefined) => void) | undefined;
}

/** A part of a picture, viewed where it lies. */
export function viewTile({ data, width, channels }: NativeImage, tile: Tile): NativeImage {
  const stride = width * channels;
  const begin = tile.top * stride + tile.left * channels;
  const end = begin + (tile.height - 1) * stride + tile.width * channels;
  return { data: data.subarray(begin, end), width: tile.width, height: tile.height, channels, stride };
}

/**
 * Refuses a picture of several tiles where one is looked at.
 *
 * @throws DinomalyError `TOO_MANY_TILES`
 */
export function checkOneTile(picture: NativeImage, geometry: Geometry, name: string): void {
  const count = tileCount(picture, geometry);
  if (count > 1) {
    const message =
      `${name} of ${picture.width} x ${picture.height} pixels is inspected in ${count} tiles, and attention and features are ` +
      'those of one: cut out the part that matters, and give its pixels.';
    throw new DinomalyError('TOO_MANY_TILES', message);
  }
}

/** Hands pixels to the network. */
function ask(
  { native, owner, onQueued }: TiledInput,
  pixels: NativeImage,
  signal: AbortSignal | undefined,
  first = true,
) {
  return call(
    (stop) => {
      const found = native.score(pixels, stop);
      if (first) {
        onQueued?.(stop);
      }
      return found;
    },
    { signal, owner },
  );
}

/** What the tiles say beside their maps. */
class Tally {
  readonly #tiles: Pick<NativeScore, 'queuedMs' | 'batch'>[] = [];
  readonly #sums: number[] = [];

  add({ features, queuedMs, batch }: NativeScore): void {
    this.#tiles.push({ queuedMs, batch });
    for (const [at, value] of features.entries()) {
      this.#sums[at] = (this.#sums[at] ?? 0) + value;
    }
  }

  /** The picture shows as a whole what its tiles show in the mean. */
  get features(): Float32Array {
    return Float32Array.from(this.#sums, (sum) => sum / this.#tiles.length);
  }

  /** Of the first tile: the others wait while it is computed. */
  get queuedMs(): number {
    return this.#tiles[0]?.queuedMs ?? 0;
  }

  get batch(): number {
    return Math.max(...this.#tiles.map(({ batch }) => batch));
  }
}

async function blendTiles(input: TiledInput, tiles: readonly Tile[], blend: NativeTileBlend): Promise<Tally> {
  const { pixels, owner, signal, ahead } = input;
  const tally = new Tally();
  const work = (tile: Tile, own: AbortSignal): Promise<NativeScore> =>
    ask(input, viewTile(pixels, tile), own, tile === tiles[0]);
  for await (const outcome of mapAhead(tiles, ahead, work, signal)) {
    if (!outcome.ok) {
      throw outcome.error;
    }
    await call(() => blend.add(outcome.index, outcome.value), { owner });
    tally.add(outcome.value);
  }
  return tally;
}

/**
 * Scores a picture as its geometry says: as one, or tile by tile. A tile that fails is the failure of the picture.
 *
 * @throws DinomalyError `TOO_MANY_TILES`, and as `model.score`
 */
export async function scoreTiled(input: TiledInput): Promise<NativeScore> {
  const { pixels, geometry, name, owner, signal } = input;
  const tiles = tilesOf(pixels, geometry, name);
  if (tiles.length === 1) {
    return ask(input, pixels, signal);
  }
  const started = performance.now();
  const whole = pictureGeometry(pixels, geometry);
  const [down, across] = tileAxes(pixels, geometry, whole);
  const [height, width] = geometry.map;
  const blend = new (binding().TileBlend)(down, across, height, width);
  const tally = await blendTiles(input, tiles, blend);
  const blended = await call((stop) => blend.finish(geometry.scoreRatio, whole.counted, stop), { signal, owner });
  const { features, queuedMs, batch } = tally;
  return { ...blended, features, queuedMs, computeMs: performance.now() - started - queuedMs, batch };
}
