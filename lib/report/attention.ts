/**
 * An attention map beside its picture (paper, Figure 3): on the left the picture with the query patch framed, on the right
 * the map over what the network sees of it. Each map has a colour scale of its own, from nothing to its largest value: what
 * counts is how the attention is spread, which its entropy says as a number.
 */
import type { AttentionMap } from '../attention.js';
import type { NativeImage } from '../binding/types.js';
import { checkInteger, checkOptions, checkSignal, isRecord, outOfRange, wrongKind } from '../check.js';
import { composePng, type Layer } from '../image/compose.js';
import { checkDecoding, DECODE_KEYS, type DecodeOptions } from '../image/decoding.js';
import { type ImageInput, takeImage } from '../image/input.js';
import { decodeTaken } from '../image.js';
import { isFloat32Array } from '../kinds.js';
import { inspectedArea } from '../maps/geometry.js';
import type { Rectangle } from '../maps/types.js';
import type { Geometry } from '../options/types.js';
import { COLORMAP_SIZE, colormap } from './colormap.js';

/** What the picture of an attention map needs of a model; a `Model` is one. */
export interface AttentionModel {
  readonly geometry: Geometry;
}

/** The query patch of an attention map. */
export interface AttentionQuery {
  readonly row: number;
  readonly column: number;
}

/** Options of {@link renderAttention}. */
export interface RenderAttentionOptions extends DecodeOptions {
  /** The promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

const OPACITY = 0.8;
const GAP_COLOUR = 255;
const FRAME = Uint8Array.from([255, 255, 255, 255]);
const SHADE = Uint8Array.from([0, 0, 0, 255]);

/** RGBA of a map; the largest value is the hot end. */
function colourAttention(map: Float32Array): Uint8Array {
  const largest = map.reduce((most, value) => Math.max(most, value), 0);
  const rgba = new Uint8Array(map.length * 4);
  for (let index = 0; index < map.length; index++) {
    const share = largest > 0 ? Math.max(0, map[index] ?? 0) / largest : 0;
    const colour = 3 * Math.round(share * (COLORMAP_SIZE - 1));
    rgba.set(colormap.subarray(colour, colour + 3), index * 4);
    rgba[index * 4 + 3] = Math.round(255 * OPACITY);
  }
  return rgba;
}

/** The patch at a row and a column of the grid, in pixels of the picture. */
function patchArea(area: Rectangle, grid: AttentionMap, query: AttentionQuery): Rectangle {
  const edge = (start: number, length: number, count: number, at: number): number =>
    start + Math.round((length * at) / count);
  const left = edge(area.left, area.width, grid.width, query.column);
  const top = edge(area.top, area.height, grid.height, query.row);
  return {
    left,
    top,
    width: Math.max(1, edge(area.left, area.width, grid.width, query.column + 1) - left),
    height: Math.max(1, edge(area.top, area.height, grid.height, query.row + 1) - top),
  };
}

/** The picture twice, side by side. */
function twice(picture: NativeImage, gap: number): NativeImage {
  const row = 3 * picture.width;
  const width = 2 * picture.width + gap;
  const data = new Uint8Array(3 * width * picture.height).fill(GAP_COLOUR);
  for (let y = 0; y < picture.height; y++) {
    const pixels = picture.data.subarray(y * row, (y + 1) * row);
    data.set(pixels, 3 * width * y);
    data.set(pixels, 3 * (width * y + picture.width + gap));
  }
  return { data, width, height: picture.height, channels: 3 };
}

function sides(outer: Rectangle, thickness: number, rgba: Uint8Array): Layer[] {
  const { left, top, width, height } = outer;
  const lines = [
    { left, top, width, height: thickness },
    { left, top: top + height - thickness, width, height: thickness },
    { left, top, width: thickness, height },
    { left: left + width - thickness, top, width: thickness, height },
  ];
  return lines.map((line) => ({ ...line, rgba, source: { width: 1, height: 1 } }));
}

function grown(area: Rectangle, by: number, limit: Rectangle): Rectangle {
  const left = Math.max(limit.left, area.left - by);
  const top = Math.max(limit.top, area.top - by);
  const right = Math.min(limit.left + limit.width, area.left + area.width + by);
  const bottom = Math.min(limit.top + limit.height, area.top + area.height + by);
  return { left, top, width: right - left, height: bottom - top };
}

/** A light frame around a patch with a dark one outside, so that it shows on any picture. */
function frame(patch: Rectangle, panel: Rectangle): Layer[] {
  const thickness = Math.max(1, Math.round(Math.min(panel.width, panel.height) / 250));
  const light = grown(patch, thickness, panel);
  const dark = grown(patch, 2 * thickness, panel);
  const thin = (area: Rectangle): number => Math.min(thickness, area.width, area.height);
  return [...sides(dark, thin(dark), SHADE), ...sides(light, thin(light), FRAME)];
}

/**
 * Lays an attention map beside its picture, with the query patch framed in both.
 *
 * @param image - the picture that `model.attention` was given
 * @param map - one of the maps that it returned
 * @param query - the query patch that it was given
 * @param model - the model, for its geometry
 * @returns a PNG of the picture's own height and a little more than twice its width
 * @throws DinomalyError `FILE_READ`, `IMAGE_DECODE`, `IMAGE_TOO_LARGE`; the signal's reason
 */
export async function renderAttention(
  image: ImageInput,
  map: AttentionMap,
  query: AttentionQuery,
  model: AttentionModel,
  options?: RenderAttentionOptions,
): Promise<Buffer> {
  const given = checkOptions(options, 'options', [...DECODE_KEYS, 'signal']);
  const decoding = checkDecoding(given);
  const signal = checkSignal(given.signal, 'options.signal');
  if (!isRecord(map) || !isFloat32Array(map.map)) {
    throw wrongKind('a map of model.attention', 'map', map);
  }
  if (map.map.length !== map.height * map.width) {
    throw outOfRange(`${map.height} x ${map.width} values`, 'map.map.length', map.map.length);
  }
  checkInteger(query.row, 'query.row', { min: 0, max: map.height - 1 });
  checkInteger(query.column, 'query.column', { min: 0, max: map.width - 1 });
  // Before anything waits: the map is the caller's.
  const rgba = colourAttention(map.map);
  signal?.throwIfAborted();
  const picture = await decodeTaken(takeImage(image), { ...decoding, signal });
  signal?.throwIfAborted();
  const gap = Math.max(1, Math.round(picture.width / 100));
  const shift = picture.width + gap;
  const seen = inspectedArea(picture, model.geometry);
  const patch = patchArea(seen, map, query);
  const panel = { left: 0, top: 0, width: picture.width, height: picture.height };
  const moved = (area: Rectangle): Rectangle => ({ ...area, left: area.left + shift });
  const source = { width: map.width, height: map.height };
  const heat = { ...moved(seen), rgba, source };
  return composePng(twice(picture, gap), [...frame(patch, panel), heat, ...frame(moved(patch), moved(panel))]);
}
