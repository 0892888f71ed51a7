/**
 * The whole pipeline on drawn parts, from pixels to metrics. Leaves beside this file:
 * `data/` the drawn dataset, `model.safetensors` and heatmaps in `out/`, and `metrics.json`.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Dataset, Evaluator, formatTable, Model, openDataset, renderHeatmap, Trainer } from '../lib/index.js';
import { drawDataset } from './dataset.js';

const DATA = join(__dirname, 'data');
const OUT = join(__dirname, 'out');
const METRICS = join(__dirname, 'metrics.json');
const MODEL = join(OUT, 'model.safetensors');

/** Small enough for two CPU cores: the network of the paper with fewer and narrower blocks. */
const ENCODER = { dim: 96, depth: 6, heads: 3, patch: 8 };
const ITERATIONS = 200;
const BATCH_SIZE = 16;
const HEATMAPS_PER_CLASS = 6;

const NOTICE = [
  'The encoder of this demo is random, not trained: it shows that the pipeline works, and finds coarse defects of',
  'drawn parts. For real pictures give Trainer.create the weights of DINOv2.',
];

async function timed<T>(title: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  const result = await work();
  console.log(`${title}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return result;
}

async function train(dataset: Dataset): Promise<void> {
  await using trainer = await Trainer.create({
    encoder: ENCODER,
    weights: null,
    size: 160,
    crop: 144,
    seed: 1,
    device: 'cpu',
    warmupSteps: 20,
    easyRampSteps: 150,
  });
  await trainer.train(dataset, {
    iterations: ITERATIONS,
    batchSize: BATCH_SIZE,
    onProgress: ({ step, loss, imagesPerSecond }) => {
      if ((step + 1) % 50 === 0) {
        console.log(`  step ${step + 1}/${ITERATIONS} loss ${loss.toFixed(4)} ${imagesPerSecond.toFixed(0)} images/s`);
      }
    },
  });
  await trainer.save(MODEL);
}

async function evaluate(model: Model, dataset: Dataset): Promise<void> {
  const evaluation = await new Evaluator().evaluate(model, dataset);
  await writeFile(METRICS, `${JSON.stringify(evaluation, null, 2)}\n`);
  console.log(`\n${formatTable(evaluation)}\n`);
}

/** Some defects and one normal part of each class. */
async function drawHeatmaps(model: Model, dataset: Dataset): Promise<void> {
  for (const name of dataset.classes) {
    const samples = dataset.test.filter((sample) => sample.className === name);
    const defects = samples.filter((sample) => sample.label === 1);
    const every = Math.max(1, Math.floor(defects.length / (HEATMAPS_PER_CLASS - 1)));
    const shown = [
      ...samples.filter((sample) => sample.label === 0).slice(0, 1),
      ...defects.filter((_, at) => at % every === 0),
    ];
    for (const { path, defect } of shown.slice(0, HEATMAPS_PER_CLASS)) {
      const png = await renderHeatmap(path, await model.score(path), model);
      await writeFile(join(OUT, `${name}-${defect}-${basename(path)}`), png);
    }
  }
}

async function main(): Promise<void> {
  const started = performance.now();
  await rm(OUT, { recursive: true, force: true });
  await mkdir(OUT, { recursive: true });
  await timed('drawing the parts', () => drawDataset(DATA, { seed: 7, train: 40, good: 12, perDefect: 6 }));
  const dataset = await openDataset(DATA);
  await timed('training', () => train(dataset));
  await using model = await Model.load(MODEL, { device: 'cpu' });
  await timed('evaluation', () => evaluate(model, dataset));
  await timed('heatmaps', () => drawHeatmaps(model, dataset));
  console.log(`demo: ${((performance.now() - started) / 1000).toFixed(1)} s`);
  console.log(`heatmaps and the model are in ${OUT}, the metrics in ${METRICS}`);
  console.log(`\n${NOTICE.join('\n')}`);
}

void main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
