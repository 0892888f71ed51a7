/** `dinomaly evaluate`. */
import { stat, writeFile } from 'node:fs/promises';
import { classModelFile, evaluateClasses } from '../class-separated.js';
import {
  type Dataset,
  DinomalyError,
  type EvaluateOptions,
  type Evaluation,
  Evaluator,
  formatTable,
  type MaskConvention,
} from '../index.js';
import { present } from './arguments.js';
import { openNoted } from './dataset.js';
import type { DatasetArguments } from './dataset-options.js';
import { type LoadArguments, loadModel } from './load.js';
import { checkWritable, createReporter, describeSize, duration, EXIT, note, print } from './output.js';

/** Options of `dinomaly evaluate`, as commander parses them. */
export interface EvaluateArguments extends LoadArguments, DatasetArguments {
  readonly data: string;
  readonly json?: string;
  readonly maskConvention?: string;
}

async function writeJson(path: string, evaluation: Evaluation): Promise<void> {
  try {
    await writeFile(path, `${JSON.stringify(evaluation, null, 2)}\n`);
  } catch (error) {
    throw new DinomalyError('FILE_WRITE', `Cannot write ${path}: ${String(error)}`, { cause: error });
  }
}

type Evaluate = (onProgress: EvaluateOptions['onProgress']) => Promise<Evaluation>;

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}

async function checkClassModels(folder: string, dataset: Dataset): Promise<void> {
  for (const name of dataset.classes) {
    const file = classModelFile(folder, name);
    await stat(file).catch((error: unknown) => {
      const message = `The folder ${folder} has no model of the class '${name}': ${file} is missing`;
      throw new DinomalyError('FILE_READ', message, { cause: error });
    });
  }
}

async function withProgress(total: number, evaluate: Evaluate): Promise<Evaluation> {
  const reporter = createReporter('picture', total);
  try {
    return await evaluate(({ done, className, imagesPerSecond, remainingSeconds }) =>
      reporter.update(done, `${className} ${imagesPerSecond.toFixed(1)} images/s left ${duration(remainingSeconds)}`),
    );
  } finally {
    reporter.stop();
  }
}

async function evaluateModels(
  evaluator: Evaluator,
  dataset: Dataset,
  given: EvaluateArguments,
  fail: (message: string) => never,
): Promise<Evaluation> {
  const total = dataset.test.length;
  const what = describeSize(dataset.test, dataset);
  if (await isFolder(given.model)) {
    await checkClassModels(given.model, dataset);
    note(`${what}, each with a model of its own`);
    const load = (name: string) => loadModel({ ...given, model: classModelFile(given.model, name) }, fail);
    return withProgress(total, (onProgress) => evaluateClasses(evaluator, dataset, load, { onProgress }));
  }
  await using model = await loadModel(given, fail);
  note(`${what}, on ${model.device}`);
  // Awaited here: the model is freed when this function returns.
  return await withProgress(total, (onProgress) => evaluator.evaluate(model, dataset, { onProgress }));
}

/**
 * Evaluates a model, or with a folder of them each class with its own, on the test pictures of a dataset; the table goes to stdout.
 *
 * @returns the exit code
 */
export async function evaluateCommand(given: EvaluateArguments, fail: (message: string) => never): Promise<number> {
  const maskConvention = given.maskConvention as MaskConvention | undefined;
  const evaluator = new Evaluator(present({ maskConvention }));
  if (given.json !== undefined) {
    await checkWritable(given.json, '--json');
  }
  const dataset = await openNoted(given.data, given);
  const evaluation = await evaluateModels(evaluator, dataset, given, fail);
  print(formatTable(evaluation));
  if (given.json !== undefined) {
    await writeJson(given.json, evaluation);
  }
  return EXIT.ok;
}
