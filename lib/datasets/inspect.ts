/** The check of a dataset: every picture and mask is decoded, and all that is at fault is listed. */
import { availableParallelism } from 'node:os';
import { checkFunction, checkOptions, checkSignal } from '../check.js';
import { mapAhead } from '../gate.js';
import { checkDecoding, DECODE_KEYS, type Decoding } from '../image/decoding.js';
import { checkDataset } from './check.js';
import { remarkFiles } from './inspect-files.js';
import { type InspectedPicture, inspectPicture } from './inspect-picture.js';
import { byClass, describeClass, findDuplicates, remarkClass, sortFaults } from './inspect-set.js';
import type { DatasetRemark, Inspection, InspectOptions } from './inspection.js';
import type { Dataset, DatasetFault, Sample } from './types.js';

interface Checked {
  readonly decoding: Decoding;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: InspectOptions['onProgress'];
}

function checkInspectOptions(options: unknown): Checked {
  const given = checkOptions(options, 'options', [...DECODE_KEYS, 'signal', 'onProgress']);
  return {
    decoding: checkDecoding(given),
    signal: checkSignal(given.signal, 'options.signal'),
    onProgress: checkFunction<NonNullable<InspectOptions['onProgress']>>(given.onProgress, 'options.onProgress'),
  };
}

async function inspectPictures(
  dataset: Dataset,
  { decoding, signal, onProgress }: Checked,
): Promise<InspectedPicture[]> {
  const samples = [...dataset.train, ...dataset.validation, ...dataset.test];
  const told = new Set(dataset.faults?.map(({ path }) => path));
  const pictures: InspectedPicture[] = [];
  const work = (sample: Sample, own: AbortSignal): Promise<InspectedPicture> =>
    inspectPicture(sample, decoding, told.has(sample.path), own);
  for await (const outcome of mapAhead(samples, 2 * availableParallelism(), work, signal)) {
    if (!outcome.ok) {
      throw outcome.error;
    }
    pictures.push(outcome.value);
    await onProgress?.({ done: pictures.length, total: samples.length });
  }
  return pictures;
}

/**
 * Checks a dataset by its content. Faults: pictures and masks that cannot be decoded, masks that are missing, have another
 * size than their picture or no anomalous pixel, pictures of the same bytes among the tested and the others; and what
 * `openDataset` listed with `faults: 'list'`. Mixed sizes, a lack of normal or of anomalous test pictures, duplicates
 * inside a split and objects on both sides are remarks; so are masks of small numbers, masks in an alpha channel, masks that
 * cover all of a picture or belong to none, pictures of which 8 bits leave nearly nothing, and files of kinds that are not
 * read.
 *
 * @param dataset - from `openDataset`; with `faults: 'list'` all faults are listed, else it has thrown at the first
 * @throws TypeError, RangeError naming the option at fault; the signal's reason; whatever `onProgress` throws
 */
export async function inspectDataset(dataset: Dataset, options?: InspectOptions): Promise<Inspection> {
  const given = checkInspectOptions(options);
  checkDataset(dataset);
  given.signal?.throwIfAborted();
  const pictures = await inspectPictures(dataset, given);
  const duplicates = findDuplicates(pictures);
  const faults: DatasetFault[] = [
    ...(dataset.faults ?? []),
    ...pictures.flatMap((picture) => picture.faults),
    ...duplicates.faults,
  ];
  const groups = byClass(pictures);
  const classes = dataset.classes.map((name) => describeClass(name, groups.get(name) ?? []));
  const remarks: DatasetRemark[] = classes.flatMap((each) => remarkClass(each, groups.get(each.name) ?? []));
  const { root, format, madeSplit, notes } = dataset;
  return {
    ...{ root, format, madeSplit, notes, classes },
    pictures: pictures.length,
    faults: sortFaults(faults, dataset.classes),
    remarks: [...remarks, ...duplicates.remarks, ...(await remarkFiles(dataset))],
  };
}
