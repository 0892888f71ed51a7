/** `dinomaly predict`. */
import { present } from './arguments.js';
import { checkLoadArguments, type LoadArguments, loadModel, noteSight } from './load.js';
import { EXIT, note, noteError, printJson } from './output.js';
import { checkOutputs, type OutputArguments, PredictOutputs } from './predict-outputs.js';

/** Options of `dinomaly predict`, as commander parses them. */
export interface PredictArguments extends LoadArguments, OutputArguments {
  readonly className?: string;
  readonly threshold?: number;
}

/**
 * Scores pictures; one JSON line each on stdout. A picture that cannot be scored, and a file that cannot be written, is a line
 * on stderr, and the others go on; so is a picture of no known class, which has no verdict.
 *
 * @returns the exit code: 1 when something failed, else 4 when a picture is of no known class
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
  noteSight(model);
  const outputs = await PredictOutputs.open(model, { images, modelFile: given.model }, given, onError, fail);
  const choice = present({ className: given.className, threshold: given.threshold });
  for await (const result of model.scoreMany(images, { ...choice, onError })) {
    const { image, score, className, known, classConfidence, pixelThreshold, inspected, timing } = result;
    const { threshold, isAnomalous, confidence } = result;
    if (known === false) {
      note(`dinomaly: UNKNOWN PART ${image}: it looks like none of ${model.classes.join(', ')}, so it has no verdict`);
      code = code === EXIT.ok ? EXIT.unknown : code;
    }
    const written = await outputs.write(result);
    const told = { className, known, classConfidence, threshold, isAnomalous, confidence, pixelThreshold };
    printJson({ image, score, ...told, inspected, ...written, timing });
  }
  return code;
}
