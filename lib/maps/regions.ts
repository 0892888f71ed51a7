/** Regions of an anomaly map above a threshold. */
import { call } from '../binding/call.js';
import { binding } from '../binding/load.js';
import type { NativeRegions } from '../binding/map-types.js';
import { checkInteger, checkNumber, checkOptions, checkSignal, checkString, orDefault } from '../check.js';
import type { Thresholds } from '../thresholds/types.js';
import { checkMap, pixelThreshold, thresholdMissing } from './check.js';
import type { AnomalyMap, MultiPolygon, PlacedMap, Region, Regions } from './types.js';

/** Options of {@link findRegions}. */
export interface RegionOptions {
  /**
   * Values above it are anomalous. Default: the pixel threshold of `thresholds`, else the map's own `pixelThreshold`: regions
   * then follow the verdict.
   */
  readonly threshold?: number | undefined;
  /** Thresholds of the model. */
  readonly thresholds?: Thresholds | null | undefined;
  /** Class of the picture, whose pixel threshold of `thresholds` is taken. Default: that of any class. */
  readonly className?: string | undefined;
  /** Pixels that a region must have to be listed. Default: 1. */
  readonly minArea?: number | undefined;
  /** Most regions listed, the largest; at most 100,000. Default: 1,000. */
  readonly maxRegions?: number | undefined;
  /**
   * Most corners of all outlines together, at most 10,000,000. Regions whose outlines exceed what those of higher peaks left
   * have none. Default: 100,000.
   */
  readonly maxCorners?: number | undefined;
  /** The promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

const DEFAULTS = { minArea: 1, maxRegions: 1000, maxCorners: 100_000 };
const KEYS = ['threshold', 'thresholds', 'className', 'minArea', 'maxRegions', 'maxCorners', 'signal'] as const;

/** Reads the one stream of numbers that all outlines come in. */
class ContourReader {
  readonly #words: Int32Array;
  #at = 0;

  constructor(words: Int32Array) {
    this.#words = words;
  }

  next(): MultiPolygon | null {
    const polygons = this.#read();
    return polygons < 0 ? null : this.#times(polygons, () => this.#times(this.#read(), () => this.#ring()));
  }

  #ring(): (readonly [x: number, y: number])[] {
    const points = this.#times(this.#read(), () => [this.#read(), this.#read()] as const);
    const [first] = points;
    if (first !== undefined) {
      points.push([...first]);
    }
    return points;
  }

  #times<T>(count: number, item: () => T): T[] {
    return Array.from({ length: count }, item);
  }

  #read(): number {
    return this.#words[this.#at++] ?? 0;
  }
}

function toRegions(found: NativeRegions): Region[] {
  const contours = new ContourReader(found.contours);
  const at = (column: Int32Array | Float64Array, index: number): number => column[index] ?? 0;
  return Array.from(found.area, (area, index) => ({
    box: {
      left: at(found.left, index),
      top: at(found.top, index),
      width: at(found.width, index),
      height: at(found.height, index),
    },
    area,
    peak: { value: at(found.peak, index), x: at(found.peakX, index), y: at(found.peakY, index) },
    mean: at(found.mean, index),
    contour: contours.next(),
  }));
}

/**
 * Finds the regions of a map above a threshold, pixels that share an edge or a corner together. Of a placed map they are in
 * the picture's pixels, and what was not inspected belongs to none; of a result of `model.score` in the map's. Runs off the
 * event loop in time that grows with the map alone, however many regions there are.
 *
 * @param source - what {@link placeMap} or `model.score` returned
 * @throws TypeError, RangeError naming the argument at fault
 * @throws DinomalyError `THRESHOLD_MISSING` without a threshold; the signal's reason
 */
export async function findRegions(source: PlacedMap | AnomalyMap, options?: RegionOptions): Promise<Regions> {
  const given = checkOptions(options, 'options', KEYS);
  const signal = checkSignal(given.signal, 'options.signal');
  const className = given.className === undefined ? null : checkString(given.className, 'options.className');
  const stored = pixelThreshold(given.thresholds, 'options.thresholds', className);
  const count = (key: keyof typeof DEFAULTS, max: number): number =>
    checkInteger(orDefault(given[key], DEFAULTS[key]), `options.${key}`, { min: 1, max });
  const limits = {
    minArea: count('minArea', Number.MAX_SAFE_INTEGER),
    maxRegions: count('maxRegions', 100_000),
    maxCorners: count('maxCorners', 10_000_000),
  };
  const map = checkMap(source, 'source');
  const own = given.threshold === undefined ? undefined : checkNumber(given.threshold, 'options.threshold');
  const threshold = own ?? stored ?? map.pixelThreshold ?? null;
  if (threshold === null) {
    throw thresholdMissing('give {threshold}, or {thresholds} of a model that was calibrated');
  }
  const native = binding();
  const found = await call((stop) => native.findRegions(map, { threshold, ...limits }, stop), { signal });
  return { regions: toRegions(found), threshold, leftOut: found.found - found.area.length };
}
