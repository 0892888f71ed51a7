/** Some classes of a dataset that is open already: nothing is read again, and the split stays as it is. */
import type { Dataset, Sample } from './types.js';

/** The classes of a dataset that are in `chosen`; undefined when none is. */
export function restrictDataset(dataset: Dataset, chosen: readonly string[]): Dataset | undefined {
  const classes = dataset.classes.filter((name) => chosen.includes(name));
  if (classes.length === 0) {
    return undefined;
  }
  const keep = (samples: readonly Sample[]): Sample[] => samples.filter(({ className }) => classes.includes(className));
  const { train, validation, test } = dataset;
  return { ...dataset, classes, train: keep(train), validation: keep(validation), test: keep(test) };
}
