/** Anomaly maps in the pixels of their pictures. */
import { call } from '../binding/call.js';
import { binding } from '../binding/load.js';
import { checkInteger, checkOptions, checkSignal, isRecord } from '../check.js';
import { DinomalyError } from '../errors.js';
import { checkDecoding, DECODE_KEYS, type DecodeOptions, type Decoding } from '../image/decoding.js';
import { type ImageInput, takeImage } from '../image/input.js';
import type { PictureSize } from '../image/size.js';
import { decodeTaken, imageSize, type PictureOptions } from '../image.js';
import { checkModel, checkUnplaced } from './check.js';
import { inspectedArea, placement } from './geometry.js';
import type { AnomalyMap, MapModel, PlacedMap } from './types.js';

/** Options of {@link placeMap}. */
export interface PlaceOptions extends DecodeOptions {
  /** The promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

function checkSize(given: Readonly<Record<string, unknown>>, pixelLimit: number): PictureSize {
  const { width, height } = checkOptions(given, 'picture', ['width', 'height']);
  const size = {
    width: checkInteger(width, 'picture.width', { min: 1 }),
    height: checkInteger(height, 'picture.height', { min: 1 }),
  };
  if (size.width * size.height > pixelLimit) {
    const what = `The picture has ${size.width} x ${size.height} pixels, more than pixelLimit allows (${pixelLimit})`;
    throw new DinomalyError('IMAGE_TOO_LARGE', `${what}; raise the option pixelLimit`);
  }
  return size;
}

/** Size of a picture: as given, or from the header of a file, or by decoding. */
async function sizeOf(picture: unknown, options: PictureOptions & Decoding): Promise<PictureSize> {
  if (isRecord(picture) && !('data' in picture)) {
    return checkSize(picture, options.pixelLimit);
  }
  const taken = takeImage(picture);
  if (taken.content.kind === 'file') {
    return imageSize(taken.name, options);
  }
  const { width, height } = await decodeTaken(taken, options);
  return { width, height };
}

/**
 * Brings the anomaly map of a picture to the picture's own pixels: resize and crop are undone on each axis by bilinear
 * interpolation between the centres of the map's pixels; beyond the outermost centres their values go on. Where nothing
 * was cropped that is `interpolate(mode='bilinear', align_corners=False)` of PyTorch. Runs off the event loop; takes 4 bytes
 * a pixel of the picture.
 *
 * @param result - what `model.score` returned for the picture
 * @param picture - the picture, or its `{width, height}` in pixels
 * @param model - the model, for its geometry
 * @returns values `[height, width]` of the picture, NaN where it was not inspected
 * @throws TypeError, RangeError naming the argument at fault
 * @throws DinomalyError `FILE_READ`, `IMAGE_DECODE`, `IMAGE_TOO_LARGE`, `OUT_OF_MEMORY`; the signal's reason
 */
export async function placeMap(
  result: AnomalyMap,
  picture: PictureSize | ImageInput,
  model: MapModel,
  options?: PlaceOptions,
): Promise<PlacedMap> {
  const given = checkOptions(options, 'options', ['signal', ...DECODE_KEYS]);
  const signal = checkSignal(given.signal, 'options.signal');
  const source = checkUnplaced(result, 'result');
  const { geometry } = checkModel(model);
  const decoding = checkDecoding(given, 'options', geometry.orientation);
  signal?.throwIfAborted();
  const size = await sizeOf(picture, { ...decoding, signal });
  const native = binding();
  const where = placement(size, geometry, source);
  const map = await call((stop) => native.placeMap(source, where, stop), { signal });
  const { pixelThreshold = null } = source;
  return { map, height: size.height, width: size.width, inspected: inspectedArea(size, geometry), pixelThreshold };
}
