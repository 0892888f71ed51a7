/**
 * Trains on a dataset, measures thresholds on pictures held out from training, saves and evaluates; Ctrl-C, SIGTERM
 * and a closed terminal keep what was trained.
 *
 *   npx dinomaly weights pull dinov2reg_vit_small_14
 *   node examples/train.mjs DATA WEIGHTS OUT
 */
import { Evaluator, formatTable, formatThresholds, openDataset, Trainer } from 'dinomaly';

const [data, weights, out] = process.argv.slice(2);
if (data === undefined || weights === undefined || out === undefined) {
  console.error(`Usage: node train.mjs DATA WEIGHTS OUT
  DATA     a folder of photos or a benchmark, e.g. mvtec/
  WEIGHTS  of the encoder dinov2reg_vit_small_14: the file that \`npx dinomaly weights pull dinov2reg_vit_small_14\` names
  OUT      the model file to write, e.g. model.safetensors`);
  process.exit(2);
}

const controller = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(name, () => controller.abort(new Error('interrupted')));
}
const dataset = await openDataset(data, { split: { validation: 0.1 } });
const trainer = await Trainer.create({ encoder: 'dinov2reg_vit_small_14', weights, dataset });
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
const model = await trainer.model();
const evaluator = new Evaluator();
const thresholds = await evaluator.calibrate(model, dataset.validation, { falseRejectRate: 0.01 });
await trainer.save(out, { thresholds });
console.log(formatThresholds(thresholds));
console.log(formatTable(await evaluator.evaluate(model, dataset)));
