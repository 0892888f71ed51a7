/** Anomaly maps in the pixels of their pictures, and the regions in them. Types only. */
import type { Calibration, Geometry } from '../options/types.js';
import type { Thresholds } from '../thresholds/types.js';

/** An anomaly map as `model.score` returns it: `height * width` values over the crop that the network saw. */
export interface AnomalyMap {
  readonly map: Float32Array;
  readonly height: number;
  readonly width: number;
  /** The verdict shows above it, as `model.score` tells it; without it the pixel threshold of the model holds. */
  readonly pixelThreshold?: number | null | undefined;
}

/** What placing and drawing maps needs of a model; a `Model` is one. */
export interface MapModel {
  readonly geometry: Geometry;
  readonly calibration?: Calibration | null | undefined;
  readonly thresholds?: (Pick<Thresholds, 'pixel'> & Partial<Pick<Thresholds, 'pixelClasses'>>) | null | undefined;
}

/** A rectangle in whole pixels. */
export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** An anomaly map in the pixels of its picture. */
export interface PlacedMap {
  /** `height * width` values, row by row; NaN where the picture was not inspected. */
  readonly map: Float32Array;
  /** Height of the picture. */
  readonly height: number;
  /** Width of the picture. */
  readonly width: number;
  /** The part of the picture that the network saw: the pixels whose centres lie in the crop. */
  readonly inspected: Rectangle;
  /** As that of the result that was placed; null where it had none. */
  readonly pixelThreshold?: number | null | undefined;
}

/**
 * Outlines, as the coordinates of a GeoJSON MultiPolygon: polygons, of each its rings, outer ring first and then the
 * holes, of each ring its `[x, y]` corners, the first repeated at the end.
 *
 * Corners lie between pixels: pixel (x, y) spans `[x, x + 1]` by `[y, y + 1]`, so that the area of the outlines is the number
 * of pixels. With y downwards outer rings run clockwise and holes against it. Parts of a region that meet at a corner only are
 * polygons of their own.
 */
export type MultiPolygon = readonly (readonly (readonly (readonly [x: number, y: number])[])[])[];

/** A region of a map above a threshold; pixels that share an edge or a corner belong together. */
export interface Region {
  /** The smallest box around it. */
  readonly box: Rectangle;
  /** Pixels. */
  readonly area: number;
  /** Its highest value, and the pixel that has it: of equal ones the topmost, then leftmost. */
  readonly peak: { readonly value: number; readonly x: number; readonly y: number };
  /** Mean of its values. */
  readonly mean: number;
  /** Its outlines; null where they would exceed `maxCorners`. */
  readonly contour: MultiPolygon | null;
}

/** What {@link findRegions} found. */
export interface Regions {
  /** By peak, highest first. */
  readonly regions: readonly Region[];
  /** The threshold that was applied. */
  readonly threshold: number;
  /** Regions of at least `minArea` that are not listed, because there are more than `maxRegions`: the smallest. */
  readonly leftOut: number;
}
