/** The test pictures of a dataset, class by class. */
import { outOfRange } from '../check.js';
import { checkDataset } from '../datasets/check.js';
import type { Sample } from '../datasets/types.js';
import { DinomalyError } from '../errors.js';

/**
 * Test pictures by class, in the order of the dataset's classes.
 *
 * @throws DinomalyError `DATASET_EMPTY_CLASS`
 */
export function groupTest(dataset: unknown): Map<string, Sample[]> {
  checkDataset(dataset);
  const groups = new Map<string, Sample[]>(dataset.classes.map((name) => [name, []]));
  for (const sample of dataset.test) {
    const group = groups.get(sample.className);
    if (group === undefined) {
      throw outOfRange(`one of dataset.classes for the picture ${sample.path}`, 'dataset.test', sample.className);
    }
    group.push(sample);
  }
  if (groups.size === 0) {
    throw new DinomalyError('DATASET_EMPTY_CLASS', `The dataset in ${dataset.root} has no classes`);
  }
  for (const [name, samples] of groups) {
    if (samples.length === 0) {
      throw new DinomalyError('DATASET_EMPTY_CLASS', `The class '${name}' in ${dataset.root} has no test pictures`);
    }
  }
  return groups;
}
