/** Which weights an encoder of `dinomaly train` starts from. */
import type { EncoderName, EncoderOptions } from '../index.js';
import { encoderNames } from '../index.js';
import { DEFAULT_ENCODER } from '../options/encoders.js';
import { cachedWeights } from '../weights/cache.js';
import { weightsHint } from '../weights/messages.js';
import { weightsSource } from '../weights/source.js';

/** What the command line says of weights. */
export interface WeightsArguments {
  readonly weights?: string;
  readonly untrained?: boolean;
}

/** Why one of the two must go. */
export const BOTH =
  '--weights cannot be combined with --untrained, which takes a random encoder: leave one of them out';

/**
 * The `weights` option of the library: a file, or null for a seeded untrained encoder. Without either, a named encoder
 * takes the weights that were pulled; one of one's own has none published, so it goes untrained.
 *
 * @param encoder - the library's `encoder` option
 * @param fail - ends the command as a usage error
 */
export function readWeights(
  given: WeightsArguments,
  encoder: EncoderName | EncoderOptions | undefined,
  fail: (message: string) => never,
): string | null {
  if (given.weights !== undefined && given.untrained === true) {
    return fail(BOTH);
  }
  // The library refuses a name that is not in the table and lists those it knows.
  const name = encoder ?? DEFAULT_ENCODER;
  const missing = given.weights === undefined && given.untrained !== true;
  if (missing && typeof name === 'string' && encoderNames.includes(name)) {
    const hint = weightsHint(name, weightsSource(name).source);
    return cachedWeights(name) ?? fail(`${hint}\n  --untrained takes a random encoder instead, to try the pipeline`);
  }
  return given.weights ?? null;
}
