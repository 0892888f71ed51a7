/**
 * The threshold of map pixels: an order statistic of all pixels of the normal pictures, exact. Only as many pixels are held
 * as lie above it, twice over, so that a thousand maps take no more than one hundredth of their size at a rate of 0.01.
 */
import { thresholdRank } from './choose.js';
import { clusteredInterval } from './interval.js';
import type { PixelThreshold } from './types.js';

/** Takes maps one after the other and keeps their largest pixels. */
export class PixelRanker {
  readonly #images: number;
  readonly #pixels: number;
  readonly #rank: number;
  readonly #values: Float32Array;
  /** The picture of each value. */
  readonly #owners: Uint32Array;
  #kept = 0;
  #seen = 0;
  /** At least `rank` pixels are as large or larger; only those above are kept. NaN, which nothing is below, at first. */
  #cut = Number.NaN;

  /**
   * @param images - how many maps will come
   * @param pixels - of a map
   * @param rate - share of pixels that may lie above the threshold
   */
  constructor(images: number, pixels: number, rate: number) {
    this.#images = images;
    this.#pixels = pixels;
    this.#rank = thresholdRank(images * pixels, rate);
    const room = 2 * this.#rank + pixels;
    this.#values = new Float32Array(room);
    this.#owners = new Uint32Array(room);
  }

  /** Takes the next map. False when it holds a value that is not finite. */
  add(map: Float32Array): boolean {
    if (this.#kept + map.length > this.#values.length) {
      this.#prune();
    }
    let kept = this.#kept;
    for (const value of map) {
      // A NaN is not below the cut either.
      if (!(value <= this.#cut)) {
        if (!Number.isFinite(value)) {
          return false;
        }
        this.#values[kept] = value;
        this.#owners[kept] = this.#seen;
        kept++;
      }
    }
    this.#kept = kept;
    this.#seen++;
    return true;
  }

  /** The threshold, once all maps have come. */
  result(level: number): PixelThreshold {
    this.#prune();
    const above = new Float64Array(this.#images);
    let total = 0;
    for (const owner of this.#owners.subarray(0, this.#kept)) {
      above[owner] = (above[owner] ?? 0) + 1;
      total++;
    }
    const rates = Array.from(above, (count) => count / this.#pixels);
    return {
      value: this.#cut,
      images: this.#images,
      falseRejectRate: total / (this.#images * this.#pixels),
      falseRejectInterval: clusteredInterval(rates, this.#pixels, level),
    };
  }

  /** Raises the cut to the `rank`-th largest value so far, and drops what is not above it. */
  #prune(): void {
    if (this.#kept < this.#rank) {
      return;
    }
    const order = this.#values.slice(0, this.#kept).sort();
    this.#cut = order[this.#kept - this.#rank] ?? this.#cut;
    let kept = 0;
    for (let from = 0; from < this.#kept; from++) {
      const value = this.#values[from] ?? 0;
      if (value > this.#cut) {
        this.#values[kept] = value;
        this.#owners[kept] = this.#owners[from] ?? 0;
        kept++;
      }
    }
    this.#kept = kept;
  }
}
