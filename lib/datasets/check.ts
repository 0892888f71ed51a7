/** Datasets as people hand them over: from `openDataset`, or made by hand in its shape. */
import { checkArray, checkOneOf, checkString, isRecord, wrongKind } from '../check.js';
import type { Dataset, Sample } from './types.js';

function checkSample(value: unknown, path: string): Sample {
  if (!isRecord(value)) {
    throw wrongKind('a picture of openDataset', path, value);
  }
  checkString(value.path, `${path}.path`, 'the path of a picture');
  if (Array.isArray(value.mask)) {
    checkArray(value.mask, `${path}.mask`, (mask, at) => checkString(mask, at, 'the path of a mask'));
  } else if (value.mask !== undefined) {
    checkString(value.mask, `${path}.mask`, 'the path of a mask');
  }
  if (value.maskValues !== undefined) {
    checkOneOf(value.maskValues, `${path}.maskValues`, ['grey', 'index']);
  }
  return value as unknown as Sample;
}

/** Refuses what is not a list of pictures: each has a path, and a mask is a path of known values where there is one. */
export function checkSamples(value: unknown, path: string): readonly Sample[] {
  return checkArray(value, path, checkSample);
}

/** Refuses what is no dataset: lists of classes and of pictures, each of a class and with its label. */
export function checkDataset(dataset: unknown): asserts dataset is Dataset {
  const arrays = ['classes', 'train', 'validation', 'test'] as const;
  if (!isRecord(dataset) || !arrays.every((key) => Array.isArray(dataset[key]))) {
    throw wrongKind('a dataset of openDataset', 'dataset', dataset);
  }
  checkString(dataset.root, 'dataset.root', 'the folder of the dataset');
  checkArray(dataset.classes, 'dataset.classes', (name, path) => checkString(name, path, 'the name of a class'));
  for (const split of ['train', 'validation', 'test'] as const) {
    const path = `dataset.${split}`;
    for (const [index, sample] of checkSamples(dataset[split], path).entries()) {
      checkString(sample.className, `${path}[${index}].className`, 'the name of a class');
      checkOneOf(sample.label, `${path}[${index}].label`, [0, 1]);
    }
  }
}

/** Every mask that a picture names, needed or not. */
export function namedMasks({ mask }: Sample): readonly string[] {
  return mask === undefined ? [] : typeof mask === 'string' ? [mask] : mask;
}

/** The masks of an anomalous picture, whose union is meant; none for a normal one, and for one whose masks are not known. */
export function masksOf(sample: Sample): readonly string[] {
  return sample.label === 0 ? [] : namedMasks(sample);
}
