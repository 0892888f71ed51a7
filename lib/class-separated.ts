/**
 * One model a class (paper, section 4.3, Table 2): a folder with a model file for each, and their evaluation as one table.
 */
import path from 'node:path';
import { restrictDataset } from './datasets/restrict.js';
import type { Dataset } from './datasets/types.js';
import { DinomalyError } from './errors.js';
import { mergeEvaluations } from './evaluation/mean.js';
import type { Evaluation } from './evaluation/types.js';
import type { EvaluateOptions, Evaluator } from './evaluator.js';
import type { Model } from './model.js';

/** The model file of a class in the folder of a class-separated run. */
export function classModelFile(folder: string, className: string): string {
  return path.join(folder, `${className}.safetensors`);
}

/** A dataset of one of the classes of another, with the same split. */
export function ofClass(dataset: Dataset, className: string): Dataset {
  const own = restrictDataset(dataset, [className]);
  if (own === undefined) {
    throw new DinomalyError('INTERNAL', `The dataset in ${dataset.root} has no class '${className}'.`);
  }
  return own;
}

/**
 * Evaluates each class of a dataset with a model of its own. One model is held at a time.
 *
 * @param load - the model of a class; disposed of after use
 */
export async function evaluateClasses(
  evaluator: Evaluator,
  dataset: Dataset,
  load: (className: string) => Promise<Model>,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  const { onProgress, ...passed } = options;
  const total = dataset.test.length;
  const started = performance.now();
  const parts: Evaluation[] = [];
  let before = 0;
  for (const className of dataset.classes) {
    const own = ofClass(dataset, className);
    await using model = await load(className);
    const part = await evaluator.evaluate(model, own, {
      ...passed,
      onProgress: async (progress) => {
        const done = before + progress.done;
        const imagesPerSecond = done / Math.max(1e-6, (performance.now() - started) / 1000);
        const remainingSeconds = (total - done) / imagesPerSecond;
        await onProgress?.({ className, done, total, imagesPerSecond, remainingSeconds });
      },
    });
    before += own.test.length;
    parts.push(part);
  }
  return mergeEvaluations(parts);
}
