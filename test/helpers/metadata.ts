/** Metadata of a model file that nobody trained. */
import { writeMetadata } from '../../lib/options/metadata.js';
import { checkTrainerOptions } from '../../lib/options/trainer.js';
import type { Thresholds } from '../../lib/thresholds/types.js';

const encoder = { dim: 16, depth: 4, heads: 2, patch: 8 };

/** The strings of a small network's file. */
export function madeMetadata(classes: readonly string[], thresholds: Thresholds | null): Record<string, string> {
  const checked = checkTrainerOptions({ encoder, weights: null, size: 40, crop: 32 }, () => false);
  return writeMetadata({
    config: checked.network({}),
    geometry: checked.geometry,
    classes,
    calibration: null,
    descriptions: null,
    training: {
      iterations: 0,
      plannedIterations: 0,
      batchSize: 0,
      seed: 0,
      loss: 'loose',
      images: 0,
      split: null,
      skippedSteps: 0,
      finalLoss: null,
    },
    encoder: { name: 'custom', sha256: null },
    thresholds,
  });
}
