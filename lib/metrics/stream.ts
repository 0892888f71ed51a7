/** Metrics of more pictures than memory holds. */
import { call } from '../binding/call.js';
import { binding } from '../binding/load.js';
import type { NativeMetricsStream } from '../binding/metric-types.js';
import { checkInteger, checkOptions, checkSignal, orDefault, outOfRange } from '../check.js';
import { DisposedError } from '../errors.js';
import type { MaskConvention } from '../evaluation/types.js';
import { checkPictures, PICTURE_KEYS } from './arrays.js';
import { checkSize } from './compute.js';
import { checkMaskConvention, checkPixelThreshold, checkResultOptions, maskLimit, RESULT_KEYS } from './options.js';
import { callReporting, toResult } from './result.js';
import type { MetricsPictures, MetricsResult, MetricsResultOptions } from './types.js';

/** Options of {@link MetricsStream}. */
export interface MetricsStreamOptions {
  /** Of every map and mask, in pixels. */
  readonly height: number;
  /** Of every map and mask, in pixels. */
  readonly width: number;
  /** As in `computeMetrics`. Default: `'any'`. */
  readonly maskConvention?: MaskConvention | undefined;
  /** As in `computeMetrics`. */
  readonly pixelThreshold?: number | undefined;
  /** Bytes of counters at most, at least 1 MiB. Default: 768 MiB. */
  readonly maxBytes?: number | undefined;
}

/** Options of {@link MetricsStream.add}. */
export interface MetricsAddOptions {
  /** The promise rejects with the signal's reason. A stream whose counting was ended refuses every later call. */
  readonly signal?: AbortSignal | undefined;
}

/** Bytes of counters unless chosen. */
export const DEFAULT_STREAM_BYTES = 768 * 2 ** 20;
/** Fewer counters would tell nothing apart. */
export const LEAST_STREAM_BYTES = 2 ** 20;

/**
 * Counts pixels by their value, so that the pictures themselves need not be kept. Each float32 value has a counter of its
 * own while the counters fit `maxBytes`: then the metrics are exact. Once they would not, neighbouring values share one, and
 * `errorBound` says how far each metric can be off at most; metrics of pictures stay exact. Beside the counters a call
 * of `add` takes up to 64 MB, and 9 bytes a picture are kept. Holds memory outside the JavaScript heap: call
 * {@link MetricsStream.dispose}, or declare it with `await using`.
 */
export class MetricsStream {
  readonly #native: NativeMetricsStream;
  readonly #pixels: number;
  readonly #threshold: { readonly threshold?: number };
  #scored: boolean | undefined;
  #disposed = false;

  /** @throws TypeError, RangeError naming the option at fault */
  constructor(options: MetricsStreamOptions) {
    const given = checkOptions(options, 'options', ['height', 'width', 'maskConvention', 'pixelThreshold', 'maxBytes']);
    const { height, width } = checkSize(given, 'options');
    const convention = checkMaskConvention(given.maskConvention, 'options.maskConvention');
    const bytes = checkInteger(orDefault(given.maxBytes, DEFAULT_STREAM_BYTES), 'options.maxBytes', {
      min: LEAST_STREAM_BYTES,
    });
    this.#threshold = checkPixelThreshold(given.pixelThreshold, 'options.pixelThreshold');
    this.#pixels = height * width;
    this.#native = new (binding().MetricsStream)(height, width, maskLimit(convention), bytes);
  }

  /**
   * Counts more pictures. Calls that overlap are worked on in their order.
   *
   * @returns pictures counted so far
   * @throws as `computeMetrics`; what is refused leaves the stream as it was. RangeError where some calls have scores and
   * others none; DisposedError after `dispose`
   */
  async add(input: MetricsPictures, options?: MetricsAddOptions): Promise<number> {
    this.#check();
    const given = checkOptions(input, 'input', PICTURE_KEYS);
    const signal = checkSignal(checkOptions(options, 'options', ['signal']).signal, 'options.signal');
    const pictures = { ...checkPictures(given, this.#pixels), ...this.#threshold };
    const scored = pictures.scores !== null;
    if (this.#scored !== undefined && this.#scored !== scored) {
      throw outOfRange('scores in every call of add or in none', 'input.scores', given.scores);
    }
    const counted = await call((stop) => this.#native.add(pictures, stop), { signal, owner: 'MetricsStream' });
    this.#scored = scored;
    return counted;
  }

  /**
   * Metrics of all pictures added so far. More may be added afterwards.
   *
   * @throws DinomalyError `INVALID_INPUT` for a stream without pictures, for masks of 0 and 1 with `'half'`, and where an
   * `add` was ended in its middle; DisposedError after `dispose`; the signal's reason; whatever `onProgress` throws
   */
  async finish(options?: MetricsResultOptions): Promise<MetricsResult> {
    this.#check();
    const checked = checkResultOptions(checkOptions(options, 'options', RESULT_KEYS));
    const metrics = await callReporting(
      (stop, listen) => this.#native.metrics(checked.points, stop, listen),
      checked,
      'MetricsStream',
    );
    return toResult(metrics, { counting: 'streaming', scored: this.#scored === true, points: checked.points });
  }

  /** Frees the counters once running calls have left. May be called more than once. */
  dispose(): void {
    if (!this.#disposed) {
      this.#disposed = true;
      this.#native.dispose();
    }
  }

  /** As {@link MetricsStream.dispose}. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.dispose();
  }

  #check(): void {
    if (this.#disposed) {
      throw new DisposedError('MetricsStream');
    }
  }
}
