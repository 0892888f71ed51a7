/**
 * Trains on a dataset, measures thresholds on pictures held out from training, saves and evaluates; Ctrl-C, SIGTERM
 * and a closed terminal keep what was trained.
 *
 *   tsx examples/train.ts DATA WEIGHTS OUT
 */
import { Evaluator, formatTable, formatThresholds, openDataset, Trainer } from 'dinomaly';

async function main(data: string, weights: string, out: string): Promise<void> {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(name, () => controller.abort(new Error('interrupted')));
  }
  const dataset = await openDataset(data, { split: { validation: 0.1 } });
  await using trainer = await Trainer.create({ encoder: 'dinov2reg_vit_small_14', weights, dataset });
  try {
    await trainer.train(dataset, {
      iterations: 1000,
      batchSize: 8,
      signal: controller.signal,
      onProgress: ({ step, loss, remainingSeconds }) =>
        console.log(`step ${step} loss ${loss.toFixed(4)}, ${remainingSeconds.toFixed(0)} s left`),
    });
  } catch (error) {
    if (error !== controller.signal.reason) throw error;
  }
  await using model = await trainer.model();
  const evaluator = new Evaluator();
  const thresholds = await evaluator.calibrate(model, dataset.validation, { falseRejectRate: 0.01 });
  await trainer.save(out, { thresholds });
  console.log(formatThresholds(thresholds));
  console.log(formatTable(await evaluator.evaluate(model, dataset)));
}

const [data = '', weights = '', out = ''] = process.argv.slice(2);
main(data, weights, out).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
