/** A program of a user, checked with the options of several projects by test/realms/types.test.ts. Never run. */
import { type Dataset, DinomalyError, Evaluator, Model, openDataset, type ScoreResult, Trainer } from 'dinomaly';

export async function inspect(folder: string, signal: AbortSignal): Promise<number> {
  const dataset: Dataset = await openDataset(folder);
  await using trainer = await Trainer.create({ encoder: { dim: 16, depth: 4, heads: 2, patch: 8 }, weights: null });
  await trainer.train(dataset, { iterations: 2, signal, onProgress: ({ step, loss }) => console.log(step, loss) });
  await trainer.save('model.safetensors');
  const model = await Model.load('model.safetensors', { device: 'cpu' });
  const { mean } = await new Evaluator().evaluate(model, dataset);
  // @ts-expect-error: a picture is not a number.
  await model.score(1).catch((error: unknown) => error instanceof DinomalyError && error.code === 'IMAGE_DECODE');
  const result: ScoreResult = await model.score(new URL('file:///part.png'));
  for await (const { image, score } of model.scoreMany(['part.png'])) console.log(image, score);
  return result.map.length + (mean.imageAuroc ?? result.score);
}
