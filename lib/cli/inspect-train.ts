/** The training of `dinomaly inspect`: told how long it takes, and gone on with where it was interrupted. */
import { Trainer, type TrainerOptions, type TrainProgress } from '../index.js';
import { tellTraining } from './details.js';
import type { Plan } from './inspect-plan.js';
import { keyOf, mark, picturesKey, type Stages, writeStages } from './inspect-state.js';
import { aboutTime } from './inspect-words.js';
import { stoppable } from './interrupt.js';
import { noteSight } from './load.js';
import { note } from './output.js';
import { runSteps } from './run-steps.js';
import { saveTrained } from './save-trained.js';

/** Steps after which the time is told: the first ones are slow, as they read the photos. */
const MEASURED_STEPS = 5;

/** What a model hangs on: another key, another model. */
export async function trainingKey({ dataset, options, iterations, batchSize }: Plan): Promise<string> {
  const { dataset: _, weights, ...settings } = options;
  const file = typeof weights === 'string' ? [weights, await mark(weights)] : null;
  return keyOf(settings, file, iterations, batchSize, await picturesKey(dataset.root, dataset.train));
}

/** Tells how long it takes, once that has been seen. */
function timeTeller(): (progress: TrainProgress) => void {
  let started: number | undefined;
  return ({ step, iterations }) => {
    const now = performance.now();
    started ??= now;
    if (step === Math.min(MEASURED_STEPS, iterations - 1)) {
      const seconds = (((now - started) / 1000) * (iterations - 1 - step)) / Math.max(1, step);
      note(
        `training takes ${aboutTime(seconds)} on this machine, or less: the photos are read in the first steps only`,
      );
    }
  };
}

/** What an earlier run of the same plan has left; nothing where its model has gone. */
async function stepsDone({ places }: Plan, { trained }: Stages, key: string): Promise<number> {
  return trained?.key === key && (await mark(places.model)) !== null ? trained.steps : 0;
}

async function train(plan: Plan, done: number, onSaved: (steps: number) => Promise<void>): Promise<void> {
  const { dataset, places, batchSize } = plan;
  const iterations = plan.iterations - done;
  const options: TrainerOptions = done === 0 ? plan.options : { ...plan.options, initial: places.model };
  await stoppable('stopping after this block and saving', async (signal) => {
    tellTraining(options, plan);
    await using trainer = await Trainer.create({ ...options, signal });
    noteSight(trainer, note);
    const early = await runSteps(trainer, { dataset, iterations, batchSize }, signal, timeTeller());
    const count = (): number => done + (trainer.summary?.iterations ?? 0);
    try {
      await saveTrained(trainer, { out: places.model, iterations }, early);
    } catch (error) {
      // Whatever ended the steps is thrown once they are saved; anything else means that they are not.
      if (error === early?.reason) {
        await onSaved(count());
        note('the same command goes on from there');
      }
      throw error;
    }
    await onSaved(count());
  });
}

/**
 * Trains, unless that is done: what is left of the steps, from the weights that are there.
 *
 * @returns the stages with the training done; the others fall with another model
 */
export async function trainPhotos(plan: Plan, stages: Stages): Promise<Stages> {
  const { places, iterations } = plan;
  const key = await trainingKey(plan);
  const done = await stepsDone(plan, stages, key);
  if (done >= iterations) {
    note(`trained already: ${places.model}`);
    return stages;
  }
  if (done > 0) {
    note(
      `going on at step ${done} of ${iterations} from the weights in ${places.model}. Repeated: the photos are read again, and the ` +
        'optimiser starts anew with its warm-up.',
    );
  } else if (stages.trained !== null) {
    note('the photos or the settings have changed since: training anew');
  }
  let now = stages;
  await train(plan, done, async (steps) => {
    now = { trained: { key, steps }, calibrated: null, evaluated: null };
    await writeStages(places.folder, now);
  });
  return now;
}
