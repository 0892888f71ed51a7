/** The addon's functions on maps in the pixels of pictures; a part of the seam in types.ts. */
import type { NativeImage, NativeStop } from './shared-types.js';

/** A map's values, viewed, and memory that nobody else has: `map.length === height * width`. */
export interface NativeMap {
  readonly map: Float32Array;
  readonly height: number;
  readonly width: number;
}

/** Where the pixels of one axis of a picture lie on a map: pixel i at index `i * scale + shift`. */
export interface NativeAxis {
  /** Pixels of the picture. */
  readonly size: number;
  /** Pixels [begin, end) were inspected. */
  readonly begin: number;
  readonly end: number;
  readonly scale: number;
  readonly shift: number;
}

export interface NativePlacement {
  readonly down: NativeAxis;
  readonly across: NativeAxis;
}

/** How a map is drawn over its picture. */
export interface NativeColours {
  /** Values at the ends of the table. */
  readonly low: number;
  readonly high: number;
  /** RGBA entries evenly over [low, high]. */
  readonly table: Uint8Array;
  /** Pixels of a stripe of the hatching where the picture was not inspected. */
  readonly stripe: number;
  /** Lines to draw along one axis each, between the corners of pixels: x0, y0, x1, y1. */
  readonly segments: Int32Array;
  /** Width of the lines in pixels. */
  readonly line: number;
}

export interface NativeRegionOptions {
  readonly threshold: number;
  readonly minArea: number;
  readonly maxRegions: number;
  readonly maxCorners: number;
}

/** One entry a region in each column, by peak, highest first. */
export interface NativeRegions {
  readonly left: Int32Array;
  readonly top: Int32Array;
  readonly width: Int32Array;
  readonly height: Int32Array;
  readonly area: Float64Array;
  readonly peak: Float64Array;
  readonly peakX: Int32Array;
  readonly peakY: Int32Array;
  readonly mean: Float64Array;
  /**
   * Region by region: the number of polygons, or -1 for none; of each the number of rings; of each the number of points
   * and the points, x and y.
   */
  readonly contours: Int32Array;
  /** Regions of at least `minArea`, those left out among them. */
  readonly found: number;
}

export interface NativeMapEncoder {
  readonly encoding: 'uint16' | 'float16' | 'float32' | 'binary';
  /** uint16: value of level 1. binary: the threshold. */
  readonly low: number;
  /** uint16: value of level 65535. */
  readonly high: number;
  /** In place of NaN; NaN keeps it, as level 0 in uint16. */
  readonly fill: number;
}

/** What a picture's tiles make together. */
export interface NativeBlended extends NativeMap {
  /** As those of `NativeScore`. */
  readonly score: number;
  readonly floor: number;
  readonly peak: number;
}

/** Puts the maps of tiles together; the jobs run one after the other, in the order of the calls. */
export interface NativeTileBlend {
  /** `tile` is counted row by row. */
  add(tile: number, map: NativeMap, stop?: NativeStop): Promise<void>;
  /** Once all tiles were added. The score is of the hottest `scoreRatio * counted` pixels. */
  finish(scoreRatio: number, counted: number, stop?: NativeStop): Promise<NativeBlended>;
}

export interface NativeMapFunctions {
  /** `down` and `across`: of each row and each column of tiles, where pixels of the picture's map lie on the tile's. */
  readonly TileBlend: new (
    down: readonly NativeAxis[],
    across: readonly NativeAxis[],
    tileHeight: number,
    tileWidth: number,
  ) => NativeTileBlend;
  /** The map in the picture's pixels; NaN where it was not inspected. */
  placeMap(map: NativeMap, placement: NativePlacement, stop?: NativeStop): Promise<Float32Array>;
  /** RGB pixels of the picture under the colours of the map. */
  overlayMap(
    picture: NativeImage,
    map: NativeMap,
    placement: NativePlacement,
    colours: NativeColours,
    stop?: NativeStop,
  ): Promise<Uint8Array>;
  /** 8-connected regions above the threshold. */
  findRegions(map: NativeMap, options: NativeRegionOptions, stop?: NativeStop): Promise<NativeRegions>;
  /** The values in the machine's byte order. */
  encodeMap(map: NativeMap, encoder: NativeMapEncoder, stop?: NativeStop): Promise<Uint8Array>;
}
