/** `dinomaly predict`. */
import { present } from './arguments.js';
import { type LoadArguments, loadModel } from './load.js';
import { EXIT, errorLine, note, print } from './output.js';
import { type OutputArguments, PredictOutputs } from './predict-outputs.js';

/** Options of `dinomaly predict`, as commander parses them. */
export interface PredictArguments extends LoadArguments, OutputArguments {
  readonly className?: string;
  readonly threshold?: number;
}

/**
 * Scores pictures; one JSON line each on stdout. A picture that cannot be scored is a line on stderr, and the others go on.
 *
 * @returns the exit code: 1 when a picture failed
 */
export async function predictCommand(
  images: readonly string[],
  given: PredictArguments,
  fail: (message: string) => never,
): Promise<number> {
  await using model = await loadModel(given, fail);
  const outputs = await PredictOutputs.open(model, { images, modelFile: given.model }, given, fail);
  let code: number = EXIT.ok;
  const onError = (error: unknown): void => {
    note(errorLine(error));
    code = EXIT.failure;
  };
  const choice = present({ className: given.className, threshold: given.threshold });
  for await (const result of model.scoreMany(images, { ...choice, onError })) {
    const { image, score, threshold, isAnomalous, confidence, timing } = result;
    const written = await outputs.write(result);
    print(JSON.stringify({ image, score, threshold, isAnomalous, confidence, ...written, timing }));
  }
  return code;
}
