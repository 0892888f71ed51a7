/** Trains a Dinomaly on the normal pictures of a dataset. */
import { call } from './binding/call.js';
import { binding } from './binding/load.js';
import type { NativeBinding, NativeImage, NativeModel } from './binding/types.js';
import { checkBoolean, checkOptions, checkPath, checkSignal, orDefault } from './check.js';
import type { Dataset, Sample } from './datasets/types.js';
import { verifyImages } from './datasets/verify.js';
import { traced, traceStep } from './diagnostics.js';
import { DinomalyError, DisposedError } from './errors.js';
import { Gate } from './gate.js';
import { decodeImage } from './image.js';
import { type Model, wrapModel } from './model.js';
import { batching } from './model-parts.js';
import type { Device } from './options/device.js';
import { type ModelMetadata, writeMetadata } from './options/metadata.js';
import { checkPrecision, choosePrecision, PRECISION_KEYS, type Precision } from './options/precision.js';
import { checkQueue, QUEUE_KEYS, type Queue, queueOn } from './options/queue.js';
import { type CheckedTrainer, checkTrainerOptions } from './options/trainer.js';
import type { Geometry, ModelConfig, TrainerOptions, TrainingSummary } from './options/types.js';
import { checkOwnThresholds } from './thresholds/check.js';
import { type Measured, measureTraining } from './training/calibrate.js';
import {
  type CheckedTrain,
  checkTrainingSet,
  checkTrainOptions,
  type SaveOptions,
  type TrainerModelOptions,
  type TrainOptions,
  UNTRAINED,
  warnOfEdge,
} from './training/options.js';
import { pictureFacts } from './training/pictures.js';
import { runTraining } from './training/run.js';
import { type StartedTrainer, startTrainer } from './training/start.js';
import { prepareTarget } from './training/target.js';
import { TrainingTiles } from './training/tiles.js';

interface TrainerParts extends StartedTrainer {
  readonly binding: NativeBinding;
  readonly checked: CheckedTrainer;
}

/** What the last run left behind. */
interface LastRun {
  readonly classes: readonly string[];
  readonly samples: readonly Sample[];
  /** Tiles of all of them. */
  readonly tiles: number;
  summary: TrainingSummary;
  /** Null until the run has ended. */
  measured: Measured | null;
}

/**
 * A network in training. Holds memory outside the JavaScript heap: call {@link Trainer.dispose}, or declare it with
 * `await using`.
 */
export class Trainer {
  readonly #parts: TrainerParts;
  /** Steps change the weights that a file is written from: one at a time. */
  readonly #weights = new Gate(1);
  #last: LastRun | undefined;
  #training = false;
  #warned = false;
  #disposed = false;

  private constructor(parts: TrainerParts) {
    this.#parts = parts;
  }

  /**
   * Reads the encoder's weights, or draws untrained ones, and initialises bottleneck and decoder.
   *
   * @throws TypeError, RangeError naming the option at fault
   * @throws DinomalyError `FILE_READ`, `WEIGHTS_FORMAT`, `WEIGHTS_MISMATCH`, `WEIGHTS_NOT_FINITE`, `DEVICE_UNAVAILABLE`;
   * the signal's reason
   */
  static async create(options: TrainerOptions): Promise<Trainer> {
    const own = await pictureFacts(options);
    const checked = checkTrainerOptions(options, () => binding().cudaAvailable(), own);
    checked.signal?.throwIfAborted();
    const native = binding();
    return new Trainer({ binding: native, checked, ...(await startTrainer(native, checked)) });
  }

  /** The network. */
  get config(): ModelConfig {
    return this.#parts.config;
  }

  /** Sizes and the rule of the score. */
  get geometry(): Geometry {
    return this.#parts.checked.geometry;
  }

  /** Where it runs: `'cpu'`, `'cuda'` or `'cuda:<index>'`. */
  get device(): Device {
    return this.#parts.checked.training.device as Device;
  }

  /** What the last run did, also when it was stopped; null before the first. */
  get summary(): TrainingSummary | null {
    return this.#last?.summary ?? null;
  }

  /**
   * Trains on the normal pictures of `dataset.train`, then scores up to 256 of them for the colour scales of heatmaps and
   * the descriptions by which classes are found.
   * Headers of all pictures are read first. A later call starts a new run, schedule included, from the present weights.
   *
   * Pictures that are gone by then are left out of that scale, with a warning.
   *
   * With fewer pictures than `batchSize` the batch is the set, and the process emits a warning.
   *
   * @returns what the run did
   * @throws DinomalyError `BUSY` while another run is under way, `DATASET_EMPTY_CLASS`, `FILE_READ`, `IMAGE_DECODE`,
   * `IMAGE_TOO_LARGE`, `TOO_MANY_TILES`, `TRAINING_DIVERGED`; the signal's reason; whatever `onProgress` throws. The trainer stays usable
   */
  async train(dataset: Dataset, options?: TrainOptions): Promise<TrainingSummary> {
    const checked = checkTrainOptions(options);
    const samples = checkTrainingSet(dataset);
    this.#checkAlive();
    if (this.#training) {
      throw new DinomalyError('BUSY', 'This Trainer is training; wait for it or abort it first.');
    }
    this.#training = true;
    try {
      const context = { trainer: this, dataset };
      return await traced('dinomaly:train', context, () => this.#train(dataset, samples, checked));
    } finally {
      this.#training = false;
    }
  }

  /**
   * Writes the model file: all weights, and what is needed to load it by its path alone. The file is whole or not there; a
   * previous file stays until the new one is. After a run that was stopped the colour scales are measured first. Pictures that
   * are gone since then are left out of them, with a warning; without any the file has none, and heatmaps need `scale`.
   * After a failure it can be called again, with another path too.
   *
   * @param path - path or `file:` URL
   * @throws TypeError, RangeError for what are no thresholds, or those of another map size or rule of the score
   * @throws DinomalyError `FILE_WRITE`; `OUTPUT_CLASH` for the path of the encoder's weights or of a training picture;
   * `TRAINING_DIVERGED` when the run has ruined the weights
   */
  async save(path: string | URL, options?: SaveOptions): Promise<void> {
    const given = checkOptions(options, 'options', ['thresholds', 'colourScale', 'signal']);
    const signal = checkSignal(given.signal, 'options.signal');
    const thresholds = checkOwnThresholds(given.thresholds, 'options.thresholds', this.geometry);
    const file = checkPath(path, 'path');
    const scale = checkBoolean(orDefault(given.colourScale, true), 'options.colourScale');
    this.#checkAlive();
    await prepareTarget(file, this.#parts.checked, this.#last?.samples ?? []);
    if (scale) {
      await this.#calibrate(signal);
    }
    const metadata = writeMetadata({ ...this.#metadata(), thresholds });
    const work = (): Promise<void> => call(() => this.#parts.native.save(file, metadata), { signal, owner: 'Trainer' });
    await this.#weights.run(work, signal);
  }

  /** A scoring model over a copy of the present weights; it lives on after the trainer. */
  async model(options?: TrainerModelOptions): Promise<Model> {
    const given = checkOptions(options, 'options', ['signal', ...PRECISION_KEYS, ...QUEUE_KEYS]);
    const queue = queueOn(this.device, checkQueue(given));
    const wanted = checkPrecision(given.precision, given.requirePrecision);
    const signal = checkSignal(given.signal, 'options.signal');
    this.#checkAlive();
    const arithmetic = choosePrecision(wanted, this.device, this.#parts.binding.precisionSupport);
    await this.#calibrate(signal);
    const native = await this.#nativeModel(arithmetic.precision, queue, signal);
    const { decoding } = this.#parts.checked;
    return wrapModel({
      native,
      description: this.#metadata(),
      device: this.device,
      arithmetic,
      decoding,
      queue,
      source: null,
    });
  }

  /** Frees the weights; a run under way rejects with `DisposedError`. May be called twice. */
  dispose(): void {
    if (!this.#disposed) {
      this.#disposed = true;
      this.#parts.native.dispose();
    }
  }

  /** As `dispose()`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.dispose();
  }

  #checkAlive(): void {
    if (this.#disposed) {
      throw new DisposedError('Trainer');
    }
  }

  async #train(dataset: Dataset, samples: readonly Sample[], options: CheckedTrain): Promise<TrainingSummary> {
    const { classes, madeSplit: split } = dataset;
    const { iterations, signal, onProgress } = options;
    const { native, checked } = this.#parts;
    warnOfEdge(checked, dataset);
    const sizes = await verifyImages(samples, { ...checked.decoding, signal });
    const tiles = new TrainingTiles(samples, sizes, this.geometry, (index) => this.#decode(samples, index));
    const batchSize = this.#fitBatch(options.batchSize, tiles.count);
    const { seed, loss: kind } = checked.training;
    const images = samples.length;
    const summary = { ...UNTRAINED, plannedIterations: iterations, batchSize, seed, loss: kind, images, split };
    const last: LastRun = { classes, samples, tiles: tiles.count, summary, measured: null };
    await runTraining({
      native,
      needed: (ahead) => {
        this.#checkAlive();
        return native.needed(ahead);
      },
      run: { imageCount: tiles.count, iterations, batchSize },
      decode: (index) => tiles.decode(index),
      bytesOf: (index) => tiles.bytesOf(index),
      signal,
      weights: this.#weights,
      onStep: async (progress) => {
        const { step, skipped, loss } = progress;
        const skippedSteps = last.summary.skippedSteps + (skipped ? 1 : 0);
        const finalLoss = skipped ? last.summary.finalLoss : loss;
        last.summary = { ...last.summary, iterations: step + 1, skippedSteps, finalLoss };
        // From the first step on the weights are those of this run.
        this.#last = last;
        traceStep(progress);
        await onProgress?.(progress);
      },
    });
    await this.#measure(last, signal);
    return last.summary;
  }

  #fitBatch(batchSize: number, images: number): number {
    if (images < batchSize && !this.#warned) {
      this.#warned = true;
      const message = `The training set has ${images} pictures, fewer than batchSize ${batchSize}: the batch is the set.`;
      process.emitWarning(message, { type: 'DinomalyWarning', code: 'SMALL_TRAINING_SET' });
    }
    return Math.min(batchSize, images);
  }

  async #decode(samples: readonly Sample[], index: number): Promise<NativeImage> {
    const sample = samples[index];
    if (sample === undefined) {
      throw new DinomalyError('INTERNAL', `The trainer asked for picture ${index} of ${samples.length}.`);
    }
    return decodeImage(sample.path, this.#parts.checked.decoding);
  }

  /** Measures colour scales and classes where a run was stopped before it could. */
  async #calibrate(signal: AbortSignal | undefined): Promise<void> {
    const last = this.#last;
    if (last !== undefined && (last.measured?.calibration ?? null) === null && !this.#training) {
      await this.#measure(last, signal);
    }
  }

  async #measure(last: LastRun, signal: AbortSignal | undefined): Promise<void> {
    const { classes, samples, tiles } = last;
    const { geometry } = this;
    last.measured = await measureTraining({
      binding: this.#parts.binding,
      ...{ tiles, geometry },
      paths: samples.map(({ path }) => path),
      model: () => this.#nativeModel('fp32', queueOn(this.device, checkQueue({})), signal),
      classes,
      classNames: samples.map(({ className }) => className),
      decode: (index) => this.#decode(samples, index),
      signal,
    });
  }

  #nativeModel(precision: Precision, queue: Queue, signal: AbortSignal | undefined): Promise<NativeModel> {
    const { native, checked } = this.#parts;
    const options = { device: this.device, precision, ...batching(queue) };
    const discard = (late: NativeModel): void => late.dispose();
    return call(() => native.model(checked.geometry, options), { signal, owner: 'Trainer', discard });
  }

  #metadata(): ModelMetadata {
    return {
      config: this.config,
      geometry: this.geometry,
      classes: this.#last?.classes ?? [],
      calibration: this.#last?.measured?.calibration ?? null,
      descriptions: this.#last?.measured?.descriptions ?? null,
      training: this.#last?.summary ?? UNTRAINED,
      encoder: this.#parts.source,
      thresholds: null,
    };
  }
}
