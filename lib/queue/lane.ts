/**
 * The way of a model's pictures to its network. They take turns in order of arrival; those whose turn it is are read, decoded
 * and handed to the native queue, where they share passes.
 */
import type { NativeImage, NativeModel, NativeScore, NativeStop } from '../binding/types.js';
import { traced } from '../diagnostics.js';
import { DinomalyError, DisposedError } from '../errors.js';
import { Gate } from '../gate.js';
import { DECODERS } from '../image/decoders.js';
import type { TakenImage } from '../image/input.js';
import { decodeTaken } from '../image.js';
import { type Ask, askNetwork, type ModelParts } from '../model-parts.js';
import { type NetworkScore, toNetworkScore } from '../scoring.js';
import { checkScore } from '../thresholds/decide.js';
import { scoreTiled } from '../tiled.js';
import { Deadline } from './deadline.js';
import { OverloadedError } from './overloaded.js';
import { type ModelStats, type ScoreEnd, ScoreLog } from './stats.js';

/** How one picture is scored. */
export interface Turn {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds within which it must have started. */
  readonly deadlineMs?: number | undefined;
  /** Whether it is one of those that `maxQueued` bounds. Default: false. */
  readonly bounded?: boolean;
}

/** A stream yields its results in order: a slow picture must not stop those behind it at once. */
const LEAST_AHEAD = 16;

/** Decoded pictures are large: there are no more at once than keep decoders and network busy. */
export class Lane {
  readonly #parts: ModelParts;
  readonly #gate: Gate;
  readonly #log = new ScoreLog();
  /** Pictures of a stream that are worked on at once, unless the caller says how many. */
  readonly lookAhead: number;
  /** Tiles of a picture that are handed over at once: the batches in the network, of which a GPU has two, and one that waits. */
  readonly #ahead: number;
  #bounded = 0;
  /** Pictures that have been decoded, and of these the pictures and tiles that are at the network. */
  readonly #now = { decoded: 0, atNetwork: 0 };
  #closed = false;

  constructor(parts: ModelParts) {
    this.#parts = parts;
    const batches = parts.device === 'cpu' ? 2 : 3;
    this.#ahead = batches * parts.queue.maxBatch;
    // And those that become the next batch.
    const places = this.#ahead + DECODERS;
    this.#gate = new Gate(places);
    this.lookAhead = Math.max(LEAST_AHEAD, places);
  }

  /** Refuses a score for which there is no room. */
  checkRoom(): void {
    const { maxQueued } = this.#parts.queue;
    if (this.#bounded >= maxQueued) {
      this.#log.ended('overloaded');
      throw new OverloadedError(maxQueued, this.#log.expectedMs(this.#gate.size));
    }
  }

  /**
   * Scores a picture when it is its turn.
   *
   * @throws DinomalyError `DEADLINE`, `SCORE_NOT_FINITE`, and what decoding and the network throw
   */
  async score(image: TakenImage, { signal, deadlineMs, bounded = false }: Turn): Promise<NetworkScore> {
    const asked = performance.now();
    const deadline = deadlineMs === undefined ? undefined : new Deadline(deadlineMs, image.name, signal);
    const own = deadline?.signal ?? signal;
    this.#bounded += bounded ? 1 : 0;
    this.#log.begin(asked);
    try {
      const scored = await this.#gate.run(() => this.#pass(image, own, deadline, asked), own);
      checkScore(scored.score, image.name);
      const now = performance.now();
      this.#log.scored(scored.timing, now - asked, now);
      return scored;
    } catch (error) {
      this.#log.ended(endOf(error, signal));
      throw error;
    } finally {
      this.#bounded -= bounded ? 1 : 0;
      deadline?.release();
    }
  }

  /** Asks the network something else about a picture, when it is its turn. */
  async ask<T>(image: TakenImage, signal: AbortSignal | undefined, ask: Ask<T>): Promise<T> {
    const work: Ask<T> = (native, pixels, stop) =>
      this.#counted('decoded', () => this.#counted('atNetwork', () => ask(native, pixels, stop)));
    return this.#gate.run(() => askNetwork(this.#parts, image, signal, work), signal);
  }

  stats(native: Pick<NativeModel, 'waiting'>): ModelStats {
    const { maxQueued, maxBatch } = this.#parts.queue;
    const waiting = native.waiting();
    return {
      since: this.#log.since,
      ...this.#log.counts(),
      queued: this.#gate.waiting + waiting,
      decoding: this.#gate.size - this.#gate.waiting - this.#now.decoded,
      running: this.#now.atNetwork - waiting,
      maxQueued,
      maxBatch,
      recent: this.#log.recent(),
    };
  }

  /** Rejects what waits; pictures that are decoded or in the network go on. */
  close(): void {
    this.#closed = true;
    this.#gate.rejectWaiting(new DisposedError('Model'));
  }

  async #pass(
    image: TakenImage,
    signal: AbortSignal | undefined,
    deadline: Deadline | undefined,
    asked: number,
  ): Promise<NetworkScore> {
    if (this.#closed) {
      throw new DisposedError('Model');
    }
    const { decoding, device, arithmetic } = this.#parts;
    return traced('dinomaly:score', { image: image.name, device, precision: arithmetic.precision }, async () => {
      const started = performance.now();
      const pixels = await decodeTaken(image, { ...decoding, signal });
      const decodeMs = performance.now() - started;
      const scored = await this.#counted('decoded', () => this.#inTiles(pixels, image.name, signal, deadline));
      const waited = { ...scored, queuedMs: started - asked + scored.queuedMs };
      return toNetworkScore(waited, pixels, this.#parts.description.geometry, decodeMs);
    });
  }

  #inTiles(
    pixels: NativeImage,
    name: string,
    signal: AbortSignal | undefined,
    deadline: Deadline | undefined,
  ): Promise<NativeScore> {
    const { native, description } = this.#parts;
    const score: NativeModel['score'] = (...given) => this.#counted('atNetwork', () => native.score(...given));
    return scoreTiled({
      ...{ native: { score }, pixels, geometry: description.geometry, name, signal },
      ...{ ahead: this.#ahead, owner: 'Model' },
      onQueued: (stop) => deadline?.handOver(() => withdraw(stop)),
    });
  }

  async #counted<T>(what: 'decoded' | 'atNetwork', work: () => Promise<T>): Promise<T> {
    this.#now[what]++;
    try {
      return await work();
    } finally {
      this.#now[what]--;
    }
  }
}

function withdraw(stop: NativeStop | undefined): boolean {
  return stop?.withdraw() ?? false;
}

function endOf(error: unknown, signal: AbortSignal | undefined): ScoreEnd {
  if (signal?.aborted === true && error === signal.reason) {
    return 'aborted';
  }
  return error instanceof DinomalyError && error.code === 'DEADLINE' ? 'expired' : 'failed';
}
