/** Scores the test pictures of a dataset and computes the seven metrics of each class. */
import { call } from './binding/call.js';
import { binding } from './binding/load.js';
import type { NativeBinding, NativeMetrics, NativeMetricsInput } from './binding/types.js';
import {
  checkFunction,
  checkInteger,
  checkOneOf,
  checkOptions,
  checkSignal,
  orDefault,
  outOfRange,
  wrongKind,
} from './check.js';
import { checkDataset, maskOf } from './datasets/check.js';
import type { Dataset, Sample } from './datasets/types.js';
import { verifyImages } from './datasets/verify.js';
import { DinomalyError } from './errors.js';
import { mapAhead } from './gate.js';
import { decodeMask } from './image.js';
import { Model, type ScoreResult } from './model.js';
import type { Extent, Geometry } from './options/types.js';

/** Names of the metrics, in the order of the paper's tables. */
export const METRICS = ['imageAuroc', 'imageAp', 'imageF1Max', 'pixelAuroc', 'pixelAp', 'pixelF1Max', 'aupro'] as const;

/** A metric of the paper's tables. */
export type Metric = (typeof METRICS)[number];

/** Fractions in [0, 1]; null where the data leaves a metric undefined. */
export type Metrics = Readonly<Record<Metric, number | null>>;

/**
 * When a mask pixel is anomalous once the mask has been brought to map size: `'any'` above 0, the authors' convention;
 * `'half'` above 0.5, common elsewhere.
 */
export type MaskConvention = 'any' | 'half';

/** Metrics of one class. */
export interface ClassMetrics extends Metrics {
  readonly name: string;
  /** Test pictures. */
  readonly images: number;
  /** Anomalous ones among them. */
  readonly anomalous: number;
}

/** Result of {@link Evaluator.evaluate}. */
export interface Evaluation {
  readonly classes: readonly ClassMetrics[];
  /** Mean over the classes where the metric is defined; null where it is for none. */
  readonly mean: Metrics;
  /** Over how many classes each mean is. */
  readonly meanOver: Readonly<Record<Metric, number>>;
  readonly images: number;
  /** How the figures were made. */
  readonly conventions: {
    readonly mask: MaskConvention;
    readonly size: Extent;
    readonly crop: Extent;
    readonly map: Extent;
    readonly scoreRatio: number;
    /** AUPRO is the area up to this false positive rate, over the rate. */
    readonly auproLimit: number;
  };
  /** Wall time of scoring and metrics. */
  readonly seconds: number;
}

/** State of an evaluation after a picture. */
export interface EvaluateProgress {
  readonly className: string;
  /** Pictures scored, over all classes. */
  readonly done: number;
  readonly total: number;
  readonly imagesPerSecond: number;
  readonly remainingSeconds: number;
}

/** Options of {@link Evaluator}. */
export interface EvaluatorOptions {
  /** Default: `'any'`. */
  readonly maskConvention?: MaskConvention | undefined;
  /** Pictures decoded or waiting at once. Default: 16. */
  readonly lookAhead?: number | undefined;
}

/** Options of {@link Evaluator.evaluate}. */
export interface EvaluateOptions {
  /** The promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each picture, and awaited; what it throws ends the evaluation and is what the promise rejects with. */
  readonly onProgress?: ((progress: EvaluateProgress) => void | Promise<void>) | undefined;
}

const AUPRO_LIMIT = 0.3;

interface Run {
  readonly native: NativeBinding;
  readonly model: Model;
  readonly signal: AbortSignal | undefined;
  readonly onImage: (className: string) => Promise<void>;
}

/** Evaluates models on datasets; holds nothing but its options. */
export class Evaluator {
  readonly #maskConvention: MaskConvention;
  readonly #lookAhead: number;

  /** @throws TypeError, RangeError naming the option at fault */
  constructor(options?: EvaluatorOptions) {
    const given = checkOptions(options, 'options', ['maskConvention', 'lookAhead']);
    const conventions = ['any', 'half'] as const;
    this.#maskConvention = checkOneOf(orDefault(given.maskConvention, 'any'), 'options.maskConvention', conventions);
    this.#lookAhead = checkInteger(orDefault(given.lookAhead, 16), 'options.lookAhead', { min: 1, max: 4096 });
  }

  /**
   * Scores all of `dataset.test` class by class: the maps of one class are held at a time. Headers of all pictures and
   * masks are read first.
   *
   * @throws DinomalyError `DATASET_EMPTY_CLASS` for a class without test pictures, `MASK_MISSING`, `FILE_READ`,
   * `IMAGE_DECODE`, `IMAGE_TOO_LARGE`; the signal's reason; whatever `onProgress` throws
   */
  async evaluate(model: Model, dataset: Dataset, options?: EvaluateOptions): Promise<Evaluation> {
    const given = checkOptions(options, 'options', ['signal', 'onProgress']);
    const signal = checkSignal(given.signal, 'options.signal');
    const onProgress = checkFunction<NonNullable<EvaluateOptions['onProgress']>>(
      given.onProgress,
      'options.onProgress',
    );
    if (!(model instanceof Model)) {
      throw wrongKind('a Model', 'model', model);
    }
    const classes = groupTest(dataset);
    await verifyImages([...classes.values()].flat(), { pixelLimit: model.pixelLimit, signal });
    const started = performance.now();
    const total = dataset.test.length;
    const run = { native: binding(), model, signal, onImage: meter(total, started, onProgress) };
    const rows: ClassMetrics[] = [];
    for (const [name, samples] of classes) {
      rows.push(await this.#evaluateClass(run, name, samples));
    }
    const seconds = (performance.now() - started) / 1000;
    return { classes: rows, ...meanOf(rows), images: total, conventions: this.#conventions(model.geometry), seconds };
  }

  async #evaluateClass(run: Run, name: string, samples: readonly Sample[]): Promise<ClassMetrics> {
    const { native, model, signal, onImage } = run;
    const [height, width] = model.geometry.map;
    const clean = new Uint8Array(height * width);
    const maps: Float32Array[] = [];
    const masks: Uint8Array[] = [];
    const scores: number[] = [];
    const work = (sample: Sample, own: AbortSignal): Promise<[ScoreResult, Uint8Array]> =>
      Promise.all([model.score(sample.path, { signal: own }), this.#mask(run, sample, clean)]);
    for await (const outcome of mapAhead(samples, this.#lookAhead, work, signal)) {
      if (!outcome.ok) {
        throw outcome.error;
      }
      const [{ score, map }, mask] = outcome.value;
      maps.push(map);
      masks.push(mask);
      scores.push(score);
      await onImage(name);
    }
    const labels = samples.map((sample) => sample.label);
    const input: NativeMetricsInput = { maps, masks, height, width, labels, scores };
    const metrics = await call((stop) => native.computeMetrics(input, stop), { signal, owner: 'Evaluator' });
    const anomalous = labels.filter((label) => label === 1).length;
    return { name, images: samples.length, anomalous, ...pickMetrics(metrics) };
  }

  async #mask(run: Run, sample: Sample, clean: Uint8Array): Promise<Uint8Array> {
    const path = maskOf(sample);
    if (path === undefined) {
      return clean;
    }
    const mask = await decodeMask(path, { pixelLimit: run.model.pixelLimit });
    return call(() => run.native.prepareMask(mask, run.model.geometry, this.#maskConvention), { owner: 'Evaluator' });
  }

  #conventions(geometry: Geometry): Evaluation['conventions'] {
    const { resize, crop, map, scoreRatio } = geometry;
    return { mask: this.#maskConvention, size: resize, crop, map, scoreRatio, auproLimit: AUPRO_LIMIT };
  }
}

function pickMetrics(metrics: NativeMetrics): Metrics {
  const { imageAuroc, imageAp, imageF1Max, pixelAuroc, pixelAp, pixelF1Max, aupro } = metrics;
  return { imageAuroc, imageAp, imageF1Max, pixelAuroc, pixelAp, pixelF1Max, aupro };
}

/** Test pictures by class, in the order of the dataset's classes. */
function groupTest(dataset: unknown): Map<string, Sample[]> {
  checkDataset(dataset);
  const groups = new Map<string, Sample[]>(dataset.classes.map((name) => [name, []]));
  for (const sample of dataset.test) {
    const group = groups.get(sample.className);
    if (group === undefined) {
      throw outOfRange(`one of dataset.classes for the picture ${sample.path}`, 'dataset.test', sample.className);
    }
    maskOf(sample);
    group.push(sample);
  }
  if (groups.size === 0) {
    throw new DinomalyError('DATASET_EMPTY_CLASS', `The dataset in ${dataset.root} has no classes`);
  }
  for (const [name, samples] of groups) {
    if (samples.length === 0) {
      throw new DinomalyError('DATASET_EMPTY_CLASS', `The class '${name}' in ${dataset.root} has no test pictures`);
    }
  }
  return groups;
}

function meter(total: number, started: number, onProgress: EvaluateOptions['onProgress']): Run['onImage'] {
  let done = 0;
  return async (className) => {
    done++;
    const imagesPerSecond = done / Math.max(1e-6, (performance.now() - started) / 1000);
    await onProgress?.({ className, done, total, imagesPerSecond, remainingSeconds: (total - done) / imagesPerSecond });
  };
}

/**
 * One evaluation out of several on different classes, as of one model a class. The conventions are those of the first.
 *
 * @throws TypeError when there is none
 */
export function mergeEvaluations(parts: readonly Evaluation[]): Evaluation {
  const [first] = parts;
  if (first === undefined) {
    throw wrongKind('at least one evaluation', 'parts', parts);
  }
  const classes = parts.flatMap((part) => part.classes);
  const sum = (of: (part: Evaluation) => number): number => parts.reduce((total, part) => total + of(part), 0);
  return {
    classes,
    ...meanOf(classes),
    images: sum((part) => part.images),
    conventions: first.conventions,
    seconds: sum((part) => part.seconds),
  };
}

/** Mean of each metric over the classes where it is defined. */
export function meanOf(rows: readonly Metrics[]): Pick<Evaluation, 'mean' | 'meanOver'> {
  const mean: Partial<Record<Metric, number | null>> = {};
  const meanOver: Partial<Record<Metric, number>> = {};
  for (const metric of METRICS) {
    const defined = rows.map((row) => row[metric]).filter((value) => value !== null);
    const sum = defined.reduce((total, value) => total + value, 0);
    mean[metric] = defined.length === 0 ? null : sum / defined.length;
    meanOver[metric] = defined.length;
  }
  return { mean: mean as Metrics, meanOver: meanOver as Record<Metric, number> };
}
