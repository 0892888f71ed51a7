/** What a model tells of its scores: how many, how they ended, and how long the last of them took. */
import type { ScoreTiming } from '../scoring.js';

/** Milliseconds: the nearest ranks of a sample. */
export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** Times of the last scores, up to 1024 of them. Null where there were none. */
export interface RecentScores {
  readonly scores: number;
  /** From the call to the result, in milliseconds. */
  readonly totalMs: Percentiles | null;
  /** As in {@link ScoreTiming}. */
  readonly queuedMs: Percentiles | null;
  readonly decodeMs: Percentiles | null;
  readonly computeMs: Percentiles | null;
  /** Pictures a pass: the mean over passes, and the most. */
  readonly batch: { readonly mean: number; readonly max: number } | null;
}

/**
 * What {@link Model.stats} gives. It counts pictures of `score`, of `scoreMany` and of evaluations, each under one of `scored`,
 * `failed`, `aborted` and `expired` once it has ended.
 */
export interface ModelStats {
  /** When the model was made, as `Date.now()`. All counts are from then on. */
  readonly since: number;
  readonly scored: number;
  /** Ended with an error that is none of the following. */
  readonly failed: number;
  /** By their signal, or since the consumer of a stream left. */
  readonly aborted: number;
  /** Not started within `deadlineMs`. */
  readonly expired: number;
  /** Refused with `OVERLOADED`. They never began and are under no other count. */
  readonly overloaded: number;
  /** Pictures that wait for their turn now, before they are read or before the network; there each tile counts. */
  readonly queued: number;
  /** Pictures that are read and decoded now. */
  readonly decoding: number;
  /** Pictures and tiles in the network now. */
  readonly running: number;
  /** As given, or the default of the device. */
  readonly maxQueued: number;
  readonly maxBatch: number;
  readonly recent: RecentScores;
}

/** How a score ended that gave no result. */
export type ScoreEnd = 'failed' | 'aborted' | 'expired' | 'overloaded';

/** Scores whose times are kept. */
const WINDOW = 1024;
/** Where nothing has been scored yet, nothing is known. */
const FIRST_WAIT_MS = 1000;

/** A number of each of the last scores. */
class Ring {
  readonly #values = new Float64Array(WINDOW);
  #count = 0;

  add(value: number): void {
    this.#values[this.#count++ % WINDOW] = value;
  }

  values(): Float64Array {
    return this.#values.slice(0, Math.min(this.#count, WINDOW));
  }
}

/** Percentiles by the nearest rank. */
export function percentiles(values: Float64Array): Percentiles | null {
  const sorted = values.slice().sort();
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
  return sorted.length === 0 ? null : { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}

/** Keeps count of a model's scores. */
export class ScoreLog {
  readonly since = Date.now();
  readonly #ends = { scored: 0, failed: 0, aborted: 0, expired: 0, overloaded: 0 };
  readonly #rings = {
    totalMs: new Ring(),
    queuedMs: new Ring(),
    decodeMs: new Ring(),
    computeMs: new Ring(),
    batch: new Ring(),
    /** From one result to the next, as long as there was work. */
    gapMs: new Ring(),
  };
  #under = 0;
  /** Of the last result, or of the score that ended an idle time. */
  #mark = 0;

  /** A score begins. */
  begin(now: number): void {
    if (this.#under++ === 0) {
      this.#mark = now;
    }
  }

  /** A score has its result. */
  scored({ queuedMs, decodeMs, computeMs, batch }: ScoreTiming, totalMs: number, now: number): void {
    this.#under--;
    this.#ends.scored++;
    const rings = this.#rings;
    rings.totalMs.add(totalMs);
    rings.queuedMs.add(queuedMs);
    rings.decodeMs.add(decodeMs);
    rings.computeMs.add(computeMs);
    rings.batch.add(batch);
    rings.gapMs.add(now - this.#mark);
    this.#mark = now;
  }

  /** A score ends without a result; one that was refused has not begun. */
  ended(end: ScoreEnd): void {
    this.#ends[end]++;
    this.#under -= end === 'overloaded' ? 0 : 1;
  }

  /** Milliseconds that so many scores take, by the times between the last results: at least 1. */
  expectedMs(scores: number): number {
    const gaps = this.#rings.gapMs.values();
    if (gaps.length === 0) {
      return FIRST_WAIT_MS;
    }
    const each = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    return Math.max(1, Math.ceil(scores * each));
  }

  counts(): Readonly<Record<'scored' | ScoreEnd, number>> {
    return { ...this.#ends };
  }

  recent(): RecentScores {
    const { totalMs, queuedMs, decodeMs, computeMs, batch } = this.#rings;
    const batches = batch.values();
    const passes = batches.reduce((sum, pictures) => sum + 1 / pictures, 0);
    const scores = batches.length;
    return {
      scores,
      totalMs: percentiles(totalMs.values()),
      queuedMs: percentiles(queuedMs.values()),
      decodeMs: percentiles(decodeMs.values()),
      computeMs: percentiles(computeMs.values()),
      batch: scores === 0 ? null : { mean: scores / passes, max: Math.max(...batches) },
    };
  }
}
