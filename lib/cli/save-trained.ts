/** Saves what `dinomaly train` has trained: hours of work must not be lost because the run or its folder has failed. */
import type { Trainer } from '../index.js';
import { type Saved, saveSomewhere } from './elsewhere.js';
import { Interrupted } from './interrupt.js';
import { note, print } from './output.js';

/** Why a run ended before its last step. */
export interface Early {
  readonly reason: unknown;
}

/**
 * Saves a trained model and says where it is.
 *
 * @param early - why the run ended before its last step; null when it did not
 * @throws what ended the run; DinomalyError `FILE_WRITE` when the model had to go elsewhere
 */
export async function saveTrained(
  trainer: Trainer,
  { out, iterations }: { readonly out: string; readonly iterations: number },
  early: Early | null,
): Promise<void> {
  const steps = trainer.summary?.iterations ?? 0;
  let place: Saved = { file: out };
  if (early !== null) {
    note(`stopped at step ${steps} of ${iterations}: saving`);
  }
  if (early?.reason instanceof Interrupted) {
    // Whoever sends SIGTERM sends SIGKILL soon after: weights first.
    place = await saveSomewhere(out, (path) => trainer.save(path, { colourScale: false }));
    note(`saved ${place.file}; measuring the colour scale, which heatmaps need`);
  }
  const { file, failure = place.failure } = await saveSomewhere(place.file, (path) => trainer.save(path));
  print(early === null ? `saved ${file}` : `saved ${file}, stopped at step ${steps}`);
  const end = early === null ? failure : early.reason;
  if (end !== undefined) {
    throw end;
  }
}
