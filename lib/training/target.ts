/** Where a trained model is to be saved. */
import { dirname } from 'node:path';
import type { Sample } from '../datasets/types.js';
import { sweepDrafts } from '../drafts.js';
import type { CheckedTrainer } from '../options/trainer.js';
import { refuseOverwrite } from '../overwrite.js';

/**
 * Makes a place ready for the model file. It may be the model that the training went on from, and nothing else that was read.
 *
 * @throws DinomalyError `OUTPUT_CLASH`
 */
export async function prepareTarget(
  path: string,
  { weights, training }: CheckedTrainer,
  samples: readonly Sample[],
): Promise<void> {
  const pictures = samples.map((sample) => ({ path: sample.path, what: 'a training picture' }));
  const own = weights === null || weights === training.initial ? [] : [{ path: weights, what: 'the weights' }];
  await refuseOverwrite([{ path, what: 'save' }], [...own, ...pictures]);
  await sweepDrafts(dirname(path));
}
