/** Scores the test pictures of a dataset and computes the metrics of each class. */
import { binding } from './binding/load.js';
import { ownCopy } from './binding/own.js';
import type { NativeBinding } from './binding/types.js';
import { checkFunction, checkInteger, checkOptions, checkSignal, orDefault, wrongKind } from './check.js';
import type { Dataset, Sample } from './datasets/types.js';
import { verifyImages } from './datasets/verify.js';
import { traced } from './diagnostics.js';
import { DisposedError } from './errors.js';
import { ClassCounter } from './evaluation/class-counter.js';
import { Doubts } from './evaluation/doubts.js';
import { meanOf } from './evaluation/mean.js';
import { meter } from './evaluation/meter.js';
import { groupTest } from './evaluation/samples.js';
import { type Truth, TruthReader } from './evaluation/truth.js';
import type {
  ClassCurves,
  ClassMetrics,
  EvaluateProgress,
  Evaluation,
  LeftOutPicture,
  MaskConvention,
  PictureResult,
} from './evaluation/types.js';
import { mapAhead } from './gate.js';
import { decodingOf } from './image/decoding.js';
import { takeImage } from './image/input.js';
import { reasonOf } from './kinds.js';
import { checkCurves, checkMaskConvention } from './metrics/options.js';
import { judgeRaw, lookAheadOf, Model, scoreRaw } from './model.js';
import type { Geometry } from './options/types.js';
import { LOOK_AHEAD_RANGE, type NetworkScore, type ScoreResult } from './scoring.js';
import {
  type CalibrateF1Options,
  type CalibrateOptions,
  calibrateByF1,
  calibrateByRate,
} from './thresholds/calibrate.js';
import { decide, pixelThresholdOf, thresholdOf } from './thresholds/decide.js';
import type { CalibrationSample } from './thresholds/samples.js';
import type { Decision, Thresholds } from './thresholds/types.js';

/** Options of {@link Evaluator}. */
export interface EvaluatorOptions {
  /** Default: `'any'`. */
  readonly maskConvention?: MaskConvention | undefined;
  /** Pictures decoded or waiting at once. Default: as for `model.scoreMany`. */
  readonly lookAhead?: number | undefined;
  /**
   * Bytes that the maps of one class and the ranking of their pixels may take (13 a pixel). A larger class is counted, not
   * kept: see `MetricsStream`, which then gets as much, at least 1 MiB and at most 768 MiB. The result says which it was,
   * in `counting` and `errorBound`. Default: 2 GiB, some 2,500 maps of 256 x 256.
   */
  readonly metricsMemory?: number | undefined;
}

/** Options of {@link Evaluator.evaluate}. */
export interface EvaluateOptions {
  /** Points of each class's curves at most, 10 to 10,000; `true` for 512. Default: `false`, no curves. */
  readonly curves?: boolean | number | undefined;
  /** The promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each picture, and awaited; what it throws ends the evaluation and is what the promise rejects with. */
  readonly onProgress?: ((progress: EvaluateProgress) => void | Promise<void>) | undefined;
  /**
   * Called with each picture, its map and the model that made it, in order, and awaited; what it throws ends the evaluation
   * and is what the promise rejects with. The map is kept only as long as its class is being scored.
   */
  readonly onPicture?:
    | ((picture: PictureResult, result: ScoreResult, model: Model) => void | Promise<void>)
    | undefined;
  /**
   * Called in place of a result for a picture that cannot be scored although its header is sound, and awaited; the evaluation
   * goes on without the picture, unless its class has no other, and lists it in `leftOut`. Default: the evaluation ends with
   * the error. What it throws ends the evaluation and is what the promise rejects with.
   */
  readonly onError?: ((error: unknown, sample: Sample) => void | Promise<void>) | undefined;
}

const AUPRO_LIMIT = 0.3;
const METRICS_MEMORY = 2 * 2 ** 30;

interface Run {
  readonly native: NativeBinding;
  readonly model: Model;
  readonly signal: AbortSignal | undefined;
  /** Of the curves; 0 for none. */
  readonly points: number;
  readonly onImage: (className: string) => Promise<void>;
  readonly onPicture: EvaluateOptions['onPicture'];
  readonly onError: EvaluateOptions['onError'];
  readonly truth: TruthReader;
  readonly doubts: Doubts;
  /** Filled as pictures are scored. */
  readonly pictures: PictureResult[];
  readonly leftOut: LeftOutPicture[];
  /** By class; filled as classes are done, if curves were asked for. */
  readonly curves: Map<string, ClassCurves>;
}

/** Evaluates models on datasets; holds nothing but its options. */
export class Evaluator {
  readonly #maskConvention: MaskConvention;
  readonly #lookAhead: number | undefined;
  readonly #metricsMemory: number;

  /** @throws TypeError, RangeError naming the option at fault */
  constructor(options?: EvaluatorOptions) {
    const given = checkOptions(options, 'options', ['maskConvention', 'lookAhead', 'metricsMemory']);
    this.#maskConvention = checkMaskConvention(given.maskConvention, 'options.maskConvention');
    this.#lookAhead =
      given.lookAhead === undefined ? undefined : checkInteger(given.lookAhead, 'options.lookAhead', LOOK_AHEAD_RANGE);
    const memory = orDefault(given.metricsMemory, METRICS_MEMORY);
    this.#metricsMemory = checkInteger(memory, 'options.metricsMemory', { min: 0 });
  }

  /**
   * Scores all of `dataset.test` class by class: the maps of one class are held at a time, or none where they would take more
   * than `metricsMemory`. Headers of all pictures and masks are read first. Anomalous pictures without a mask count in the
   * metrics of pictures only.
   *
   * @throws DinomalyError `DATASET_EMPTY_CLASS` for a class without test pictures, `FILE_READ`, `IMAGE_DECODE`,
   * `IMAGE_TOO_LARGE`, `TOO_MANY_TILES`; `SCORE_NOT_FINITE` naming the picture; the signal's reason; whatever `onProgress`
   * throws
   */
  async evaluate(model: Model, dataset: Dataset, options?: EvaluateOptions): Promise<Evaluation> {
    return traced('dinomaly:evaluate', { model, dataset }, () => this.#evaluate(model, dataset, options));
  }

  async #evaluate(model: Model, dataset: Dataset, options?: EvaluateOptions): Promise<Evaluation> {
    const given = checkOptions(options, 'options', ['signal', 'onProgress', 'onPicture', 'onError', 'curves']);
    const points = checkCurves(given.curves, 'options.curves');
    const signal = checkSignal(given.signal, 'options.signal');
    const onProgress = checkFunction<NonNullable<EvaluateOptions['onProgress']>>(
      given.onProgress,
      'options.onProgress',
    );
    const onPicture = checkFunction<NonNullable<EvaluateOptions['onPicture']>>(given.onPicture, 'options.onPicture');
    const onError = checkFunction<NonNullable<EvaluateOptions['onError']>>(given.onError, 'options.onError');
    checkModel(model);
    const classes = groupTest(dataset);
    const samples = [...classes.values()].flat();
    const verified = await verifyImages(samples, { ...decodingOf(model), signal });
    const sizes = new Map(verified.map((size, at) => [samples[at], size]));
    const started = performance.now();
    const total = dataset.test.length;
    const pictures: PictureResult[] = [];
    const onImage = meter(total, started, onProgress);
    const curves = new Map<string, ClassCurves>();
    const leftOut: LeftOutPicture[] = [];
    const native = binding();
    const truth = new TruthReader(native, model, this.#maskConvention, sizes);
    const doubts = new Doubts();
    const callbacks = { onImage, onPicture, onError };
    const run: Run = { native, model, signal, points, ...callbacks, truth, doubts, pictures, leftOut, curves };
    const rows: ClassMetrics[] = [];
    for (const [name, samples] of classes) {
      rows.push(await this.#evaluateClass(run, name, samples));
    }
    const seconds = (performance.now() - started) / 1000;
    const conventions = this.#conventions(model.geometry);
    return {
      classes: rows,
      ...meanOf(rows),
      images: pictures.length,
      pictures,
      leftOut,
      doubtfulMasks: doubts.lists,
      curves: points === 0 ? null : Object.fromEntries(curves),
      conventions,
      seconds,
    };
  }

  /**
   * Measures thresholds on held-out normal pictures, by the share of them that may be rejected, and sets `model.thresholds`;
   * no file is written. Of n pictures the k-th largest score is the threshold, with the largest k for which the expected share
   * of new normal pictures above it, k / (n + 1), is within `falseRejectRate`; with fewer than 1 / rate - 1 pictures it is the
   * maximum, and the interval tells what that is worth. A class with fewer than 20 pictures, and fewer than the rate needs,
   * takes the threshold of all classes, which `notes` tell. The same pictures give the same thresholds.
   *
   * @param normals - `dataset.validation`, or pictures of your own that the model was not trained on
   * @returns the thresholds, frozen
   * @throws DinomalyError `CALIBRATION_DATA` for a training, test, anomalous or repeated picture or an empty list,
   * `SCORE_NOT_FINITE`, `FILE_READ`, `IMAGE_DECODE`, `IMAGE_TOO_LARGE`; the signal's reason; whatever `onProgress` throws
   */
  async calibrate(
    model: Model,
    normals: readonly CalibrationSample[],
    options?: CalibrateOptions,
  ): Promise<Thresholds> {
    checkModel(model);
    const work = (): Promise<Thresholds> => calibrateByRate(model, normals, options, this.#aheadOf(model));
    return traced('dinomaly:calibrate', { model, evaluator: this }, work);
  }

  /**
   * Measures thresholds on labelled pictures, where F1 of the anomalous is largest, and sets `model.thresholds`. Such
   * thresholds flatter the pictures they were chosen on: when these are the test pictures, so are the results. A class with
   * one kind of label takes the threshold of all classes, which `notes` tell. The pixel threshold is that of
   * {@link Evaluator.calibrate} on the normal ones.
   *
   * @param labelled - pictures of both labels, none of them trained on
   * @throws as {@link Evaluator.calibrate}, but takes test and anomalous pictures
   */
  async calibrateF1(
    model: Model,
    labelled: readonly CalibrationSample[],
    options?: CalibrateF1Options,
  ): Promise<Thresholds> {
    checkModel(model);
    const work = (): Promise<Thresholds> => calibrateByF1(model, labelled, options, this.#aheadOf(model));
    return traced('dinomaly:calibrate', { model, evaluator: this }, work);
  }

  async #evaluateClass(run: Run, name: string, samples: readonly Sample[]): Promise<ClassMetrics> {
    const { native, points, signal, truth, model } = run;
    const { thresholds } = model;
    const pixelThreshold = thresholds === null ? null : pixelThresholdOf(thresholds, name).value;
    const memory = this.#metricsMemory;
    const pixels = samples.reduce((sum, sample) => sum + truth.pixelsOf(sample), 0);
    const counter = new ClassCounter(native, { pixels, pixelThreshold, memory, points, signal });
    try {
      await this.#scoreClass(run, name, samples, counter);
      const { counts, curves, ...measured } = await counter.finish();
      const { images, anomalousImages: anomalous } = counts;
      if (curves !== null) {
        run.curves.set(name, curves);
      }
      return { name, images, anomalous, unmasked: counter.unmasked, ...measured };
    } finally {
      counter.dispose();
    }
  }

  async #scoreClass(run: Run, name: string, samples: readonly Sample[], counter: ClassCounter): Promise<void> {
    const { model, signal } = run;
    const work = (sample: Sample, own: AbortSignal): Promise<[NetworkScore, Truth]> =>
      Promise.all([scoreRaw(model, takeImage(sample.path), own), run.truth.read(sample)]);
    let lost = 0;
    for await (const outcome of mapAhead(samples, this.#aheadOf(model), work, signal)) {
      if (!outcome.ok) {
        lost++;
        await leaveOut(run, outcome.item, outcome.error, lost === samples.length);
        await run.onImage(name);
        continue;
      }
      const [raw, { mask, doubts }] = outcome.value;
      const { path, className, label, defect } = outcome.item;
      run.doubts.add(path, doubts);
      const result = judgeRaw(model, raw, path, { className });
      const decision = decisionOf(model, className, result.score, path);
      const own = judgeRaw(model, raw, path, {});
      const found = own.known === null ? {} : { foundClass: own.className };
      const picture: PictureResult = { path, className, label, defect, score: result.score, decision, ...found };
      run.pictures.push(picture);
      // What the callback does with its map must not reach the metrics.
      const map = run.onPicture === undefined ? result.map : ownCopy(result.map, path);
      await run.onPicture?.(picture, result, model);
      await counter.add({ path, map, width: result.width, mask, label, score: result.score });
      await run.onImage(name);
    }
  }

  #aheadOf(model: Model): number {
    return this.#lookAhead ?? lookAheadOf(model);
  }

  #conventions(geometry: Geometry): Evaluation['conventions'] {
    const { resize: size, crop, map, scoreRatio, orientation = 'ignore', tiles = null } = geometry;
    return { mask: this.#maskConvention, size, crop, map, scoreRatio, orientation, tiles, auproLimit: AUPRO_LIMIT };
  }
}

/** Goes on without a picture, if the caller wants that and there are others. */
async function leaveOut(run: Run, sample: Sample, error: unknown, last: boolean): Promise<void> {
  if (run.onError === undefined || last || error instanceof DisposedError) {
    throw error;
  }
  await run.onError(error, sample);
  const { path, className } = sample;
  run.leftOut.push({ path, className, reason: reasonOf(error) });
}

function checkModel(model: unknown): asserts model is Model {
  if (!(model instanceof Model)) {
    throw wrongKind('a Model', 'model', model);
  }
}

function decisionOf({ thresholds }: Model, className: string, score: number, path: string): Decision | null {
  return thresholds === null ? null : decide(thresholdOf(thresholds, className), score, path);
}
