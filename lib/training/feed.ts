/**
 * Pictures decoded ahead of the training step that needs them, within a bound on memory. Knows indices and sizes, not
 * tensors.
 */
import type { NativeImage } from '../binding/types.js';

/** What the feed asks of the trainer: which pictures the batch `ahead` steps from now needs. */
export type Needed = (ahead: number) => readonly number[] | undefined;

/** Limits of the feed. */
export interface FeedLimits {
  /** Batches decoded ahead of the present one. */
  readonly lookAhead: number;
  /** Bytes of decoded pictures held; the present batch is always decoded, whatever it takes. */
  readonly bytes: number;
}

/** Two batches ahead keep a trainer busy; 512 MiB are 40 pictures of 4 megapixels. */
const FEED_LIMITS: FeedLimits = { lookAhead: 2, bytes: 512 * 2 ** 20 };

/** A batch: `images[i]` is picture `indices[i]`. */
export interface FeedBatch {
  readonly indices: readonly number[];
  readonly images: readonly NativeImage[];
}

/** Decoded pictures, by index. */
export class Feed {
  readonly #needed: Needed;
  readonly #decode: (index: number) => Promise<NativeImage>;
  readonly #bytesOf: (index: number) => number;
  readonly #limits: FeedLimits;
  readonly #pending = new Map<number, Promise<NativeImage>>();

  /**
   * @param bytesOf - decoded size of a picture, known before it is decoded
   */
  constructor(
    needed: Needed,
    decode: (index: number) => Promise<NativeImage>,
    bytesOf: (index: number) => number,
    limits: FeedLimits = FEED_LIMITS,
  ) {
    this.#needed = needed;
    this.#decode = decode;
    this.#bytesOf = bytesOf;
    this.#limits = limits;
  }

  /** The pictures of the next step, once decoded; `undefined` at the end of the run. Starts decoding what follows. */
  async next(): Promise<FeedBatch | undefined> {
    const present = this.#needed(0);
    if (present === undefined) {
      return undefined;
    }
    this.#plan(present);
    const images = await Promise.all(present.map((index) => this.#start(index)));
    for (const index of present) {
      this.#pending.delete(index);
    }
    return { indices: present, images };
  }

  #plan(present: readonly number[]): void {
    const wanted = new Set(present);
    for (const index of present) {
      this.#start(index);
    }
    let bytes = present.reduce((sum, index) => sum + this.#bytesOf(index), 0);
    for (const index of this.#ahead()) {
      bytes += wanted.has(index) ? 0 : this.#bytesOf(index);
      if (bytes > this.#limits.bytes) {
        break;
      }
      wanted.add(index);
      this.#start(index);
    }
    this.#forget(wanted);
  }

  *#ahead(): Generator<number, void, void> {
    for (let ahead = 1; ahead <= this.#limits.lookAhead; ahead++) {
      yield* this.#needed(ahead) ?? [];
    }
  }

  /** Drops what was decoded ahead and is no longer needed: its features were kept meanwhile. */
  #forget(wanted: ReadonlySet<number>): void {
    for (const index of this.#pending.keys()) {
      if (!wanted.has(index)) {
        this.#pending.delete(index);
      }
    }
  }

  #start(index: number): Promise<NativeImage> {
    const known = this.#pending.get(index);
    if (known !== undefined) {
      return known;
    }
    const started = this.#decode(index);
    // A failure belongs to the step that needs the picture; until then it must not count as unhandled.
    started.catch(() => undefined);
    this.#pending.set(index, started);
    return started;
  }
}
