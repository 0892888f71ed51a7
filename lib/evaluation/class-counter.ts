/** Gathers the pictures of a class for its metrics: all of them while memory allows, else counted batch by batch. */
import { call } from '../binding/call.js';
import type { NativeMetrics, NativeMetricsStream } from '../binding/metric-types.js';
import type { NativeBinding } from '../binding/types.js';
import { DinomalyError } from '../errors.js';
import { type ResultContext, toResult } from '../metrics/result.js';
import { DEFAULT_STREAM_BYTES, LEAST_STREAM_BYTES } from '../metrics/stream.js';
import type { MetricsResult } from '../metrics/types.js';
import { withoutPixels, withPictures } from './unmasked.js';

/** A scored picture. */
export interface Counted {
  /** Of the picture, for messages. */
  readonly path: string;
  readonly map: Float32Array;
  /** Of the map. */
  readonly width: number;
  /** 1 where anomalous; null where that is not known. */
  readonly mask: Uint8Array | null;
  readonly label: 0 | 1;
  readonly score: number;
}

/** A picture of which each pixel is known. */
interface Known extends Counted {
  readonly mask: Uint8Array;
}

/** How a class is counted. */
export interface CounterOptions {
  /** Pixels of all maps of the class. */
  readonly pixels: number;
  /** Bytes that a class may take. */
  readonly memory: number;
  /** Of the class, for `segF1`. */
  readonly pixelThreshold: number | null;
  /** Of the curves; 0 for none. */
  readonly points: number;
  readonly signal: AbortSignal | undefined;
}

/** Map, mask and what ranks an anomalous pixel. */
const BYTES_PER_PIXEL = 4 + 1 + 8;
/** Each picture says its own: maps of pictures in tiles differ. */
const NO_COMMON_SIZE = [1, 1] as const;
/** Pictures counted at once. */
const BATCH = 32;

/** The metrics of one class. */
export class ClassCounter {
  readonly #native: NativeBinding;
  readonly #options: CounterOptions;
  readonly #stream: NativeMetricsStream | undefined;
  readonly #batch: Known[] = [];
  readonly #all = { labels: [] as number[], scores: [] as number[] };
  #unmasked = 0;
  #masked = 0;

  constructor(native: NativeBinding, options: CounterOptions) {
    const { pixels, memory } = options;
    this.#native = native;
    this.#options = options;
    if (pixels * BYTES_PER_PIXEL > memory) {
      const bytes = Math.max(LEAST_STREAM_BYTES, Math.min(DEFAULT_STREAM_BYTES, memory));
      this.#stream = new native.MetricsStream(...NO_COMMON_SIZE, 0, bytes);
    }
  }

  /** @throws DinomalyError `INVALID_INPUT` for a score that is not finite, as of a map that holds NaN */
  async add(picture: Counted): Promise<void> {
    if (!Number.isFinite(picture.score)) {
      const what = `The model gives ${picture.path} the score ${picture.score}, so that no metric can be computed`;
      throw new DinomalyError(
        'INVALID_INPUT',
        `${what}; its weights may be damaged, or bf16 too coarse: try precision 'fp32'`,
      );
    }
    const { mask, label, score } = picture;
    this.#all.labels.push(label);
    this.#all.scores.push(score);
    if (mask === null) {
      this.#unmasked++;
      return;
    }
    this.#masked += label;
    this.#batch.push({ ...picture, mask });
    if (this.#stream !== undefined && this.#batch.length >= BATCH) {
      await this.#flush(this.#stream);
    }
  }

  async finish(): Promise<MetricsResult> {
    const { points, signal } = this.#options;
    const counting = this.#stream === undefined ? 'exact' : 'streaming';
    const context: ResultContext = { counting, scored: true, points };
    if (this.#unmasked === 0) {
      return toResult(await this.#metrics(this.#stream, points, signal), context);
    }
    const pictures = toResult(await this.#pictureMetrics(points, signal), context);
    return this.#masked === 0
      ? withoutPixels(pictures)
      : withPictures(toResult(await this.#metrics(this.#stream, points, signal), context), pictures);
  }

  /** Anomalous pictures without a mask. */
  get unmasked(): number {
    return this.#unmasked;
  }

  dispose(): void {
    this.#stream?.dispose();
  }

  async #metrics(
    stream: NativeMetricsStream | undefined,
    points: number,
    signal: AbortSignal | undefined,
  ): Promise<NativeMetrics> {
    if (stream !== undefined) {
      await this.#flush(stream);
      return call((stop) => stream.metrics(points, stop), { signal, owner: 'Evaluator' });
    }
    const [height, width] = NO_COMMON_SIZE;
    const input = { ...this.#pictures(), height, width, maskLimit: 0 };
    return call((stop) => this.#native.computeMetrics(input, points, stop), { signal, owner: 'Evaluator' });
  }

  /** Of all pictures, as if each had one normal pixel: those of pixels mean nothing then. */
  #pictureMetrics(points: number, signal: AbortSignal | undefined): Promise<NativeMetrics> {
    const { labels, scores } = this.#all;
    const input = {
      maps: labels.map(() => new Float32Array(1)),
      masks: labels.map(() => new Uint8Array(1)),
      labels: Uint8Array.from(labels),
      scores: Float64Array.from(scores),
      ...{ height: 1, width: 1, maskLimit: 0 },
    };
    return call((stop) => this.#native.computeMetrics(input, points, stop), { signal, owner: 'Evaluator' });
  }

  async #flush(stream: NativeMetricsStream): Promise<void> {
    if (this.#batch.length > 0) {
      const pictures = this.#pictures();
      await call((stop) => stream.add(pictures, stop), { signal: this.#options.signal, owner: 'Evaluator' });
    }
  }

  /** Takes the pictures out of the batch. */
  #pictures(): Parameters<NativeMetricsStream['add']>[0] {
    const batch = this.#batch.splice(0);
    const { pixelThreshold: threshold } = this.#options;
    return {
      ...(threshold !== null && { threshold }),
      maps: batch.map(({ map }) => map),
      masks: batch.map(({ mask }) => mask),
      widths: batch.map(({ width }) => width),
      labels: Uint8Array.from(batch, ({ label }) => label),
      scores: Float64Array.from(batch, ({ score }) => score),
    };
  }
}
