/** A trained model: scores pictures, one at a time or as a stream. */
import { type AttentionMap, type AttentionOptions, checkAttention, readAttention } from './attention.js';
import { checkOptions, checkPath, checkSignal } from './check.js';
import { traced } from './diagnostics.js';
import { DisposedError } from './errors.js';
import { type Features, type FeaturesOptions, readFeatures } from './features.js';
import { type ImageInput, type TakenImage, takeImage } from './image/input.js';
import { type Ask, loadParts, type ModelInfo, type ModelParts } from './model-parts.js';
import type { Device } from './options/device.js';
import { checkLoadOptions, type LoadOptions } from './options/load.js';
import { thresholdsMetadata } from './options/metadata.js';
import type { Precision } from './options/precision.js';
import type { Calibration, EncoderSource, Geometry, ModelConfig, TrainingSummary } from './options/types.js';
import { Lane } from './queue/lane.js';
import type { ModelStats } from './queue/stats.js';
import { scoreStream } from './queue/stream.js';
import {
  checkIterable,
  checkScoreOptions,
  checkStreamOptions,
  type DecisionChoice,
  type NetworkScore,
  type ScoreManyOptions,
  type ScoreOptions,
  type ScoreResult,
  type StreamResult,
} from './scoring.js';
import { checkOwnThresholds } from './thresholds/check.js';
import type { Thresholds } from './thresholds/types.js';
import { judge } from './verdict.js';
import { type FileOptions, sourceOfModel } from './weights/model-source.js';

/** A model around a native one. Internal: users get models from `Model.load` and `trainer.model()`. */
export let wrapModel: (parts: ModelParts) => Model;

/** A score without a verdict. Internal: thresholds are measured on it. */
export let scoreRaw: (model: Model, image: TakenImage, signal: AbortSignal | undefined) => Promise<NetworkScore>;

/** Pictures of a stream that are worked on at once. Internal: evaluations work on as many. */
export let lookAheadOf: (model: Model) => number;

/** The result that a score comes to. Internal: evaluations name the class. */
export let judgeRaw: (model: Model, scored: NetworkScore, name: string, choice: DecisionChoice) => ScoreResult;

/**
 * A trained model. Holds memory outside the JavaScript heap: call {@link Model.dispose}, or declare it with
 * `await using`.
 */
export class Model {
  readonly #parts: ModelParts;
  readonly #lane: Lane;
  #thresholds: Thresholds | null;
  #disposed = false;

  static {
    wrapModel = (parts) => new Model(parts);
    scoreRaw = (model, image, signal) => model.#lane.score(image, { signal });
    lookAheadOf = (model) => model.#lane.lookAhead;
    judgeRaw = (model, scored, name, choice) => model.#judge(scored, name, choice);
  }

  private constructor(parts: ModelParts) {
    this.#parts = parts;
    this.#lane = new Lane(parts);
    this.#thresholds = parts.description.thresholds;
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
    return traced('dinomaly:load', { path: file }, async () => new Model(await loadParts(file, checked)));
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

  /**
   * Where scores stop being normal: stored in the model file, or set by `evaluator.calibrate`; null when neither. Setting it
   * changes no score, and no file until {@link Model.save}.
   *
   * @throws TypeError, RangeError for what are no thresholds, or those of another map size or rule of the score
   */
  get thresholds(): Thresholds | null {
    return this.#thresholds;
  }

  set thresholds(value: Thresholds | null) {
    this.#checkAlive();
    this.#thresholds = checkOwnThresholds(value, 'thresholds', this.geometry);
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
    return this.#parts.arithmetic.precision;
  }

  /** What it runs on and in, and why. */
  get info(): ModelInfo {
    const { device, arithmetic } = this.#parts;
    const { asked, precision, reason } = arithmetic;
    return { device, precision, precisionAsked: asked, precisionReason: reason };
  }

  /** Most pixels a picture may have. */
  get pixelLimit(): number {
    return this.#parts.decoding.pixelLimit;
  }

  /** Whether SVG pictures are decoded. */
  get svg(): boolean {
    return this.#parts.decoding.svg;
  }

  /**
   * Scores one picture. Many calls may be under way at once; those that wait together share a forward pass.
   *
   * @param image - a path, a `file:` URL, encoded bytes, or the `{data, info}` of a sharp raw buffer; copied at the call
   * @throws TypeError, RangeError for a picture of the wrong kind
   * @throws DinomalyError `FILE_READ`, `IMAGE_DECODE`, `IMAGE_TOO_LARGE`, `TOO_MANY_TILES`; `SCORE_NOT_FINITE` when the network's numbers are
   * damaged; `OVERLOADED`, an {@link OverloadedError}, beyond `maxQueued`; `DEADLINE` when it has not started in time
   * @throws DisposedError after `dispose`
   */
  async score(image: ImageInput, options?: ScoreOptions): Promise<ScoreResult> {
    const { signal, deadlineMs, ...choice } = checkScoreOptions(options, () => this.#knownClasses());
    this.#checkAlive();
    this.#lane.checkRoom();
    signal?.throwIfAborted();
    const taken = takeImage(image);
    return this.#judge(await this.#lane.score(taken, { signal, deadlineMs, bounded: true }), taken.name, choice);
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
    const { row, column, layer, signal } = checkAttention(options, this.config, this.geometry);
    const found = await this.#ask(image, signal, (native, pixels, stop) => native.attention(pixels, row, column, stop));
    return readAttention(found, layer);
  }

  /**
   * What the network makes of a picture, as arrays: the outputs of the encoder's target layers, and the groups of encoder and
   * decoder whose distance is the anomaly map (paper, section 3.4), in eval mode. Takes as long as {@link Model.score}.
   *
   * @param image - as for {@link Model.score}
   * @throws as {@link Model.score}
   */
  async features(image: ImageInput, options?: FeaturesOptions): Promise<Features> {
    const signal = checkSignal(checkOptions(options, 'options', ['signal']).signal, 'options.signal');
    return readFeatures(await this.#ask(image, signal, (native, ...args) => native.features(...args)), this.config);
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
    const checked = checkStreamOptions<T>(options, () => this.#knownClasses(), this.#lane.lookAhead);
    checkIterable(images);
    this.#checkAlive();
    return scoreStream(images, checked, this.#lane, (...scored) => this.#judge(...scored));
  }

  /**
   * Writes the model file with the present thresholds: the tensors byte for byte from the file that the model was loaded
   * from, and its metadata with the present map size and rule of the score. The file is whole or not there; a previous one
   * stays until the new one is. It may be the model's own.
   *
   * @param path - path or `file:` URL
   * @throws DinomalyError `FILE_WRITE`; `MODEL_SOURCE` when there is no such file, as for a trainer's model, when it is a
   * checkpoint without metadata, or when it is gone or has changed
   */
  async save(path: string | URL, options?: FileOptions): Promise<void> {
    const signal = checkSignal(checkOptions(options, 'options', ['signal']).signal, 'options.signal');
    const file = checkPath(path, 'path');
    this.#checkAlive();
    const geometry = JSON.stringify(this.geometry);
    const changes = { thresholds: null, ...thresholdsMetadata(this.#thresholds), geometry };
    await sourceOfModel(this.#parts.source).save(file, changes, signal);
  }

  /**
   * SHA-256 of the weights, lower-case hex: of the tensors' bytes in a model file, of the whole file for a checkpoint; null
   * for a trainer's model. Thresholds are no part of it. Computed once.
   *
   * @throws DinomalyError `MODEL_SOURCE` when the file is gone or has changed since it was loaded
   */
  async weightsHash(options?: FileOptions): Promise<string | null> {
    const signal = checkSignal(checkOptions(options, 'options', ['signal']).signal, 'options.signal');
    this.#checkAlive();
    return this.#parts.source === null ? null : this.#parts.source.hash(signal);
  }

  /**
   * How many pictures were scored, how they ended, how many wait, and how long the last of them took: for monitoring. Takes
   * less than a millisecond.
   */
  stats(): ModelStats {
    this.#checkAlive();
    return this.#lane.stats(this.#parts.native);
  }

  /** Frees the weights once the pictures under way are done. May be called twice. */
  dispose(): void {
    if (!this.#disposed) {
      this.#disposed = true;
      this.#lane.close();
      this.#parts.native.dispose();
    }
  }

  /** As `dispose()`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.dispose();
  }

  #checkAlive(): void {
    if (this.#disposed) {
      throw new DisposedError('Model');
    }
  }

  /** Classes of the training set, and those with a threshold. */
  #knownClasses(): readonly string[] {
    return [...new Set([...this.classes, ...Object.keys(this.#thresholds?.classes ?? {})])];
  }

  #judge(scored: NetworkScore, name: string, choice: DecisionChoice): ScoreResult {
    return judge({ ...this.#parts.description, thresholds: this.#thresholds }, scored, name, choice);
  }

  async #ask<T>(image: ImageInput, signal: AbortSignal | undefined, ask: Ask<T>): Promise<T> {
    this.#checkAlive();
    const taken = takeImage(image);
    return this.#lane.ask(taken, signal, ask);
  }
}
