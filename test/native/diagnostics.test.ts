/** Events of `node:diagnostics_channel`, as a monitor hears them. */
import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';
import path from 'node:path';
import test from 'ava';
import { type Dataset, type DiagnosticsEvents, Evaluator, Model, openDataset, Trainer } from '../../lib/index.js';
import { TINY, TINY_SIZE, temporaryFolder, writeDataset } from '../helpers/drawn-set.js';

const { folder, remove } = temporaryFolder();
const file = path.join(folder, 'model.safetensors');
let dataset: Dataset;

test.before(async () => {
  dataset = await openDataset(await writeDataset(path.join(folder, 'data'), ['disc']));
});
test.after.always(remove);

interface Heard {
  readonly phase: string;
  readonly event: Record<string, unknown>;
}

/** Hears all phases of a tracing channel while work is under way. */
async function hear(name: keyof DiagnosticsEvents, work: () => Promise<unknown>): Promise<Heard[]> {
  const heard: Heard[] = [];
  const phases = ['start', 'asyncEnd', 'error'].map((phase) => {
    const listener = (event: unknown): void =>
      void heard.push({ phase, event: { ...(event as Record<string, unknown>) } });
    return { name: `tracing:${name}:${phase}`, listener };
  });
  for (const phase of phases) subscribe(phase.name, phase.listener);
  try {
    await work();
  } finally {
    for (const phase of phases) unsubscribe(phase.name, phase.listener);
  }
  return heard;
}

test.serial('training and each of its steps are events', async (t) => {
  await using trainer = await Trainer.create({ encoder: TINY, ...TINY_SIZE, weights: null, device: 'cpu' });
  const steps: unknown[] = [];
  const listener = (progress: unknown): void => void steps.push((progress as { step: number }).step);
  channel('dinomaly:train:step').subscribe(listener);
  const heard = await hear('dinomaly:train', () => trainer.train(dataset, { iterations: 2, batchSize: 4 }));
  channel('dinomaly:train:step').unsubscribe(listener);
  t.deepEqual(steps, [0, 1]);
  t.deepEqual(
    heard.map(({ phase }) => phase),
    ['start', 'asyncEnd'],
  );
  t.is(heard[0]?.event.trainer, trainer);
  t.is(heard[0]?.event.dataset, dataset);
  t.is(heard[1]?.event.result, trainer.summary);
  await trainer.save(file);
});

test.serial('loading, scoring, evaluating and calibrating are events, with their results', async (t) => {
  const [start, end] = await hear('dinomaly:load', () => Model.load(file, { device: 'cpu' }));
  t.is(start?.event.path, file);
  t.true(end?.event.result instanceof Model);
  const model = end?.event.result as Model;
  const picture = dataset.test[0]?.path ?? '';
  let score = Number.NaN;
  const scored = await hear('dinomaly:score', async () => {
    ({ score } = await model.score(picture));
  });
  t.like(scored[0]?.event, { image: picture, device: 'cpu', precision: 'fp32' });
  const result = scored[1]?.event.result as DiagnosticsEvents['dinomaly:score']['result'];
  t.is(result?.score, score);
  t.true((result?.timing.computeMs ?? 0) > 0);
  const evaluator = new Evaluator();
  const images = dataset.test.length;
  const [evaluated] = (await hear('dinomaly:evaluate', () => evaluator.evaluate(model, dataset))).slice(-1);
  t.like(evaluated?.event.result, { images });
  t.is(
    (await hear('dinomaly:score', () => evaluator.evaluate(model, dataset))).filter(({ phase }) => phase === 'start')
      .length,
    images,
  );
  const [calibrated] = (await hear('dinomaly:calibrate', () => evaluator.calibrateF1(model, dataset.test))).slice(-1);
  t.deepEqual(calibrated?.event.result, model.thresholds);
  t.is(calibrated?.event.evaluator, evaluator);
  model.dispose();
});

test.serial('a failure is an event with its typed error', async (t) => {
  const missing = path.join(folder, 'missing.safetensors');
  const heard = await hear('dinomaly:load', () => t.throwsAsync(Model.load(missing)));
  t.deepEqual(
    heard.map(({ phase }) => phase),
    ['start', 'error', 'asyncEnd'],
  );
  t.like(heard[1]?.event, { path: missing, error: { code: 'FILE_READ' } });
});
