/** What `dinomaly inspect` came to, in sentences that a person can act on. */
import { counted, max, min } from '../lists.js';
import type { ClassDecisions } from '../report/decisions.js';
import { leadWords } from '../report/html/lead.js';
import { thresholdOf } from '../thresholds/decide.js';
import type { Thresholds } from '../thresholds/types.js';

/** Good pictures from which on the interval of the false rejects is narrow enough to plan with. */
const ENOUGH = 100;

/** `0.1-13 %`. */
function range(low: number, high: number): string {
  const percent = (share: number): string => String(Number((100 * share).toFixed(share < 0.1 ? 1 : 0)));
  return `${percent(low)}-${percent(high)} %`;
}

/** From how many pictures the thresholds are, and what that is worth. */
export function thresholdWords(thresholds: Thresholds, classes: readonly string[]): string {
  const own = [...new Set(classes.map((name) => thresholdOf(thresholds, name)))];
  const images = own.map((each) => each.images);
  const [fewest = 0, most = 0] = [min(images), max(images)];
  const low = min(own.map(({ falseRejectInterval }) => falseRejectInterval[0])) ?? 0;
  const high = max(own.map(({ falseRejectInterval }) => falseRejectInterval[1])) ?? 1;
  const from = fewest === most ? counted(most, 'good picture') : `${fewest} to ${most} good pictures each`;
  const what = own.length === 1 ? 'The threshold is' : 'The thresholds of the classes are';
  const more = fewest < ENOUGH ? ' More good pictures make that narrower.' : '';
  return `${what} from ${from}: expect ${range(low, high)} of new good parts to be rejected.${more}`;
}

/** What stands before everything that an untrained encoder came to. */
export const TRIAL = 'TRIAL with an untrained encoder, not an inspection:';

/**
 * The end of an inspection.
 *
 * @param decisions - of the test pictures; none where there were no pictures to test on
 */
export function inspectWords(
  thresholds: Thresholds,
  classes: readonly string[],
  decisions: readonly ClassDecisions[],
  untrained: boolean,
): string {
  const tested = decisions.some(({ pictures }) => pictures.length > 0);
  const bad = decisions.some(({ pictures }) => pictures.some(({ label }) => label === 1));
  const words = [
    ...(untrained ? [TRIAL] : []),
    ...(tested ? [leadWords(decisions)] : []),
    ...(bad
      ? []
      : ['There were no bad pictures to find: add some in a folder named bad to see whether defects are found.']),
    thresholdWords(thresholds, classes),
  ];
  return words.join(' ');
}

/** A time as one plans with it. */
export function aboutTime(seconds: number): string {
  if (seconds < 90) {
    return `about ${counted(Math.max(1, Math.round(seconds)), 'second')}`;
  }
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `about ${counted(minutes, 'minute')}` : `about ${counted(Math.round(minutes / 60), 'hour')}`;
}
