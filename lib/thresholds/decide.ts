/** What a threshold says of a score. Scores themselves stay as the network gave them. */
import { DinomalyError } from '../errors.js';
import type { Decision, PixelThreshold, ScoreDecision, Threshold, Thresholds } from './types.js';

/** Logit of 0.95: from the confidence 0.05 up to the threshold's 0.5. */
const LOGIT = Math.log(19);

function ownOf<T>(classes: Readonly<Record<string, T>>, className: string | null | undefined): T | undefined {
  return typeof className === 'string' && Object.hasOwn(classes, className) ? classes[className] : undefined;
}

/** The threshold for pictures of a class: its own, or the one for any class. */
export function thresholdOf({ classes, image }: Thresholds, className: string | null | undefined): Threshold {
  return ownOf(classes, className) ?? image;
}

/** The threshold for pixels of pictures of a class: its own, or the one for any class. */
export function pixelThresholdOf(
  { pixelClasses = {}, pixel }: Pick<Thresholds, 'pixel'> & Partial<Pick<Thresholds, 'pixelClasses'>>,
  className: string | null | undefined,
): PixelThreshold {
  return ownOf(pixelClasses, className) ?? pixel;
}

function confidenceOf(score: number, value: number, threshold: Threshold): number {
  return 1 / (1 + Math.exp((-(score - value) / (threshold.value - threshold.low)) * LOGIT));
}

/**
 * Holds a score against a threshold.
 *
 * @param name - the picture, for the message
 * @throws DinomalyError `SCORE_NOT_FINITE`: no threshold can tell whether such a score is high
 */
export function decide(threshold: Threshold, score: number, name: string, override = threshold.value): Decision {
  checkScore(score, name);
  return {
    threshold: override,
    isAnomalous: score > override,
    confidence: confidenceOf(score, override, threshold),
  };
}

/** Refuses a score that is not finite, by the name of its picture. */
export function checkScore(score: number, name: string): void {
  if (!Number.isFinite(score)) {
    throw new DinomalyError(
      'SCORE_NOT_FINITE',
      `The score of ${name} is ${score}: the network's numbers are damaged. Load the model again, with precision 'fp32'; if ` +
        'that does not help, train it anew.',
    );
  }
}

/** The decision for one picture: null where there is nothing to decide by. An override keeps the calibrated steepness. */
export function decideScore(
  thresholds: Thresholds | null,
  score: number,
  name: string,
  given: { readonly className?: string | undefined; readonly threshold?: number | undefined },
): ScoreDecision {
  if (thresholds !== null) {
    return decide(thresholdOf(thresholds, given.className), score, name, given.threshold);
  }
  if (given.threshold === undefined) {
    return { threshold: null, isAnomalous: null, confidence: null };
  }
  checkScore(score, name);
  return { threshold: given.threshold, isAnomalous: score > given.threshold, confidence: null };
}
