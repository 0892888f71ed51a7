/** Tells when the scores of a line have shifted against those that its thresholds were measured on: another camera or light. */
import { checkInteger, checkNumber, checkOneOf, checkOptions, orDefault, outOfRange } from '../check.js';
import { checkThresholds } from './check.js';
import { thresholdOf } from './decide.js';
import { deviationProbability, largestDeviation } from './kolmogorov.js';
import type { Thresholds } from './types.js';

/** Options of {@link ShiftMonitor}. */
export interface ShiftMonitorOptions {
  /** Class of the pictures; it must have a threshold of its own. Default: the scores of all classes. */
  readonly className?: string | undefined;
  /** Scores that are compared, the latest: 5 to 1000. Default: 50. */
  readonly window?: number | undefined;
  /** Largest p-value that raises the alarm: above 0, at most 0.5. Default: 0.001. */
  readonly alpha?: number | undefined;
}

/** What a monitor says after a score. */
export interface ShiftState {
  /** Scores added so far. */
  readonly count: number;
  /** Largest distance of the distribution of the latest scores from the calibrated one, 0 to 1. */
  readonly statistic: number;
  /** Probability of at least this distance when nothing has shifted. */
  readonly pValue: number;
  /** True when the window is full and `pValue` is at most `alpha`. */
  readonly alarm: boolean;
}

/**
 * Compares the latest scores with the calibrated normal ones by the two-sided test of Kolmogorov and Smirnov, with its exact
 * p-value: higher, lower and wider scores are all found, whatever their distribution. A share e of true anomalies among the
 * scores moves the statistic by at most e, so that a few need not be taken out.
 *
 * `alpha` is the probability that one full window alarms although nothing has shifted. Each score makes a new window which
 * shares most of its scores with the last: see docs/thresholds.md for how often a whole run alarms.
 */
export class ShiftMonitor {
  readonly #normal: readonly number[];
  readonly #alpha: number;
  readonly #latest: number[] = [];
  /** Of full windows, by deviation: few deviations come again and again. */
  readonly #pValues = new Map<number, number>();
  readonly #window: number;
  #count = 0;

  /**
   * @param thresholds - of the model that gives the scores
   * @throws TypeError, RangeError naming the option at fault; also when so few pictures were calibrated on that no window can
   * reach `alpha`
   */
  constructor(thresholds: Thresholds, options?: ShiftMonitorOptions) {
    const checked = checkThresholds(thresholds, 'thresholds');
    const given = checkOptions(options, 'options', ['className', 'window', 'alpha']);
    const own = Object.keys(checked.classes);
    const className = given.className === undefined ? undefined : checkOneOf(given.className, 'options.className', own);
    this.#normal = thresholdOf(checked, className).normalScores;
    this.#window = checkInteger(orDefault(given.window, 50), 'options.window', { min: 5, max: 1000 });
    this.#alpha = checkNumber(orDefault(given.alpha, 0.001), 'options.alpha', { min: 0, max: 0.5, above: true });
    const { length } = this.#normal;
    const smallest = deviationProbability(length * this.#window, length, this.#window);
    if (smallest > this.#alpha) {
      const what = `at least ${smallest.toPrecision(3)}, the smallest p-value with ${length} calibrated pictures`;
      throw outOfRange(`${what} and a window of ${this.#window},`, 'options.alpha', this.#alpha);
    }
  }

  /**
   * Takes the score of the next picture.
   *
   * @throws TypeError, RangeError for what is no finite number; it is then not counted
   */
  add(score: number): ShiftState {
    this.#latest.push(checkNumber(score, 'score'));
    if (this.#latest.length > this.#window) {
      this.#latest.shift();
    }
    this.#count++;
    const [m, n] = [this.#normal.length, this.#latest.length];
    const deviation = largestDeviation(
      this.#normal,
      [...this.#latest].sort((a, b) => a - b),
    );
    const pValue = this.#pValue(deviation);
    const alarm = n === this.#window && pValue <= this.#alpha;
    return { count: this.#count, statistic: deviation / (m * n), pValue, alarm };
  }

  #pValue(deviation: number): number {
    const [m, n] = [this.#normal.length, this.#latest.length];
    const known = n === this.#window ? this.#pValues.get(deviation) : undefined;
    const pValue = known ?? deviationProbability(deviation, m, n);
    if (n === this.#window) {
      this.#pValues.set(deviation, pValue);
    }
    return pValue;
  }

  /** Forgets the scores so far, as after the camera was mended. */
  reset(): void {
    this.#latest.length = 0;
    this.#count = 0;
  }
}
