/** Saves what `dinomaly train` has trained: hours of work must not be lost because the run or its folder has failed. */
import { homedir, tmpdir } from 'node:os';
import { join, parse } from 'node:path';
import { DinomalyError, type SaveOptions, type Trainer } from '../index.js';
import { Interrupted } from './interrupt.js';
import { errorLine, note, print } from './output.js';

/** Why a run ended before its last step. */
export interface Early {
  readonly reason: unknown;
}

/** Where a model went, and why not where it was to go. */
interface Saved {
  readonly file: string;
  readonly failure?: DinomalyError;
}

function isWriteFailure(error: unknown): error is DinomalyError {
  return error instanceof DinomalyError && error.code === 'FILE_WRITE';
}

/** Places to turn to; a user without an entry of his own in the system may have no home. */
const PLACES = [homedir, tmpdir] as const;

async function saveElsewhere(trainer: Trainer, out: string, options: SaveOptions): Promise<string | undefined> {
  const time = new Date().toISOString().slice(0, 19).replaceAll(':', '-');
  for (const place of PLACES) {
    try {
      const file = join(place(), `dinomaly-${parse(out).name}-${time}.safetensors`);
      await trainer.save(file, options);
      return file;
    } catch (error) {
      note(errorLine(error));
    }
  }
  return undefined;
}

/** Saves at `out`, or where that cannot be written in the home folder or the temporary one. */
async function save(trainer: Trainer, out: string, options: SaveOptions = {}): Promise<Saved> {
  try {
    await trainer.save(out, options);
    return { file: out };
  } catch (error) {
    if (!isWriteFailure(error)) {
      throw error;
    }
    note(errorLine(error));
    const file = await saveElsewhere(trainer, out, options);
    if (file === undefined) {
      throw error;
    }
    return { file, failure: error };
  }
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
    place = await save(trainer, out, { colourScale: false });
    note(`saved ${place.file}; measuring the colour scale, which heatmaps need`);
  }
  const { file, failure = place.failure } = await save(trainer, place.file);
  print(early === null ? `saved ${file}` : `saved ${file}, stopped at step ${steps}`);
  const end = early === null ? failure : early.reason;
  if (end !== undefined) {
    throw end;
  }
}
