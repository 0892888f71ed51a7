/**
 * An anomaly map laid over its picture, in the picture's own pixels: resize and crop are undone per axis, what the network
 * did not see stays as it is. The colour scale is the model's, not the picture's, so that a normal part stays cold.
 */
import type { NativeImage } from '../binding/types.js';
import { checkInteger, checkNumber, checkOptions, isRecord, orDefault, outOfRange, wrongKind } from '../check.js';
import { DinomalyError } from '../errors.js';
import { composePng, DEFAULT_PIXEL_LIMIT, decodeImage, type ImageInput, type Layer } from '../image.js';
import type { Calibration, Geometry } from '../options/types.js';
import { COLORMAP_SIZE, colormap } from './colormap.js';

/** An anomaly map as `model.score` returns it. */
export interface HeatmapMap {
  readonly map: Float32Array;
  readonly height: number;
  readonly width: number;
}

/** What a heatmap needs of a model; a `Model` is one. */
export interface HeatmapModel {
  readonly geometry: Geometry;
  readonly calibration: Calibration | null;
}

/** Map values at the ends of the scale. */
export interface HeatmapScale {
  /** Cold end: a median normal pixel. */
  readonly low: number;
  /** Hottest normal pixels; what is above was not seen in training and turns warm. */
  readonly high: number;
}

/** Options of {@link renderHeatmap}. */
export interface HeatmapOptions {
  /** Default: the model's calibration. */
  readonly scale?: HeatmapScale | undefined;
  /** Opacity of the hottest pixels, 0 to 1. Default: 0.7. */
  readonly opacity?: number | undefined;
  /** Most pixels the picture may have. Default: 268402689, as sharp. */
  readonly pixelLimit?: number | undefined;
}

/** A rectangle in whole pixels. */
export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Where `high` stands on the colour scale. Below it is all that training pictures show; above it, up to four times as far
 * from `low`, lie the warm colours.
 */
const HIGH_POSITION = 0.25;
const DEFAULT_OPACITY = 0.7;

function span(picture: number, resize: number, crop: number): readonly [start: number, length: number] {
  // The crop's offset is rounded half to even, as torchvision's CenterCrop.
  const half = (resize - crop) / 2;
  const offset = half % 1 === 0.5 ? 2 * Math.round(half / 2) : Math.round(half);
  const scale = picture / resize;
  const start = Math.min(picture - 1, Math.round(offset * scale));
  const end = Math.max(start + 1, Math.min(picture, Math.round((offset + crop) * scale)));
  return [start, end - start];
}

/** The part of a picture that the network sees, in the picture's own pixels. */
export function seenArea(picture: { readonly width: number; readonly height: number }, geometry: Geometry): Rectangle {
  const [top, height] = span(picture.height, geometry.resize[0], geometry.crop[0]);
  const [left, width] = span(picture.width, geometry.resize[1], geometry.crop[1]);
  return { left, top, width, height };
}

/** Colours of a map: RGBA of its own size; opacity grows with the value and is near 0 where the part is normal. */
export function colourMap(map: Float32Array, scale: HeatmapScale, opacity: number): Uint8Array {
  const rgba = new Uint8Array(map.length * 4);
  const range = (scale.high - scale.low) / HIGH_POSITION;
  for (let index = 0; index < map.length; index++) {
    const value = ((map[index] ?? 0) - scale.low) / range;
    // A value that is not finite is shown hot: it is no normal part.
    const hot = Number.isNaN(value) ? 1 : Math.min(1, Math.max(0, value));
    const colour = 3 * Math.round(hot * (COLORMAP_SIZE - 1));
    rgba.set(colormap.subarray(colour, colour + 3), index * 4);
    rgba[index * 4 + 3] = Math.round(255 * opacity * alphaOf(hot));
  }
  return rgba;
}

/** Smooth from 0.1 where all is normal to 1 at the hot end, half way just above the normal range. */
function alphaOf(hot: number): number {
  const t = Math.min(1, hot / (2 * HIGH_POSITION));
  return 0.1 + 0.9 * t * t * (3 - 2 * t);
}

/** A thin line just outside the seen area, on the sides where the picture goes on. */
function frame(picture: NativeImage, area: Rectangle): Layer[] {
  const thickness = Math.max(1, Math.round(Math.min(picture.width, picture.height) / 400));
  const left = Math.min(thickness, area.left);
  const top = Math.min(thickness, area.top);
  const right = Math.min(thickness, picture.width - area.left - area.width);
  const bottom = Math.min(thickness, picture.height - area.top - area.height);
  const x = area.left - left;
  const width = area.width + left + right;
  const sides = [
    { left: x, top: area.top - top, width, height: top },
    { left: x, top: area.top + area.height, width, height: bottom },
    { left: x, top: area.top, width: left, height: area.height },
    { left: area.left + area.width, top: area.top, width: right, height: area.height },
  ];
  const rgba = Uint8Array.from([255, 255, 255, 140]);
  return sides
    .filter((side) => side.width > 0 && side.height > 0)
    .map((side) => ({ ...side, rgba, source: { width: 1, height: 1 } }));
}

function checkScale(value: unknown, calibration: Calibration | null): HeatmapScale {
  if (value === undefined) {
    if (calibration === null) {
      throw new DinomalyError('CALIBRATION_MISSING', 'This model has no colour scale: give {scale: {low, high}}.');
    }
    return calibration;
  }
  if (!isRecord(value)) {
    throw wrongKind('{low, high}', 'options.scale', value);
  }
  const given = checkOptions(value, 'options.scale', ['low', 'high', 'images']);
  const low = checkNumber(given.low, 'options.scale.low');
  const high = checkNumber(given.high, 'options.scale.high');
  if (high <= low) {
    throw outOfRange(`a number above low, ${low},`, 'options.scale.high', high);
  }
  return { low, high };
}

function checkMap(result: unknown): HeatmapMap {
  if (typeof result !== 'object' || result === null || !('map' in result) || !(result.map instanceof Float32Array)) {
    throw wrongKind('a result of model.score', 'result', result);
  }
  const { map, height, width } = result as HeatmapMap;
  checkInteger(height, 'result.height', { min: 1 });
  checkInteger(width, 'result.width', { min: 1 });
  if (map.length !== height * width) {
    throw outOfRange(`${height} x ${width} values`, 'result.map.length', map.length);
  }
  return { map, height, width };
}

function checkModel(model: unknown): HeatmapModel {
  const parts = typeof model === 'object' && model !== null ? (model as Partial<HeatmapModel>) : {};
  const geometry: Partial<Geometry> = parts.geometry ?? {};
  if (!Array.isArray(geometry.resize) || !Array.isArray(geometry.crop)) {
    throw wrongKind('a Model, or {geometry, calibration} of one,', 'model', model);
  }
  return { geometry: geometry as Geometry, calibration: parts.calibration ?? null };
}

/**
 * Lays an anomaly map over its picture.
 *
 * @param image - the picture that was scored
 * @param result - what `model.score(image)` returned
 * @param model - the model, for its geometry and colour scale
 * @returns a PNG of the picture's own size
 * @throws DinomalyError `CALIBRATION_MISSING` when the model has no colour scale and none is given; `FILE_READ`,
 * `IMAGE_DECODE`, `IMAGE_TOO_LARGE`
 */
export async function renderHeatmap(
  image: ImageInput,
  result: HeatmapMap,
  model: HeatmapModel,
  options?: HeatmapOptions,
): Promise<Buffer> {
  const given = checkOptions(options, 'options', ['scale', 'opacity', 'pixelLimit']);
  const { map, height, width } = checkMap(result);
  const { geometry, calibration } = checkModel(model);
  const scale = checkScale(given.scale, calibration);
  const opacity = checkNumber(orDefault(given.opacity, DEFAULT_OPACITY), 'options.opacity', { min: 0, max: 1 });
  const limit = orDefault(given.pixelLimit, DEFAULT_PIXEL_LIMIT);
  const pixelLimit = checkInteger(limit, 'options.pixelLimit', { min: 1 });
  const picture = await decodeImage(image, { pixelLimit });
  const area = seenArea(picture, geometry);
  const heat = { ...area, rgba: colourMap(map, scale, opacity), source: { width, height } };
  return composePng(picture, [heat, ...frame(picture, area)]);
}
