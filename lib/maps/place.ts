/** Anomaly maps in the pixels of their pictures. */
import { call } from '../binding/call.js';
import { binding } from '../binding/load.js';
import { checkInteger, checkOptions, checkSignal, isRecord, orDefault } from '../check.js';
import { DinomalyError } from '../errors.js';
import type { PictureSize } from '../image/size.js';
import { DEFAULT_PIXEL_LIMIT, decodeImage, type ImageInput, imageSize } from '../image.js';
import { checkModel, checkUnplaced } from './check.js';
import { inspectedArea, placement } from './geometry.js';
import type { AnomalyMap, MapModel, PlacedMap } from './types.js';

/** Options of {@link placeMap}. */
export interface PlaceOptions {
  /** The promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Most pixels the picture may have. Default: 268402689, as sharp. */
  readonly pixelLimit?: number | undefined;
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
async function sizeOf(picture: unknown, pixelLimit: number): Promise<PictureSize> {
  if (isRecord(picture) && !('data' in picture)) {
    return checkSize(picture, pixelLimit);
  }
  if (typeof picture === 'string' && picture !== '') {
    return imageSize(picture, { pixelLimit });
  }
  const { width, height } = await decodeImage(picture as ImageInput, { pixelLimit });
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
  const given = checkOptions(options, 'options', ['signal', 'pixelLimit']);
  const signal = checkSignal(given.signal, 'options.signal');
  const limit = orDefault(given.pixelLimit, DEFAULT_PIXEL_LIMIT);
  const pixelLimit = checkInteger(limit, 'options.pixelLimit', { min: 1 });
  const source = checkUnplaced(result, 'result');
  const { geometry } = checkModel(model);
  signal?.throwIfAborted();
  const size = await sizeOf(picture, pixelLimit);
  const native = binding();
  const where = placement(size, geometry, source);
  const map = await call((stop) => native.placeMap(source, where, stop), { signal });
  const { pixelThreshold = null } = source;
  return { map, height: size.height, width: size.width, inspected: inspectedArea(size, geometry), pixelThreshold };
}
