/** `dinomaly predict`. */
import { present } from './arguments.js';
import { checkLoadArguments, type LoadArguments, loadModel } from './load.js';
import { EXIT, noteError, printJson } from './output.js';
import { checkOutputs, type OutputArguments, PredictOutputs } from './predict-outputs.js';

/** Options of `dinomaly predict`, as commander parses them. */
export interface PredictArguments extends LoadArguments, OutputArguments {
  readonly className?: string;
  readonly threshold?: number;
}

/**
 * Scores pictures; one JSON line each on stdout. A picture that cannot be scored, and a file that cannot be written, is a line
 * on stderr, and the others go on.
 *
 * @returns the exit code: 1 when something failed
 */
export async function predictCommand(
  images: readonly string[],
  given: PredictArguments,
  fail: (message: string) => never,
): Promise<number> {
  let code: number = EXIT.ok;
  const onError = (error: unknown): void => {
    noteError(error);
    code = EXIT.failure;
  };
  checkLoadArguments(given, fail);
  checkOutputs(given);
  await using model = await loadModel(given, fail);
  const outputs = await PredictOutputs.open(model, { images, modelFile: given.model }, given, onError, fail);
  const choice = present({ className: given.className, threshold: given.threshold });
  for await (const result of model.scoreMany(images, { ...choice, onError })) {
    const { image, score, threshold, isAnomalous, confidence, timing } = result;
    const written = await outputs.write(result);
    printJson({ image, score, threshold, isAnomalous, confidence, ...written, timing });
  }
  return code;
}
