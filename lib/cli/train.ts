/** `dinomaly train`. */
import { checkPath } from '../check.js';
import { classModelFile, ofClass } from '../class-separated.js';
import { makeFolder } from '../files.js';
import { type Dataset, type DeviceOption, Trainer, type TrainerOptions } from '../index.js';
import { CLASS_SEPARATED_DEFAULTS } from '../options/train.js';
import { checkTrainerOptions } from '../options/trainer.js';
import { datasetFiles, refuseOverwrite } from '../overwrite.js';
import { checkTrainOptions, DEFAULT_ITERATIONS } from '../training/options.js';
import { type EncoderArguments, present, readEncoder, readTiles, type TilesArgument } from './arguments.js';
import { openNoted } from './dataset.js';
import { checkDatasetArguments, type DatasetArguments } from './dataset-options.js';
import { tellTraining } from './details.js';
import { stoppable } from './interrupt.js';
import { noteSight } from './load.js';
import { checkWritable, EXIT, note, refuseStdout, warn } from './output.js';
import { runSteps } from './run-steps.js';
import { saveTrained } from './save-trained.js';
import { readVariant, type VariantArguments } from './variant.js';
import { readWeights, type WeightsArguments } from './weights.js';

/** Options of `dinomaly train`, as commander parses them. */
export interface TrainArguments extends DatasetArguments, EncoderArguments, VariantArguments, WeightsArguments {
  readonly data: string;
  readonly out: string;
  readonly size?: number | readonly [number, number];
  readonly crop?: number | readonly [number, number];
  readonly pixelLimit?: number;
  readonly tiles?: TilesArgument;
  readonly aspect?: string;
  readonly svg?: boolean;
  readonly orientation?: string;
  readonly iterations?: number;
  readonly batchSize: number;
  readonly seed?: number;
  readonly device?: string;
  readonly classSeparated?: boolean;
}

/** One model to train. */
interface Job {
  readonly options: TrainerOptions;
  readonly dataset: Dataset;
  readonly out: string;
  readonly iterations: number;
  readonly batchSize: number;
}

const UNTRAINED =
  'no weights: the encoder is random, drawn from the seed. It serves to try the pipeline, not to inspect with.';

function trainerOptions(given: TrainArguments, fail: (message: string) => never): TrainerOptions {
  const { size, crop, pixelLimit, svg, seed } = given;
  const tiles = readTiles(given.tiles);
  const aspect = given.aspect as TrainerOptions['aspect'];
  const orientation = given.orientation as TrainerOptions['orientation'];
  const encoder = readEncoder(given, fail);
  return {
    weights: readWeights(given, encoder, fail),
    ...present({ encoder, size, crop, aspect, tiles, pixelLimit, svg, orientation, seed }),
    ...present({ device: given.device as DeviceOption | undefined }),
    ...readVariant(given),
  };
}

/** Trains and saves one model; what there is also when a signal or an error ends the steps early. */
async function trainModel(job: Job, signal: AbortSignal): Promise<void> {
  const options = { ...job.options, dataset: job.dataset };
  tellTraining(options, job);
  await using trainer = await Trainer.create({ ...options, signal });
  noteSight(trainer, note);
  await saveTrained(trainer, job, await runSteps(trainer, job, signal));
}

/** A model must not take the place of what it is made from. */
function refuse(outs: readonly string[], dataset: Dataset, { weights }: TrainerOptions): Promise<void> {
  const outputs = outs.map((path) => ({ path, what: '--out' }));
  const known = weights === null ? [] : [{ path: checkPath(weights, '--weights'), what: 'the weights' }];
  return refuseOverwrite(outputs, [...known, ...datasetFiles(dataset)]);
}

/** Refuses what no data and no weights can make good. */
function checkArguments(given: TrainArguments, options: TrainerOptions): void {
  const { batchSize, iterations } = given;
  checkTrainOptions(present({ batchSize, iterations }));
  checkTrainerOptions(options, () => false);
  checkDatasetArguments(given);
  refuseStdout(given.out, '--out');
}

/** The models to train, one or one a class; each can be written where it is to be. */
async function plan(given: TrainArguments, options: TrainerOptions): Promise<readonly Job[]> {
  const { data, out, batchSize, iterations } = given;
  if (given.classSeparated !== true) {
    await checkWritable(out, '--out', true);
    const dataset = await openNoted(data, given);
    await refuse([out], dataset, options);
    return [{ options, dataset, out, batchSize, iterations: iterations ?? DEFAULT_ITERATIONS }];
  }
  const dataset = await openNoted(data, given);
  await makeFolder(out);
  const jobs: Job[] = [];
  for (const name of dataset.classes) {
    const file = classModelFile(out, name);
    await checkWritable(file, '--out', true);
    jobs.push({
      options: { eps: CLASS_SEPARATED_DEFAULTS.eps, ...options },
      dataset: ofClass(dataset, name),
      out: file,
      batchSize,
      iterations: iterations ?? CLASS_SEPARATED_DEFAULTS.iterations,
    });
  }
  await refuse(
    jobs.map((job) => job.out),
    dataset,
    options,
  );
  return jobs;
}

/** Trains one model after the other. */
async function trainAll(jobs: readonly Job[], signal: AbortSignal): Promise<void> {
  for (const [at, job] of jobs.entries()) {
    if (jobs.length > 1) {
      note(`class ${at + 1} of ${jobs.length}: ${job.dataset.classes.join()}`);
    }
    await trainModel(job, signal);
  }
}

/**
 * Trains and saves, with `--class-separated` one model a class.
 *
 * @returns the exit code
 */
export async function trainCommand(given: TrainArguments, fail: (message: string) => never): Promise<number> {
  const options = trainerOptions(given, fail);
  checkArguments(given, options);
  const jobs = await plan(given, options);
  if (options.weights === null) {
    warn(UNTRAINED);
  }
  await stoppable('stopping after this block and saving', (signal) => trainAll(jobs, signal));
  return EXIT.ok;
}
