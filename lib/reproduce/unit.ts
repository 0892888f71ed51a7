/**
 * One model: trained, evaluated, and its result in the store; or found there. A model that is trained lies in the store
 * until its metrics are, so that an interrupted evaluation costs no second training.
 */
import { rm } from 'node:fs/promises';
import { binding } from '../binding/load.js';
import type { Dataset } from '../datasets/types.js';
import { DinomalyError } from '../errors.js';
import type { MaskConvention } from '../evaluation/types.js';
import { Evaluator } from '../evaluator.js';
import { Model } from '../model.js';
import { checkTrainerOptions } from '../options/trainer.js';
import type { TrainerOptions } from '../options/types.js';
import { Trainer } from '../trainer.js';
import type { ReproduceHooks } from './hooks.js';
import { keyOf, type Store } from './store.js';
import type { PlannedRun, UnitResult } from './types.js';

/** What a unit is made of. */
export interface Unit {
  readonly run: PlannedRun;
  /** For people: the row, and the class of a class-separated run. */
  readonly title: string;
  readonly dataset: Dataset;
  /** Content of the data set, by class. */
  readonly prints: readonly (readonly [name: string, print: string])[];
  /** Null for an untrained encoder. */
  readonly weights: { readonly file: string; readonly sha256: string } | null;
}

/** What all units share. */
export interface UnitContext {
  readonly store: Store;
  readonly device: unknown;
  readonly maskConvention: MaskConvention;
  readonly keepModels: boolean;
  readonly hooks: ReproduceHooks;
}

/** The options that a unit's trainer gets. */
export function trainerOptions(run: PlannedRun, weights: string | null, device: unknown): TrainerOptions {
  return { ...run.options, weights, device: device as TrainerOptions['device'] };
}

/** All that a result depends on. Memory and the place of files are left out. */
function unitSettings(unit: Unit, context: Pick<UnitContext, 'device' | 'maskConvention'>): object {
  const { run, prints, weights } = unit;
  const options = trainerOptions(run, weights?.file ?? null, context.device);
  const checked = checkTrainerOptions(options, () => binding().cudaAvailable());
  const { device, featureCacheBytes: _cache, initial: _initial, ...training } = checked.training;
  return {
    format: 1,
    kind: 'metrics',
    encoder: checked.choice.name,
    network: checked.network({}),
    geometry: checked.geometry,
    training,
    iterations: run.iterations,
    batchSize: run.batchSize,
    weights: weights?.sha256 ?? null,
    // Cards of one machine agree; kinds of device round differently.
    device: device.replace(/:\d+$/, ''),
    maskConvention: context.maskConvention,
    data: prints,
  };
}

/** A unit's training. */
interface Trained {
  readonly seconds: number;
  /** Undefined where it lies in the store. */
  readonly model: Model | undefined;
}

/** Saves the model for the time until its metrics are there; gives it back where there is no room for that. */
async function keep(trainer: Trainer, file: string, title: string, hooks: ReproduceHooks): Promise<Model | undefined> {
  const { signal, onNote } = hooks;
  try {
    await trainer.save(file, { signal });
    return undefined;
  } catch (error) {
    if (!(error instanceof DinomalyError) || error.code !== 'FILE_WRITE') {
      throw error;
    }
    onNote?.(`${title}: ${error.message}; going on without the file`, true);
    return trainer.model({ signal });
  }
}

async function train(unit: Unit, context: UnitContext, file: string): Promise<Trained> {
  const { run, title, dataset, weights } = unit;
  const { signal, onProgress } = context.hooks;
  const started = performance.now();
  await using trainer = await Trainer.create(trainerOptions(run, weights?.file ?? null, context.device));
  await trainer.train(dataset, {
    iterations: run.iterations,
    batchSize: run.batchSize,
    signal,
    onProgress: ({ step, iterations, loss, imagesPerSecond, remainingSeconds }) =>
      onProgress?.({
        stage: 'training',
        title,
        done: step + 1,
        total: iterations,
        loss,
        imagesPerSecond,
        remainingSeconds,
      }),
  });
  const model = await keep(trainer, file, title, context.hooks);
  return { seconds: (performance.now() - started) / 1000, model };
}

/** The model of an earlier run that ended between training and metrics; undefined when there is none that is whole. */
async function findModel(unit: Unit, context: UnitContext, file: string): Promise<Model | undefined> {
  try {
    const model = await loadModel(context, file);
    if (model.training?.iterations === unit.run.iterations) {
      context.hooks.onNote?.(`${unit.title}: found trained in ${file}`);
      return model;
    }
    model.dispose();
  } catch (error) {
    if (!(error instanceof DinomalyError) || error.code === 'DEVICE_UNAVAILABLE') {
      throw error;
    }
  }
  return undefined;
}

function loadModel(context: UnitContext, file: string): Promise<Model> {
  return Model.load(file, { device: context.device as TrainerOptions['device'], signal: context.hooks.signal });
}

async function evaluate(
  unit: Unit,
  context: UnitContext,
  model: Model,
): Promise<Omit<UnitResult, 'key' | 'settings' | 'trainSeconds'>> {
  const { title, dataset } = unit;
  const { signal, onProgress } = context.hooks;
  const evaluator = new Evaluator({ maskConvention: context.maskConvention });
  const { classes, conventions, seconds } = await evaluator.evaluate(model, dataset, {
    signal,
    onProgress: ({ done, total, imagesPerSecond, remainingSeconds }) =>
      onProgress?.({ stage: 'evaluation', title, done, total, imagesPerSecond, remainingSeconds }),
  });
  const { training, encoder, device } = model;
  if (training === null) {
    throw new DinomalyError('INTERNAL', `The model of ${title} tells nothing of its training.`);
  }
  const finished = new Date().toISOString();
  return { format: 1, classes, conventions, training, encoder, device, evaluateSeconds: seconds, finished };
}

/** Runs a unit, or finds its result. */
export async function runUnit(
  unit: Unit,
  context: UnitContext,
): Promise<{ readonly result: UnitResult; readonly reused: boolean }> {
  const { store, keepModels } = context;
  const settings = unitSettings(unit, context);
  const key = keyOf(settings);
  const known = await store.readUnit(key);
  if (known !== undefined) {
    return { result: known, reused: true };
  }
  const file = store.modelFile(key);
  const found = await findModel(unit, context, file);
  const trained = found === undefined ? await train(unit, context, file) : null;
  await using model = found ?? trained?.model ?? (await loadModel(context, file));
  const result = { key, settings, trainSeconds: trained?.seconds ?? null, ...(await evaluate(unit, context, model)) };
  await store.writeUnit(result);
  if (!keepModels) {
    await rm(file, { force: true });
  }
  return { result, reused: false };
}
