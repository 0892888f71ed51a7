/** A trained model: scores pictures, one at a time or as a stream. */
import { following } from './abort.js';
import {
  type AttentionMap,
  type AttentionOptions,
  type CheckedAttention,
  checkAttention,
  readAttention,
} from './attention.js';
import { call } from './binding/call.js';
import { binding } from './binding/load.js';
import type { NativeModel } from './binding/types.js';
import { checkFunction, checkInteger, checkOptions, checkPath, checkSignal, orDefault, wrongKind } from './check.js';
import { suggesting } from './encoders/recognise.js';
import { DisposedError } from './errors.js';
import { Gate, mapAhead } from './gate.js';
import { decodeImage, type ImageInput } from './image.js';
import { type Device, resolveDevice } from './options/device.js';
import { checkLoadOptions, describeModel, type LoadOptions, type ModelDescription } from './options/load.js';
import type { Calibration, EncoderSource, Geometry, ModelConfig, Precision, TrainingSummary } from './options/types.js';

/** Where the milliseconds of one score went. */
export interface ScoreTiming {
  /** Reading and decoding the picture. */
  readonly decodeMs: number;
  /** Waiting for the device. */
  readonly queuedMs: number;
  /** Resizing, the network and the map, of the whole batch. */
  readonly computeMs: number;
  /** Pictures that shared the forward pass. */
  readonly batch: number;
}

/** Score and map of one picture (paper, section 3.5). */
export interface ScoreResult {
  /** Mean of the largest map pixels: the higher, the more anomalous. */
  readonly score: number;
  /** Anomaly of each map pixel, `height * width` values, row by row. */
  readonly map: Float32Array;
  readonly height: number;
  readonly width: number;
  readonly timing: ScoreTiming;
}

/** One result of a stream. */
export interface StreamResult<T extends ImageInput = ImageInput> extends ScoreResult {
  /** Place of the picture in the input, from 0. */
  readonly index: number;
  readonly image: T;
}

/** Options of {@link Model.score}. */
export interface ScoreOptions {
  /** The promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of {@link Model.scoreMany}. */
export interface ScoreManyOptions<T extends ImageInput = ImageInput> extends ScoreOptions {
  /** Pictures decoded or waiting at once. Default: 16. */
  readonly lookAhead?: number | undefined;
  /**
   * Called in place of a result for a picture that cannot be scored, and awaited; the stream goes on. Default: the stream
   * throws the error at that place. An error it throws ends the stream.
   */
  readonly onError?: ((error: unknown, image: T, index: number) => void | Promise<void>) | undefined;
}

/** What a model is made of; `wrapModel` is for the trainer. */
export interface ModelParts {
  readonly native: NativeModel;
  readonly description: ModelDescription;
  readonly device: Device;
  readonly precision: Precision;
  readonly pixelLimit: number;
}

/** Pictures of one model decoded and waiting at once: callers that ask for thousands wait before decoding, not after. */
const IN_FLIGHT = 32;
const LOOK_AHEAD = 16;

let construct: (parts: ModelParts) => Model;

function checkIterable(images: unknown): void {
  // A string is iterable, letter by letter: never what was meant.
  const iterable =
    typeof images === 'object' && images !== null && (Symbol.iterator in images || Symbol.asyncIterator in images);
  if (!iterable || images instanceof Uint8Array) {
    throw wrongKind('an iterable or async iterable of pictures', 'images', images);
  }
}

/** A model around a native one. Internal: users get models from `Model.load` and `trainer.model()`. */
export function wrapModel(parts: ModelParts): Model {
  return construct(parts);
}

/**
 * A trained model. Holds memory outside the JavaScript heap: call {@link Model.dispose}, or declare it with
 * `await using`.
 */
export class Model {
  readonly #parts: ModelParts;
  readonly #gate = new Gate(IN_FLIGHT);
  #disposed = false;

  static {
    construct = (parts) => new Model(parts);
  }

  private constructor(parts: ModelParts) {
    this.#parts = parts;
  }

  /**
   * Loads a model file: one that `trainer.save` wrote, or the authors' whole Dinomaly `.pth`.
   *
   * @param path - path or `file:` URL
   * @throws DinomalyError `FILE_READ`, `WEIGHTS_FORMAT`, `WEIGHTS_MISMATCH`, `WEIGHTS_NOT_FINITE`, `METADATA_INVALID`,
   * `METADATA_MISSING`, `METADATA_VERSION`, `DEVICE_UNAVAILABLE`
   */
  static async load(path: string | URL, options?: LoadOptions): Promise<Model> {
    const checked = checkLoadOptions(options);
    const file = checkPath(path, 'path');
    const { precision, pixelLimit, signal, shape } = checked;
    const native = binding();
    const device = resolveDevice(checked.device, 'options.device', () => native.cudaAvailable());
    const info = await call(() => native.inspectFile(file), { signal });
    const description = describeModel(info, file, shape);
    const { config, geometry } = description;
    const loaded = await call((stop) => native.loadModel(file, config, geometry, { device, precision }, stop), {
      signal,
    }).catch(suggesting(info));
    return new Model({ native: loaded, description, device, precision, pixelLimit });
  }

  /** The network. */
  get config(): ModelConfig {
    return this.#parts.description.config;
  }

  /** Sizes and the rule of the score. */
  get geometry(): Geometry {
    return this.#parts.description.geometry;
  }

  /** Classes it was trained on; empty for a checkpoint without metadata. */
  get classes(): readonly string[] {
    return this.#parts.description.classes;
  }

  /** Colour scale of heatmaps; null for a checkpoint without metadata. */
  get calibration(): Calibration | null {
    return this.#parts.description.calibration;
  }

  /** The run that made it; null for a checkpoint without metadata. */
  get training(): TrainingSummary | null {
    return this.#parts.description.training;
  }

  /** Where the encoder's weights came from. */
  get encoder(): EncoderSource {
    return this.#parts.description.encoder;
  }

  /** Where it runs: `'cpu'`, `'cuda'` or `'cuda:<index>'`. */
  get device(): Device {
    return this.#parts.device;
  }

  /** Arithmetic of the network. */
  get precision(): Precision {
    return this.#parts.precision;
  }

  /** Most pixels a picture may have. */
  get pixelLimit(): number {
    return this.#parts.pixelLimit;
  }

  /**
   * Scores one picture. Many calls may be under way at once; those that wait together share a forward pass.
   *
   * @param image - a path, a `file:` URL, encoded bytes, or the `{data, info}` of a sharp raw buffer. Raw RGB is viewed:
   * do not write to it until the promise settles
   * @throws TypeError, RangeError for a picture of the wrong kind
   * @throws DinomalyError `FILE_READ`, `IMAGE_DECODE`, `IMAGE_TOO_LARGE`
   * @throws DisposedError after `dispose`
   */
  async score(image: ImageInput, options?: ScoreOptions): Promise<ScoreResult> {
    const signal = checkSignal(checkOptions(options, 'options', ['signal']).signal, 'options.signal');
    this.#checkAlive();
    return following(signal, (own) => this.#gate.run(() => this.#score(image, own), own));
  }

  /**
   * Where a patch of a picture looks in the decoder (paper, section 3.3, Figure 3): attention of the query patch at `row`,
   * `column` over all patches, in eval mode.
   *
   * @param image - as for {@link Model.score}
   * @returns one map a decoder block, first to last, or that of `options.layer`
   * @throws as {@link Model.score}; RangeError for a patch outside the grid, crop / patch in height and width
   */
  async attention(image: ImageInput, options: AttentionOptions): Promise<AttentionMap[]> {
    const checked = checkAttention(options, this.config, this.geometry);
    this.#checkAlive();
    return following(checked.signal, (own) => this.#gate.run(() => this.#attention(image, checked, own), own));
  }

  /**
   * Scores pictures as they come, in order. At most `lookAhead` are decoded or waiting; nothing more is pulled from the
   * input, nor after the consumer leaves the loop.
   *
   * @param images - an array, a generator, a stream: any iterable or async iterable of pictures
   * @throws as {@link Model.score}, at the place of the picture, unless `onError` is given
   */
  scoreMany<T extends ImageInput>(
    images: Iterable<T> | AsyncIterable<T>,
    options?: ScoreManyOptions<T>,
  ): AsyncGenerator<StreamResult<T>, void, void> {
    const given = checkOptions(options, 'options', ['lookAhead', 'signal', 'onError']);
    const lookAhead = checkInteger(orDefault(given.lookAhead, LOOK_AHEAD), 'options.lookAhead', { min: 1, max: 4096 });
    const signal = checkSignal(given.signal, 'options.signal');
    const onError = checkFunction<NonNullable<ScoreManyOptions<T>['onError']>>(given.onError, 'options.onError');
    checkIterable(images);
    this.#checkAlive();
    return this.#stream(images, lookAhead, signal, onError);
  }

  /** Frees the weights once the pictures under way are done. May be called twice. */
  dispose(): void {
    if (!this.#disposed) {
      this.#disposed = true;
      this.#parts.native.dispose();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.dispose();
  }

  #checkAlive(): void {
    if (this.#disposed) {
      throw new DisposedError('Model');
    }
  }

  async #score(image: ImageInput, signal: AbortSignal | undefined): Promise<ScoreResult> {
    const started = performance.now();
    const pixels = await decodeImage(image, { pixelLimit: this.#parts.pixelLimit });
    const decodeMs = performance.now() - started;
    this.#checkAlive();
    const native = await call((stop) => this.#parts.native.score(pixels, stop), { signal, owner: 'Model' });
    const { score, map, height, width, queuedMs, computeMs, batch } = native;
    return { score, map, height, width, timing: { decodeMs, queuedMs, computeMs, batch } };
  }

  async #attention(image: ImageInput, query: CheckedAttention, signal?: AbortSignal): Promise<AttentionMap[]> {
    const pixels = await decodeImage(image, { pixelLimit: this.#parts.pixelLimit });
    this.#checkAlive();
    const { native } = this.#parts;
    const { row, column, layer } = query;
    const found = await call((stop) => native.attention(pixels, row, column, stop), { signal, owner: 'Model' });
    return readAttention(found, layer);
  }

  async *#stream<T extends ImageInput>(
    images: Iterable<T> | AsyncIterable<T>,
    lookAhead: number,
    signal: AbortSignal | undefined,
    onError: ScoreManyOptions<T>['onError'],
  ): AsyncGenerator<StreamResult<T>, void, void> {
    const work = (image: T, stop: AbortSignal): Promise<ScoreResult> =>
      this.#gate.run(() => this.#score(image, stop), stop);
    for await (const outcome of mapAhead(images, lookAhead, work, signal)) {
      const { index, item } = outcome;
      if (outcome.ok) {
        yield { index, image: item, ...outcome.value };
      } else if (onError === undefined || outcome.error instanceof DisposedError) {
        throw outcome.error;
      } else {
        await onError(outcome.error, item, index);
      }
    }
  }
}
