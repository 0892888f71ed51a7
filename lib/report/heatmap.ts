/**
 * An anomaly map laid over its picture, in the picture's own pixels: resize and crop are undone per axis, and what the
 * network did not see is grey and hatched.
 */
import { call } from '../binding/call.js';
import { binding } from '../binding/load.js';
import type { NativePlacement } from '../binding/map-types.js';
import { checkBoolean, checkNumber, checkOptions, checkSignal, orDefault } from '../check.js';
import { checkDecoding, DECODE_KEYS, type DecodeOptions } from '../image/decoding.js';
import { encodeRgb } from '../image/encode.js';
import { type ImageInput, takeImage } from '../image/input.js';
import type { PictureSize } from '../image/size.js';
import { decodeTaken } from '../image.js';
import { checkModel, checkUnplaced } from '../maps/check.js';
import { placement } from '../maps/geometry.js';
import { findRegions } from '../maps/regions.js';
import type { AnomalyMap, MapModel, Region } from '../maps/types.js';
import { checkScale, colourScale, type HeatmapScale } from './colour-scale.js';
import { checkJudged, type Judged, type JudgedMap } from './judged.js';
import { drawLegend } from './legend.js';
import { checkInside, checkRegions, segmentsOf } from './outline.js';

/** Options of {@link renderHeatmap}. */
export interface HeatmapOptions extends DecodeOptions {
  /**
   * Default: the model's colour scale of the picture's class, turning warm at the result's `pixelThreshold`, or the class's
   * pixel threshold where it has none.
   */
  readonly scale?: HeatmapScale | undefined;
  /** Opacity of the hottest pixels, 0 to 1. Default: 0.7. */
  readonly opacity?: number | undefined;
  /**
   * Outlines to draw: regions of the map as `placeMap` placed it on this picture. Default: for a bad picture the regions above
   * the result's `pixelThreshold`, which takes 4 bytes a pixel of the picture; else none.
   */
  readonly regions?: readonly Region[] | undefined;
  /** Adds the verdict in words and the scale of the colours below the picture, with their numbers. Default: `false`. */
  readonly legend?: boolean | undefined;
  /** The promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

const DEFAULT_OPACITY = 0.7;
const KEYS = ['scale', 'opacity', 'regions', 'legend', 'signal', ...DECODE_KEYS] as const;

/** A width in pixels that is a share of the picture's shorter side. */
function share({ width, height }: PictureSize, parts: number, least: number): number {
  return Math.max(least, Math.round(Math.min(width, height) / parts));
}

/** Where a bad picture is bad. */
async function regionsOf(
  map: AnomalyMap,
  { isAnomalous, pixelThreshold }: Judged,
  where: NativePlacement,
  signal: AbortSignal | undefined,
): Promise<readonly Region[]> {
  if (isAnomalous !== true || pixelThreshold === null) {
    return [];
  }
  const placed = await call((stop) => binding().placeMap(map, where, stop), { signal });
  const size = { width: where.across.size, height: where.down.size };
  return (await findRegions({ map: placed, ...size }, { threshold: pixelThreshold, signal })).regions;
}

/**
 * Lays an anomaly map over its picture: cold and faint where it is normal, warm above the threshold. It agrees with the
 * verdict: a bad picture is warm and outlined where the score comes from, a good one is cold. What was not inspected is grey
 * and hatched. The map is interpolated before it is coloured, as {@link placeMap} does it.
 *
 * @param image - the picture that was scored
 * @param result - what `model.score(image)` returned
 * @param model - the model, for its geometry and colour scale
 * @returns a PNG of the picture's own size; with a legend it is higher, and at least 150 pixels wide
 * @throws TypeError, RangeError naming the argument at fault
 * @throws DinomalyError `CALIBRATION_MISSING` when the model has no colour scale and none is given; `FILE_READ`,
 * `IMAGE_DECODE`, `IMAGE_TOO_LARGE`; the signal's reason
 */
export async function renderHeatmap(
  image: ImageInput,
  result: JudgedMap,
  model: MapModel,
  options?: HeatmapOptions,
): Promise<Buffer> {
  return layHeatmap(image, result, model, options);
}

/**
 * As {@link renderHeatmap}, over a smaller copy of the picture.
 *
 * @param scored - size of the picture that was scored. Default: that of `image`
 */
export async function layHeatmap(
  image: ImageInput,
  result: JudgedMap,
  model: MapModel,
  options?: HeatmapOptions,
  scored?: PictureSize,
): Promise<Buffer> {
  const given = checkOptions(options, 'options', KEYS);
  const map = checkUnplaced(result, 'result');
  const checked = checkModel(model);
  const opacity = checkNumber(orDefault(given.opacity, DEFAULT_OPACITY), 'options.opacity', { min: 0, max: 1 });
  const judged = checkJudged(result, 'result');
  const scale = colourScale(checkScale(given.scale, checked, judged), opacity);
  const outlined = given.regions === undefined ? undefined : checkRegions(given.regions, 'options.regions');
  const legend = checkBoolean(orDefault(given.legend, false), 'options.legend');
  const decoding = checkDecoding(given, 'options', checked.geometry.orientation);
  const signal = checkSignal(given.signal, 'options.signal');
  signal?.throwIfAborted();
  const picture = await decodeTaken(takeImage(image), { ...decoding, signal });
  const where = placement(picture, checked.geometry, map, scored);
  const regions = outlined ?? (await regionsOf(map, judged, where, signal));
  checkInside(regions, picture, 'options.regions');
  const { width, height } = picture;
  const native = binding();
  const colours = { low: scale.low, high: scale.hot, table: scale.table, stripe: share(picture, 90, 2) };
  const outlines = { segments: segmentsOf(regions), line: share(picture, 400, 1) };
  const style = { ...colours, ...outlines };
  const data = await call((stop) => native.overlayMap(picture, map, where, style, stop), { signal });
  return encodeRgb({ data, width, height }, legend ? await drawLegend(scale, judged, width) : undefined);
}
