/** What a trainer asks of its dataset before there is a network: the aspect of its pictures. */
import { checkExtent, isRecord, wrongKind } from '../check.js';
import { checkDataset } from '../datasets/check.js';
import { isOwn } from '../datasets/own.js';
import type { Dataset } from '../datasets/types.js';
import { DinomalyError } from '../errors.js';
import { mapAhead } from '../gate.js';
import { checkDecoding } from '../image/decoding.js';
import { imageSize } from '../image.js';
import { median } from '../lists.js';
import type { PictureFacts } from '../options/own-pictures.js';
import { spread } from './calibrate.js';

/** Headers that are read; the pictures of a set are mostly of one size. */
const MOST_HEADERS = 64;

/** Height over width of most pictures of a dataset. */
async function aspectOf({ train }: Dataset, options: Readonly<Record<string, unknown>>): Promise<number> {
  const decoding = checkDecoding(options, 'options', 'exif');
  const paths = spread(train.length, MOST_HEADERS).flatMap((index) => train[index]?.path ?? []);
  const aspects: number[] = [];
  for await (const outcome of mapAhead(paths, 8, (path) => imageSize(path, decoding), undefined)) {
    if (outcome.ok) {
      aspects.push(outcome.value.height / outcome.value.width);
    } else if (!(outcome.error instanceof DinomalyError)) {
      throw outcome.error;
    }
  }
  return median(aspects) ?? 1;
}

/**
 * The facts of the dataset in the options of `Trainer.create`; `undefined` without one, and for a benchmark unless `aspect` is
 * asked for. Of tiles of a size, what is seen has their aspect. Pictures that cannot be read count when they are trained on.
 */
export async function pictureFacts(options: unknown): Promise<PictureFacts | undefined> {
  if (!isRecord(options)) {
    return undefined;
  }
  const { dataset, tiles, aspect } = options;
  if (dataset === undefined) {
    if (aspect !== undefined) {
      throw wrongKind('the dataset that has the aspect', 'options.dataset', dataset);
    }
    return undefined;
  }
  checkDataset(dataset);
  const own = isOwn(dataset);
  if (!own && aspect !== 'keep') {
    return undefined;
  }
  if (aspect === 'square') {
    return { aspect: 1, own, asked: true };
  }
  const size = isRecord(tiles) && tiles.size !== undefined ? checkExtent(tiles.size, 'options.tiles.size') : undefined;
  const height = size === undefined ? await aspectOf(dataset, options) : size[0] / size[1];
  return { aspect: height, own, asked: aspect !== undefined };
}
