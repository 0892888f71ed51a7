/**
 * Collects the pictures that a report shows while an evaluation runs: of each class the normal ones with the highest scores
 * and the anomalous ones with the lowest and the highest. Maps are held for those of one class only; when the next class
 * begins they are rendered small, and the maps go.
 */
import { ownCopy } from '../../binding/own.js';
import { checkInteger, checkOptions, checkSignal, orDefault } from '../../check.js';
import { checkDataset } from '../../datasets/check.js';
import type { Dataset, Sample } from '../../datasets/types.js';
import type { MaskConvention, PictureResult } from '../../evaluation/types.js';
import { checkDecoding, type DecodeOptions } from '../../image/decoding.js';
import { max, min } from '../../lists.js';
import { pixelThreshold } from '../../maps/check.js';
import type { AnomalyMap, MapModel } from '../../maps/types.js';
import { checkMaskConvention } from '../../metrics/options.js';
import { f1Threshold } from '../../thresholds/choose.js';
import { shownOnMap } from '../../verdict.js';
import { type HeatmapScale, scaleOfClass, turnAt } from '../colour-scale.js';
import { isAbove } from '../decisions.js';
import type { JudgedMap } from '../judged.js';
import { Ranking } from './ranking.js';
import { renderShots, type Shots } from './shots.js';

/** What a report needs of the model that scored a picture; a `Model` is one. */
export interface GalleryModel extends MapModel, DecodeOptions {}

/** A picture of a gallery. */
export interface GalleryEntry {
  readonly picture: PictureResult;
  readonly shots: Shots;
}

/** The galleries of a class. */
export interface ClassGalleries {
  /** Normal pictures with the highest scores, highest first. */
  readonly normal: readonly GalleryEntry[];
  /** Anomalous pictures with the lowest scores, lowest first. */
  readonly missed: readonly GalleryEntry[];
  /** Anomalous pictures with the highest scores, highest first; none that is among `missed`. */
  readonly found: readonly GalleryEntry[];
  /** What the colours of all its heatmaps hang on. */
  readonly scale: HeatmapScale;
}

/** Options of {@link ReportGallery}. */
export interface ReportGalleryOptions {
  /**
   * Most pictures in each of the three galleries of a class. Default: 8, and fewer for many classes, so that the page stays
   * at some 360 pictures; at least 2.
   */
  readonly perClass?: number | undefined;
  /** As the evaluator's. Default: `'any'`. */
  readonly maskConvention?: MaskConvention | undefined;
}

/** Entries of all galleries that a page should not exceed, as long as each has two. */
const PAGE_ENTRIES = 360;
const PER_CLASS = 8;
const AT_LEAST = 2;
/** Of an interval that nobody reads. */
const LEVEL = 0.95;

interface Candidate {
  readonly picture: PictureResult;
  readonly map: JudgedMap;
}

interface Collecting {
  readonly className: string;
  readonly model: GalleryModel;
  readonly normal: Ranking<Candidate>;
  readonly lowest: Ranking<Candidate>;
  readonly highest: Ranking<Candidate>;
  /** Scores of all pictures, normal and anomalous ones. */
  readonly scores: readonly [normal: number[], anomalous: number[]];
}

/** A score that is no number counts as the highest: nothing vouches for the picture. */
function rankOf({ picture }: Candidate): number {
  return Number.isNaN(picture.score) ? Number.POSITIVE_INFINITY : picture.score;
}

/** From the coldest to what normal pictures show, for a model without calibration. */
function measuredScale(
  maps: readonly AnomalyMap[],
  normal: readonly AnomalyMap[],
): Required<Omit<HeatmapScale, 'threshold'>> {
  const values = maps.flatMap(({ map }) => [min(map) ?? 0, max(map) ?? 0]).filter(Number.isFinite);
  const low = min(values) ?? 0;
  const top = max(values) ?? 1;
  const high = max(normal.map(({ map }) => max(map) ?? low).filter(Number.isFinite)) ?? low + (top - low) / 4;
  return { low, high: high > low ? high : low + 1 };
}

/** One scale for all pictures of a class: the model's, or for one without calibration what these maps suggest. */
function scaleOf(
  { className, model }: Collecting,
  maps: readonly AnomalyMap[],
  normal: readonly AnomalyMap[],
): HeatmapScale {
  if ((model.calibration ?? null) !== null) {
    return scaleOfClass(model, className);
  }
  const measured = measuredScale(maps, normal);
  const threshold = pixelThreshold(model.thresholds, 'model.thresholds', className);
  return threshold === null ? measured : turnAt(measured, threshold);
}

/**
 * Gives the maps of a model without thresholds the verdict that the report comes to: that of the F1-optimal threshold, which
 * there is where the class has pictures of both kinds.
 */
function judgeBy({ scores, model }: Collecting, scale: HeatmapScale): (candidate: Candidate) => Candidate {
  const [normal, anomalous] = scores;
  const both = normal.length > 0 && anomalous.length > 0;
  if (!both || ![...normal, ...anomalous].every(Number.isFinite)) {
    return (candidate) => candidate;
  }
  const { value } = f1Threshold(normal, anomalous, LEVEL);
  const stored = scale.threshold ?? scale.high ?? null;
  return ({ picture, map }) => {
    if (typeof map.isAnomalous === 'boolean') {
      return { picture, map };
    }
    const isAnomalous = isAbove(picture.score, value);
    const pixelThreshold = shownOnMap(isAnomalous, map.map, model.geometry, stored);
    return { picture, map: { ...map, isAnomalous, pixelThreshold } };
  };
}

/**
 * The galleries of a report. Hand `onPicture` to `evaluator.evaluate`, and the gallery to `writeReport`.
 *
 * A picture or mask that cannot be read again is left empty, which the page says.
 */
export class ReportGallery {
  readonly #samples: ReadonlyMap<string, Sample>;
  readonly #perClass: number;
  readonly #maskConvention: MaskConvention;
  readonly #classes = new Map<string, ClassGalleries>();
  #collecting: Collecting | null = null;

  /**
   * @param dataset - the dataset that is evaluated, for its masks
   * @throws TypeError, RangeError naming the option at fault
   */
  constructor(dataset: Dataset, options?: ReportGalleryOptions) {
    const given = checkOptions(options, 'options', ['perClass', 'maskConvention']);
    checkDataset(dataset);
    const share = Math.floor(PAGE_ENTRIES / (3 * Math.max(1, dataset.classes.length)));
    const fitting = Math.max(AT_LEAST, Math.min(PER_CLASS, share));
    this.#perClass = checkInteger(orDefault(given.perClass, fitting), 'options.perClass', { min: 1, max: 100 });
    this.#maskConvention = checkMaskConvention(given.maskConvention, 'options.maskConvention');
    this.#samples = new Map(dataset.test.map((sample) => [sample.path, sample]));
  }

  /** Takes a picture of an evaluation. Bound: hand it over as it is. */
  readonly onPicture = async (picture: PictureResult, map: JudgedMap, model: GalleryModel): Promise<void> => {
    if (this.#collecting?.className !== picture.className) {
      await this.#render();
      this.#collecting = this.#begin(picture.className, model);
    }
    const candidate: Candidate = { picture, map: { ...map, map: ownCopy(map.map, 'map.map') } };
    this.#collecting.scores[picture.label].push(picture.score);
    if (picture.label === 0) {
      this.#collecting.normal.add(candidate);
    } else {
      this.#collecting.lowest.add(candidate);
      this.#collecting.highest.add(candidate);
    }
  };

  /**
   * The galleries by class, all rendered.
   *
   * @param options - `signal`: the promise rejects with its reason, and may be asked for again
   */
  async finish(options?: { readonly signal?: AbortSignal | undefined }): Promise<ReadonlyMap<string, ClassGalleries>> {
    const signal = checkSignal(checkOptions(options, 'options', ['signal']).signal, 'options.signal');
    await this.#render(signal);
    return this.#classes;
  }

  #begin(className: string, model: GalleryModel): Collecting {
    const most = this.#perClass;
    return {
      className,
      model,
      normal: new Ranking(most, rankOf),
      lowest: new Ranking(most, (candidate) => -rankOf(candidate)),
      highest: new Ranking(most, rankOf),
      scores: [[], []],
    };
  }

  async #render(signal?: AbortSignal): Promise<void> {
    const collecting = this.#collecting;
    if (collecting === null) {
      return;
    }
    const { className, model, normal, lowest, highest } = collecting;
    // Of few anomalous pictures each is shown once: the lower half as the worst, the rest as the best.
    const anomalous = new Set([...lowest.items, ...highest.items]);
    const missed = lowest.items.slice(0, Math.ceil(anomalous.size / 2));
    const found = highest.items.filter((candidate) => !missed.includes(candidate));
    const maps = [...normal.items, ...anomalous].map(({ map }) => map);
    const scale = scaleOf(
      collecting,
      maps,
      normal.items.map(({ map }) => map),
    );
    const judged = judgeBy(collecting, scale);
    const render = (items: readonly Candidate[]): Promise<GalleryEntry[]> =>
      this.#entries(items.map(judged), model, scale, signal);
    this.#classes.set(className, {
      normal: await render(normal.items),
      missed: await render(missed),
      found: await render(found),
      scale,
    });
    this.#collecting = null;
  }

  async #entries(
    items: readonly Candidate[],
    model: GalleryModel,
    scale: HeatmapScale,
    signal: AbortSignal | undefined,
  ): Promise<GalleryEntry[]> {
    const entries: GalleryEntry[] = [];
    for (const { picture, map } of items) {
      signal?.throwIfAborted();
      const decoding = checkDecoding(model, 'model', model.geometry.orientation);
      const sample = this.#samples.get(picture.path) ?? { ...picture, split: 'test' };
      const shots = await renderShots(sample, map, model, { maskConvention: this.#maskConvention, decoding, scale });
      entries.push({ picture, shots });
    }
    return entries;
  }
}
