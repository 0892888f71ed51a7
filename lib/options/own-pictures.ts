/** Sizes for pictures of one's own: all of them is inspected, and their aspect is kept as nearly as the patch allows. */
import type { Extent } from './types.js';

/** All words of the option `aspect`. */
export const ASPECTS = ['keep', 'square'] as const;

/** What is known of the pictures that a model is for, where its size follows them. */
export interface PictureFacts {
  /** Height over width. */
  readonly aspect: number;
  /** Whether they are one's own, and no benchmark's. */
  readonly own: boolean;
  /** Whether the aspect was asked for. */
  readonly asked: boolean;
}

/** What is smaller than this share of the usual square would lose detail. */
const LEAST_AREA = 0.85;

/** Height and width in multiples of `unit`, near an aspect, of no more pixels than the square of `side`. */
function nearAspect({ aspect }: Pick<PictureFacts, 'aspect'>, side: number, unit: number): Extent {
  const most = Math.round(side / unit) ** 2;
  let best: readonly [error: number, extent: Extent] = [Number.POSITIVE_INFINITY, [side, side]];
  for (let rows = 1; rows <= most; rows++) {
    const columns = Math.min(Math.max(1, Math.round(rows / aspect)), Math.floor(most / rows));
    const error = Math.abs(Math.log(rows / columns / aspect));
    // Of two as near, the later is the larger.
    if (rows * columns >= LEAST_AREA * most && error <= best[0]) {
      best = [error, [rows * unit, columns * unit]];
    }
  }
  return best[1];
}

/**
 * `[size, crop]` that leave nothing out; of a given size only what goes beyond a multiple of `unit`.
 *
 * @param size - with an aspect that was asked for, of the square that has as many pixels
 * @param side - of the square that is usual with the encoder
 */
export function wholeSides(
  size: Extent | undefined,
  pictures: PictureFacts,
  unit: number,
  side: number,
): [size: Extent, crop: Extent] {
  if (size === undefined || pictures.asked) {
    const whole = nearAspect(pictures, size?.[0] ?? side, unit);
    return [whole, whole];
  }
  const whole = (length: number): number => Math.max(1, Math.floor(length / unit)) * unit;
  return [size, [whole(size[0]), whole(size[1])]];
}

/** Height and width of about as many pixels as the square of `side`, of the aspect of an extent. */
export function likeAspect([height, width]: Extent, side: number): Extent {
  return [Math.round(side * Math.sqrt(height / width)), Math.round(side * Math.sqrt(width / height))];
}
