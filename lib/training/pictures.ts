/** What a trainer asks of its dataset before there is a network: the aspect of its pictures. */
import { isRecord } from '../check.js';
import { checkDataset } from '../datasets/check.js';
import { isOwn } from '../datasets/own.js';
import { DinomalyError } from '../errors.js';
import { mapAhead } from '../gate.js';
import { checkDecoding } from '../image/decoding.js';
import { imageSize } from '../image.js';
import { median } from '../lists.js';
import type { PictureFacts } from '../options/own-pictures.js';
import { spread } from './calibrate.js';

/** Headers that are read; the pictures of a set are mostly of one size. */
const MOST_HEADERS = 64;

/**
 * The facts of the dataset in the options of `Trainer.create`; `undefined` without one, and for a benchmark. Pictures that
 * cannot be read count when they are trained on.
 */
export async function pictureFacts(options: unknown): Promise<PictureFacts | undefined> {
  if (!isRecord(options) || options.dataset === undefined) {
    return undefined;
  }
  const { dataset } = options;
  checkDataset(dataset);
  if (!isOwn(dataset)) {
    return undefined;
  }
  const decoding = checkDecoding(options, 'options', 'exif');
  const { train } = dataset;
  const paths = spread(train.length, MOST_HEADERS).flatMap((index) => train[index]?.path ?? []);
  const aspects: number[] = [];
  for await (const outcome of mapAhead(paths, 8, (path) => imageSize(path, decoding), undefined)) {
    if (outcome.ok) {
      aspects.push(outcome.value.height / outcome.value.width);
    } else if (!(outcome.error instanceof DinomalyError)) {
      throw outcome.error;
    }
  }
  return { aspect: median(aspects) ?? 1 };
}
