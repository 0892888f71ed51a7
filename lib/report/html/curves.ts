/** ROC and precision-recall curves of pictures, from their scores, where an evaluation brings none. */
import { descending } from 'd3-array';
import type { Curve, PictureResult } from '../../evaluation/types.js';

/** The curves of the pictures of a class; null where all of them are of one kind. */
export interface ImageCurves {
  readonly imageRoc: Curve | null;
  readonly imagePr: Curve | null;
}

/** Steps of either axis that a drawn curve resolves. */
const STEPS = 512;

interface Point {
  readonly x: number;
  readonly y: number;
  readonly threshold: number;
}

/** Leaves out points that are less than a step of either axis from the last one kept; the ends stay. */
export function thin({ x, y, threshold }: Curve): Curve {
  const kept: number[] = [];
  for (const at of x.keys()) {
    const last = kept.at(-1);
    const moved = (values: readonly number[], from: number): number =>
      Math.abs((values[at] ?? 0) - (values[from] ?? 0));
    if (last === undefined || at === x.length - 1 || Math.max(moved(x, last), moved(y, last)) >= 1 / STEPS) {
      kept.push(at);
    }
  }
  const pick = (values: readonly number[]): number[] => kept.map((at) => values[at] ?? 0);
  return { x: pick(x), y: pick(y), threshold: pick(threshold) };
}

function curveOf(points: readonly Point[]): Curve {
  return {
    x: points.map(({ x }) => x),
    y: points.map(({ y }) => y),
    threshold: points.map(({ threshold }) => threshold),
  };
}

/**
 * Curves from the highest threshold to the lowest; pictures of equal score come in together. Precision begins at that of the
 * highest score.
 */
export function imageCurves(pictures: readonly PictureResult[]): ImageCurves {
  const sorted = pictures.filter(({ score }) => Number.isFinite(score)).sort((a, b) => descending(a.score, b.score));
  const positives = sorted.filter(({ label }) => label === 1).length;
  const negatives = sorted.length - positives;
  if (positives === 0 || negatives === 0) {
    return { imageRoc: null, imagePr: null };
  }
  const roc: Point[] = [{ x: 0, y: 0, threshold: sorted[0]?.score ?? 0 }];
  const pr: Point[] = [];
  let found = 0;
  for (const [at, { score, label }] of sorted.entries()) {
    found += label;
    const next = sorted[at + 1]?.score;
    if (next !== score) {
      // What is above the next score is the pictures up to here.
      const threshold = next ?? score;
      const recall = found / positives;
      roc.push({ x: (at + 1 - found) / negatives, y: recall, threshold });
      pr.push({ x: recall, y: found / (at + 1), threshold });
    }
  }
  return { imageRoc: thin(curveOf(roc)), imagePr: thin(curveOf(pr)) };
}
