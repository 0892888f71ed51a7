/** `dinomaly evaluate`. */
import { writeFile } from 'node:fs/promises';
import { DinomalyError, type Evaluation, Evaluator, formatTable, type MaskConvention, openDataset } from '../index.js';
import { present } from './arguments.js';
import { type LoadArguments, loadModel } from './load.js';
import { checkWritable, createReporter, describeSize, duration, EXIT, note, print } from './output.js';

/** Options of `dinomaly evaluate`, as commander parses them. */
export interface EvaluateArguments extends LoadArguments {
  readonly data: string;
  readonly json?: string;
  readonly maskConvention?: string;
  readonly class?: readonly string[];
}

async function writeJson(path: string, evaluation: Evaluation): Promise<void> {
  try {
    await writeFile(path, `${JSON.stringify(evaluation, null, 2)}\n`);
  } catch (error) {
    throw new DinomalyError('FILE_WRITE', `Cannot write ${path}: ${String(error)}`, { cause: error });
  }
}

/**
 * Evaluates a model on the test pictures of a dataset; the table goes to stdout.
 *
 * @returns the exit code
 */
export async function evaluateCommand(given: EvaluateArguments, fail: (message: string) => never): Promise<number> {
  const maskConvention = given.maskConvention as MaskConvention | undefined;
  const evaluator = new Evaluator(present({ maskConvention }));
  if (given.json !== undefined) {
    await checkWritable(given.json, '--json');
  }
  const dataset = await openDataset(given.data, present({ classes: given.class }));
  await using model = await loadModel(given, fail);
  note(`${describeSize(dataset.test, dataset)}, on ${model.device}`);
  const reporter = createReporter('picture', dataset.test.length);
  let evaluation: Evaluation;
  try {
    evaluation = await evaluator.evaluate(model, dataset, {
      onProgress: ({ done, className, imagesPerSecond, remainingSeconds }) =>
        reporter.update(done, `${className} ${imagesPerSecond.toFixed(1)} images/s left ${duration(remainingSeconds)}`),
    });
  } finally {
    reporter.stop();
  }
  print(formatTable(evaluation));
  if (given.json !== undefined) {
    await writeJson(given.json, evaluation);
  }
  return EXIT.ok;
}
