/** The three small pictures of a gallery entry: what was scored, where the defect is, and where the model sees one. */
import type { NativeImage } from '../../binding/types.js';
import { namedMasks } from '../../datasets/check.js';
import type { Sample } from '../../datasets/types.js';
import type { MaskConvention } from '../../evaluation/types.js';
import type { Decoding } from '../../image/decoding.js';
import { decodeMask, levelAt } from '../../image/mask.js';
import type { PictureSize } from '../../image/size.js';
import { encodeFlat, encodeThumbnail, shrink, type Thumbnail, thumbnailSize } from '../../image/thumbnail.js';
import { decodeImage } from '../../image.js';
import type { MapModel } from '../../maps/types.js';
import { type HeatmapScale, turnAt } from '../colour-scale.js';
import { type HeatmapOptions, layHeatmap } from '../heatmap.js';
import type { JudgedMap } from '../judged.js';

/** Longest side of a thumbnail in pixels, unless it is far from square. */
export const THUMBNAIL_SIDE = 384;

/** What could be shown of a picture. */
export interface Shots {
  /** Null when the file could not be read again. */
  readonly picture: Thumbnail | null;
  /** Null where the picture names no mask, or it could not be read. */
  readonly mask: Thumbnail | null;
  readonly heatmap: Thumbnail | null;
}

/** How to render. */
export interface ShotOptions {
  readonly maskConvention: MaskConvention;
  readonly decoding: Decoding;
  /** Of the colours of the class's heatmaps; a picture's own turn warm where its verdict shows. */
  readonly scale: HeatmapScale;
}

/** Where a channel of a mask is anomalous, as the metrics take it. */
const ABOVE = { any: 0, half: 127 } as const;

/**
 * Paints the anomalous pixels of a mask white. A thumbnail's pixel is white when any under it is: a scratch one pixel wide
 * must not vanish.
 */
export function paintMask(canvas: NativeImage, mask: NativeImage, above: number): void {
  const { data, width, height, channels } = mask;
  for (let y = 0; y < height; y++) {
    const row = Math.floor((y * canvas.height) / height) * canvas.width;
    for (let x = 0; x < width; x++) {
      if (levelAt(data, channels * (y * width + x), channels) > above) {
        const to = 3 * (row + Math.floor((x * canvas.width) / width));
        canvas.data.fill(255, to, to + 3);
      }
    }
  }
}

async function renderMask(sample: Sample, size: PictureSize, options: ShotOptions): Promise<Thumbnail | null> {
  const paths = sample.label === 1 ? namedMasks(sample) : [];
  if (paths.length === 0) {
    return null;
  }
  // Of the size by name: what is given may be a picture, whose pixels must stay out.
  const { width, height } = size;
  const canvas: NativeImage = { data: new Uint8Array(3 * width * height), width, height, channels: 3 };
  for (const path of paths) {
    const mask = await decodeMask(path, { ...options.decoding, values: sample.maskValues });
    paintMask(canvas, mask, ABOVE[options.maskConvention]);
  }
  return encodeFlat(canvas);
}

/** Null in place of a failure: a report of hours of work does not end at a picture that has gone. */
async function orNull<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch {
    return null;
  }
}

/** A picture as small as pages show it, and two thumbnails: of itself, and of its heatmap. */
interface PictureShots extends Pick<Shots, 'picture' | 'heatmap'> {
  readonly small: NativeImage | null;
}

/**
 * Renders a picture and its heatmap.
 *
 * @param options - of the heatmap
 */
export async function renderPicture(
  path: string,
  map: JudgedMap,
  model: MapModel,
  decoding: Decoding,
  options: HeatmapOptions,
): Promise<PictureShots> {
  const read = await orNull(async () => {
    const { width, height, ...pixels } = await decodeImage(path, decoding);
    const scored = { width, height };
    return { scored, small: await shrink({ ...pixels, ...scored }, thumbnailSize(scored, THUMBNAIL_SIDE)) };
  });
  if (read === null) {
    return { small: null, picture: null, heatmap: null };
  }
  const { small, scored } = read;
  const { data, width, height } = small;
  const raw = { data, info: { width, height, channels: 3 } };
  return {
    small,
    picture: await orNull(() => encodeThumbnail(small)),
    heatmap: await orNull(async () =>
      encodeThumbnail(await decodeImage(await layHeatmap(raw, map, model, options, scored))),
    ),
  };
}

/** Renders what can be rendered of a picture. */
export async function renderShots(
  sample: Sample,
  map: JudgedMap,
  model: MapModel,
  options: ShotOptions,
): Promise<Shots> {
  const turn = map.pixelThreshold ?? null;
  const scale = turn === null ? options.scale : turnAt(options.scale, turn);
  const { small, picture, heatmap } = await renderPicture(sample.path, map, model, options.decoding, { scale });
  const size = small ?? thumbnailSize({ width: map.width, height: map.height }, THUMBNAIL_SIDE);
  return { picture, mask: await orNull(() => renderMask(sample, size, options)), heatmap };
}
