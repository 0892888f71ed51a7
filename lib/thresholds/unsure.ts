/** How near to its threshold a score decides nothing for sure. */
import type { Threshold } from './types.js';

/**
 * How far on either side of the threshold a verdict is not sure. Of few calibration pictures the share of new normal ones above
 * the threshold is known by an interval only; it may be as large as the interval's high end. A score that as many of the
 * calibrated ones lie above may thus belong above the threshold, and one as far beyond it below. With more pictures, and a
 * narrower interval, the distance shrinks.
 *
 * @returns 0 or more, in units of the score
 */
export function unsureMargin({ value, falseRejectInterval, normalScores, low }: Threshold): number {
  const above = Math.floor(falseRejectInterval[1] * normalScores.length);
  const reached = normalScores[Math.max(0, normalScores.length - 1 - above)] ?? value;
  return Math.max(0, value - Math.max(reached, low));
}

/** Whether a score is too near to its threshold for a sure verdict. */
export function isUnsure(threshold: Threshold, score: number): boolean {
  return Math.abs(score - threshold.value) < unsureMargin(threshold);
}
