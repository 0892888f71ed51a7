/** What is told of a picture beside its score and map: its class, the verdict, and from where on the map shows it. */
import { findClass } from './classes/find.js';
import type { ClassDescription, FoundClass } from './classes/types.js';
import type { Geometry } from './options/types.js';
import type { DecisionChoice, NetworkScore, ScoreResult, VerdictWord } from './scoring.js';
import { decideScore, pixelThresholdOf, thresholdOf } from './thresholds/decide.js';
import { nextBelow } from './thresholds/next-below.js';
import type { ScoreDecision, Thresholds } from './thresholds/types.js';
import { isUnsure } from './thresholds/unsure.js';

/** What a verdict hangs on. */
export interface VerdictModel {
  readonly thresholds: Thresholds | null;
  /** Null for a model that cannot find classes. */
  readonly descriptions: readonly ClassDescription[] | null;
}

function classOf({ descriptions }: VerdictModel, features: Float32Array, given: string | undefined): FoundClass {
  if (given !== undefined) {
    return { className: given, known: true, classConfidence: null };
  }
  return descriptions === null
    ? { className: null, known: null, classConfidence: null }
    : findClass(descriptions, features);
}

type Hottest = Pick<NetworkScore, 'floor' | 'peak'>;

/** As the core counts them. */
function hottestOf(map: Float32Array, { scoreRatio, map: [height, width] }: Geometry): Hottest {
  const rising = Float32Array.from(map).sort();
  const { length } = rising;
  // Of a picture in tiles, as many as of one tile.
  const counted = Math.min(length, height * width);
  const fewest = Math.min(16, Math.floor(counted / 64));
  const shown = Math.max(1, Math.floor(counted * scoreRatio), fewest, Math.floor(counted / 1000));
  return { floor: rising[length - shown] ?? 0, peak: rising[length - 1] ?? 0 };
}

/** From where on a map shows a verdict that others than the model came to. @param stored - the pixel threshold; null: none */
export function shownOnMap(
  isAnomalous: boolean,
  map: Float32Array,
  geometry: Geometry,
  stored: number | null,
): number | null {
  const hottest = hottestOf(map, geometry);
  return Number.isFinite(hottest.floor) && Number.isFinite(hottest.peak)
    ? shownFrom(isAnomalous, hottest, stored)
    : null;
}

const OPEN: ScoreDecision = { threshold: null, isAnomalous: null, confidence: null };

/** The verdict in words. A threshold that is given is taken as it is: how sure it is, nothing tells. */
function wordOf(
  { thresholds }: VerdictModel,
  { className, known }: FoundClass,
  { isAnomalous }: ScoreDecision,
  { score, given }: { readonly score: number; readonly given: number | undefined },
): VerdictWord | null {
  if (known === false) {
    return 'UNKNOWN PART';
  }
  if (isAnomalous === null) {
    return null;
  }
  const unsure = thresholds !== null && given === undefined && isUnsure(thresholdOf(thresholds, className), score);
  return unsure ? 'NOT SURE' : isAnomalous ? 'BAD' : 'GOOD';
}

/** Where the map begins to show what the verdict says: always somewhere in a bad picture, nowhere in a good one. */
function shownFrom(isAnomalous: boolean, { floor, peak }: Hottest, stored: number | null): number {
  if (isAnomalous) {
    return Math.min(stored ?? floor, nextBelow(floor));
  }
  const above = peak + Math.max(Math.abs(peak), Number.MIN_VALUE) / 64;
  return stored === null || peak >= stored ? above : stored;
}

/**
 * The result of a picture.
 *
 * @param name - the picture, for messages
 * @param choice - the class and the threshold, where they are given
 * @throws DinomalyError `SCORE_NOT_FINITE`
 */
export function judge(model: VerdictModel, scored: NetworkScore, name: string, choice: DecisionChoice): ScoreResult {
  const { features, floor, peak, ...raw } = scored;
  const { thresholds } = model;
  const found = classOf(model, features, choice.className);
  const className = found.className ?? undefined;
  const decision =
    found.known === false ? OPEN : decideScore(thresholds, raw.score, name, { className, threshold: choice.threshold });
  const stored = thresholds === null ? null : pixelThresholdOf(thresholds, found.className).value;
  const { isAnomalous } = decision;
  const pixelThreshold = isAnomalous === null ? null : shownFrom(isAnomalous, { floor, peak }, stored);
  const verdict = wordOf(model, found, decision, { score: raw.score, given: choice.threshold });
  return { ...raw, ...found, ...decision, verdict, pixelThreshold };
}
