/** What a result says of its picture, as drawings and pages need it. */
import { checkNumber, checkOneOf, wrongKind } from '../check.js';
import type { AnomalyMap } from '../maps/types.js';
import type { VerdictWord } from '../scoring.js';

/** A map that may tell the verdict on its picture; a result of `model.score` does. */
export interface JudgedMap extends AnomalyMap {
  readonly className?: string | null | undefined;
  readonly known?: boolean | null | undefined;
  readonly isAnomalous?: boolean | null | undefined;
  /** Default: by `known` and `isAnomalous`. */
  readonly verdict?: VerdictWord | null | undefined;
  readonly score?: number | undefined;
  readonly threshold?: number | null | undefined;
}

const WORDS: readonly VerdictWord[] = ['GOOD', 'BAD', 'NOT SURE', 'UNKNOWN PART'];

/** What a result says of its picture; null for what it does not say. */
export interface Judged {
  readonly className: string | null;
  readonly verdict: VerdictWord | null;
  readonly isAnomalous: boolean | null;
  readonly score: number | null;
  readonly threshold: number | null;
  readonly pixelThreshold: number | null;
}

/** The verdict of a result in words. */
export function verdictOf({ known, isAnomalous }: Pick<JudgedMap, 'known' | 'isAnomalous'>): VerdictWord | null {
  if (known === false) {
    return 'UNKNOWN PART';
  }
  return isAnomalous === true ? 'BAD' : isAnomalous === false ? 'GOOD' : null;
}

function checkFlag(value: unknown, path: string): void {
  if (value !== undefined && value !== null && typeof value !== 'boolean') {
    throw wrongKind('true, false or null', path, value);
  }
}

/** @throws TypeError naming what is of the wrong kind */
export function checkJudged(result: JudgedMap, path: string): Judged {
  const { className = null, known, isAnomalous, verdict, score, threshold, pixelThreshold = null } = result;
  if (className !== null && typeof className !== 'string') {
    throw wrongKind('the name of a class or null', `${path}.className`, className);
  }
  checkFlag(known, `${path}.known`);
  checkFlag(isAnomalous, `${path}.isAnomalous`);
  const number = (value: unknown, key: string): number | null =>
    value === undefined || value === null ? null : checkNumber(value, `${path}.${key}`);
  return {
    className,
    verdict: (verdict ?? null) === null ? verdictOf(result) : checkOneOf(verdict, `${path}.verdict`, WORDS),
    isAnomalous: isAnomalous ?? null,
    // A picture is drawn whatever its score: one that is no number is left out of the words.
    score: Number.isFinite(score) ? (score ?? null) : null,
    threshold: number(threshold, 'threshold'),
    pixelThreshold: number(pixelThreshold, 'pixelThreshold'),
  };
}
