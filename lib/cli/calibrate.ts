/** `dinomaly calibrate`. */
import { classModelFile } from '../class-separated.js';
import {
  type CalibrateOptions,
  type Dataset,
  DinomalyError,
  Evaluator,
  formatThresholds,
  type Model,
  type Sample,
  type Thresholds,
} from '../index.js';
import { datasetFiles, refuseOverwrite } from '../overwrite.js';
import { checkCalibrateOptions } from '../thresholds/calibrate.js';
import { present } from './arguments.js';
import { checkDatasetArguments, type DatasetArguments } from './dataset-options.js';
import { saveSomewhere } from './elsewhere.js';
import { checkLoadArguments, isModelFolder, type LoadArguments, loadModel } from './load.js';
import {
  checkWritable,
  describeSize,
  EXIT,
  note,
  print,
  printText,
  refuseStdout,
  warn,
  withPictureProgress,
} from './output.js';
import { openForModel } from './recorded-split.js';

/** Options of `dinomaly calibrate`, as commander parses them. */
export interface CalibrateArguments extends LoadArguments, DatasetArguments {
  readonly data: string;
  readonly falseRejectRate?: number;
  readonly pixelRejectRate?: number;
  readonly confidenceLevel?: number;
  readonly out?: string;
  readonly f1?: boolean;
}

type Fail = (message: string) => never;

const OPTIMISTIC =
  'the thresholds are chosen on the test pictures: metrics at these thresholds on the same pictures are too good';

/** A model file and the pictures that its thresholds are measured on. */
interface Job {
  readonly model: string;
  readonly out: string;
  readonly samples: readonly Sample[];
}

/** One job for a model of all classes, or one a class for a folder of them. */
async function planJobs(given: CalibrateArguments, dataset: Dataset): Promise<Job[]> {
  const { model, out = model } = given;
  const samples = given.f1 === true ? dataset.test : dataset.validation;
  if (!(await isModelFolder(model))) {
    return [{ model, out, samples }];
  }
  return dataset.classes.map((name) => ({
    model: classModelFile(model, name),
    out: classModelFile(out, name),
    samples: samples.filter(({ className }) => className === name),
  }));
}

function ratesOf({ falseRejectRate, pixelRejectRate, confidenceLevel }: CalibrateArguments): CalibrateOptions {
  return present({ falseRejectRate, pixelRejectRate, confidenceLevel });
}

function measure(model: Model, job: Job, given: CalibrateArguments): Promise<Thresholds> {
  const evaluator = new Evaluator();
  return withPictureProgress(job.samples.length, (onProgress) => {
    const options = { ...ratesOf(given), onProgress };
    return given.f1 === true
      ? evaluator.calibrateF1(model, job.samples, options)
      : evaluator.calibrate(model, job.samples, options);
  });
}

/** Told before hours of scoring, and not after them. */
function checkStorable({ training }: Model, file: string): void {
  if (training === null) {
    throw new DinomalyError(
      'MODEL_SOURCE',
      `${file} is a checkpoint without metadata, which has no place for thresholds: train a model file, or take ` +
        "Evaluator.calibrate and keep what it returns; 'predict --threshold' takes a threshold by hand.",
    );
  }
}

function checkValidation(dataset: Dataset, given: CalibrateArguments): void {
  if (given.f1 !== true && dataset.validation.length === 0) {
    throw new DinomalyError(
      'CALIBRATION_DATA',
      `${given.data} has no validation pictures: thresholds need normal pictures that the model was not trained on. Hold ` +
        'some out with --validation when training, or take --f1, which chooses on the test pictures.',
    );
  }
}

/**
 * Measures thresholds on the validation pictures of a dataset and stores them in the model file; with a folder of models in
 * each of them. The table goes to stdout.
 *
 * @returns the exit code
 */
export async function calibrateCommand(given: CalibrateArguments, fail: Fail): Promise<number> {
  if (given.f1 === true && given.falseRejectRate !== undefined) {
    return fail(
      '--f1 cannot be combined with --false-reject-rate, because it takes the rate that its threshold has: leave one of them out',
    );
  }
  checkLoadArguments(given, fail);
  checkDatasetArguments(given);
  checkCalibrateOptions(ratesOf(given));
  refuseStdout(given.out, '--out');
  const { dataset, departure } = await openForModel(given.model, given.data, given);
  checkValidation(dataset, given);
  // A set that brings its split says itself which pictures are new to the model.
  if (departure !== undefined && dataset.madeSplit !== null) {
    throw new DinomalyError(
      'CALIBRATION_DATA',
      `${departure} Pictures that it was trained on would pass for held-out ones: leave out --split-seed, --train-share and ` +
        "--validation, or list new pictures with the split 'validation' in a manifest.",
    );
  }
  const jobs = await planJobs(given, dataset);
  for (const { out } of jobs) {
    await checkWritable(out, '--out', true);
  }
  const outputs = jobs.map(({ out }) => ({ path: out, what: '--out' }));
  await refuseOverwrite(outputs, datasetFiles(dataset));
  if (given.f1 === true) {
    warn(OPTIMISTIC);
  }
  for (const job of jobs) {
    await using model = await loadModel({ ...given, model: job.model }, fail);
    checkStorable(model, job.model);
    const classes = [...new Set(job.samples.map(({ className }) => className))];
    note(`${describeSize(job.samples, { ...dataset, classes })}, on ${model.device}`);
    const thresholds = await measure(model, job, given);
    const { file, failure } = await saveSomewhere(job.out, (path) => model.save(path));
    printText(formatThresholds(thresholds));
    print(`saved ${file}`);
    if (failure !== undefined) {
      throw failure;
    }
  }
  return EXIT.ok;
}
