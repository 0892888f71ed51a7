/** `dinomaly evaluate`. */
import { checkPath, wrongKind } from '../check.js';
import { classModelFile, evaluateClasses } from '../class-separated.js';
import { describeDoubts } from '../evaluation/doubts.js';
import {
  type Dataset,
  DinomalyError,
  describeModel,
  describeProvenance,
  type EvaluateOptions,
  type Evaluation,
  Evaluator,
  formatTable,
  type MapWriterOptions,
  type MaskConvention,
  type Model,
  type ModelProvenance,
  mapWriter,
  ReportGallery,
  writeReport,
} from '../index.js';
import { mapFiles } from '../maps/benchmark.js';
import { datasetFiles, type NamedFile, refuseOverwrite } from '../overwrite.js';
import { prepareReport, reportFiles } from '../report/html/index.js';
import { present } from './arguments.js';
import { commandLine } from './config.js';
import { checkDatasetArguments, type DatasetArguments } from './dataset-options.js';
import { type Saved, saveSomewhere } from './elsewhere.js';
import { checkLoadArguments, isModelFolder, type LoadArguments, loadModel, noteSight } from './load.js';
import {
  checkWritable,
  createReporter,
  describeSize,
  EXIT,
  isStdout,
  note,
  noteError,
  noteText,
  printText,
  refuseStdout,
  warn,
  withPictureProgress,
  writeOutput,
} from './output.js';
import { openForModel } from './recorded-split.js';

/** Options of `dinomaly evaluate`, as commander parses them. */
export interface EvaluateArguments extends LoadArguments, DatasetArguments {
  readonly data: string;
  readonly json?: string;
  readonly report?: string;
  readonly maps?: string;
  readonly mapFormat?: string;
  readonly mapLayout?: string;
  readonly maskConvention?: string;
}

/** What is done with a picture beside counting it. */
export type OnPicture = NonNullable<EvaluateOptions['onPicture']>;
type OnError = (error: unknown) => void;

/** The library refuses a format and a layout that it does not know. */
function mapOptions({ mapFormat, mapLayout, pixelLimit, svg }: Omit<EvaluateArguments, 'data'>): MapWriterOptions {
  return present({ format: mapFormat, layout: mapLayout, pixelLimit, svg }) as MapWriterOptions;
}

/** The writer of maps, if any are wanted. */
function mapHandler(given: EvaluateArguments): OnPicture | undefined {
  const { maps, mapFormat, mapLayout } = given;
  if (maps === undefined && (mapFormat !== undefined || mapLayout !== undefined)) {
    throw wrongKind('a folder, as --map-format and --map-layout need one,', '--maps', maps);
  }
  return maps === undefined ? undefined : mapWriter(maps, mapOptions(given));
}

/** A handler whose failure at one picture does not end the evaluation. A missing threshold fails at every one, and does. */
export function guarded(handler: OnPicture, onError: OnError): OnPicture {
  return async (...picture) => {
    try {
      await handler(...picture);
    } catch (error) {
      if (error instanceof DinomalyError && error.code === 'THRESHOLD_MISSING') {
        throw error;
      }
      onError(error);
    }
  };
}

/** What is to be done with each picture beside counting it. */
function pictureHandlers(handlers: readonly (OnPicture | undefined)[], onError: OnError): OnPicture | undefined {
  const wanted = handlers.filter((handler) => handler !== undefined).map((handler) => guarded(handler, onError));
  return wanted.length === 0
    ? undefined
    : async (...picture) => {
        for (const handler of wanted) {
          await handler(...picture);
        }
      };
}

/** What is gathered for a report while the evaluation runs. */
export interface Gathering {
  readonly gallery: ReportGallery;
  readonly models: ModelProvenance[];
}

/** Notes which model is about to be used. */
export async function gather(
  gathering: Gathering | undefined,
  model: Model,
  file: string,
  className?: string,
): Promise<void> {
  gathering?.models.push(await describeModel(model, { file, className }));
}

/** What an evaluation gives beside its figures. */
interface Beside {
  readonly gathering: Gathering | undefined;
  readonly maps: OnPicture | undefined;
  readonly onError: OnError;
}

async function evaluateModels(
  evaluator: Evaluator,
  dataset: Dataset,
  given: EvaluateArguments,
  { gathering, maps, onError }: Beside,
  fail: (message: string) => never,
): Promise<Evaluation> {
  const total = dataset.test.length;
  const what = describeSize(dataset.test, dataset);
  const options: EvaluateOptions = {
    onPicture: pictureHandlers([gathering?.gallery.onPicture, maps], onError),
    onError,
    curves: gathering !== undefined,
  };
  if (await isModelFolder(given.model)) {
    note(`${what}, each with a model of its own`);
    const load = async (name: string): Promise<Model> => {
      const file = classModelFile(given.model, name);
      const model = await loadModel({ ...given, model: file }, fail);
      await gather(gathering, model, file, name);
      return model;
    };
    return withPictureProgress(total, (onProgress) =>
      evaluateClasses(evaluator, dataset, load, { ...options, onProgress }),
    );
  }
  await using model = await loadModel(given, fail);
  noteSight(model);
  note(`${what}, on ${model.device}`);
  await gather(gathering, model, given.model);
  // Awaited here: the model is freed when this function returns.
  return await withPictureProgress(total, (onProgress) =>
    evaluator.evaluate(model, dataset, { ...options, onProgress }),
  );
}

/** Writes the report, with the hash of the dataset. */
export async function report(
  folder: string,
  evaluation: Evaluation,
  dataset: Dataset,
  gathering: Gathering,
): Promise<void> {
  const { gallery, models } = gathering;
  const total = dataset.train.length + dataset.validation.length + dataset.test.length;
  const reporter = createReporter('hash', total);
  try {
    const command = commandLine();
    const onHashed = (done: number): void => reporter.update(done, 'of the dataset for the report');
    const provenance = await describeProvenance({ models, dataset, command, onHashed });
    const files = await writeReport(folder, { evaluation, gallery, provenance });
    note(`report in ${files.page}`);
  } finally {
    reporter.stop();
  }
}

async function writeJson(file: string | undefined, evaluation: Evaluation): Promise<Partial<Saved>> {
  const text = `${JSON.stringify(evaluation, null, 2)}\n`;
  if (file === undefined || isStdout(file)) {
    return file === undefined ? {} : { file: await writeOutput(file, text).then(() => file) };
  }
  return saveSomewhere(file, (path) => writeOutput(path, text));
}

/** All files that will be written. */
function outputsOf({ json, report: folder, maps, ...given }: EvaluateArguments, { test }: Dataset): NamedFile[] {
  return [
    ...(json === undefined || isStdout(json) ? [] : [{ path: json, what: '--json' }]),
    ...(folder === undefined ? [] : reportFiles(folder).map((path) => ({ path, what: '--report' }))),
    ...(maps === undefined ? [] : mapFiles(maps, mapOptions(given), test).map((path) => ({ path, what: '--maps' }))),
  ];
}

async function inputsOf({ model }: EvaluateArguments, dataset: Dataset): Promise<NamedFile[]> {
  const files = (await isModelFolder(model)) ? dataset.classes.map((name) => classModelFile(model, name)) : [model];
  return [...files.map((path) => ({ path, what: 'the model' })), ...datasetFiles(dataset)];
}

/** Refuses what no data and no model can make good. */
async function checkArguments(given: EvaluateArguments, fail: (message: string) => never): Promise<void> {
  checkLoadArguments(given, fail);
  checkDatasetArguments(given);
  refuseStdout(given.maps, '--maps');
  refuseStdout(given.report, '--report');
  if (given.json !== undefined) {
    await checkWritable(given.json, '--json');
  }
  if (given.report !== undefined) {
    await prepareReport(checkPath(given.report, '--report'));
  }
}

/** Writes the files, and the table even if one of them fails: to stdout, unless that is taken for the JSON. */
async function writeResults(
  given: EvaluateArguments,
  evaluation: Evaluation,
  dataset: Dataset,
  gathering: Gathering | undefined,
): Promise<void> {
  const { json } = given;
  try {
    const { failure } = await writeJson(json, evaluation);
    if (given.report !== undefined && gathering !== undefined) {
      await report(given.report, evaluation, dataset, gathering);
    }
    if (failure !== undefined) {
      throw failure;
    }
  } finally {
    (isStdout(json) ? noteText : printText)(formatTable(evaluation));
    for (const sentence of describeDoubts(evaluation)) {
      warn(`warning: ${sentence}`);
    }
  }
}

/**
 * Evaluates a model, or with a folder of them each class with its own, on the test pictures of a dataset; the table goes to
 * stdout. A picture that cannot be scored and a map that cannot be written are lines on stderr, and the others go on.
 *
 * @returns the exit code: 1 when something failed
 */
export async function evaluateCommand(given: EvaluateArguments, fail: (message: string) => never): Promise<number> {
  const maskConvention = given.maskConvention as MaskConvention | undefined;
  const evaluator = new Evaluator(present({ maskConvention }));
  const maps = mapHandler(given);
  await checkArguments(given, fail);
  const { dataset, departure } = await openForModel(given.model, given.data, given);
  if (departure !== undefined) {
    warn(`${departure} Test pictures may be among those that it was trained on.`);
  }
  await refuseOverwrite(outputsOf(given, dataset), await inputsOf(given, dataset));
  const gathering: Gathering | undefined =
    given.report === undefined
      ? undefined
      : { gallery: new ReportGallery(dataset, present({ maskConvention })), models: [] };
  let code: number = EXIT.ok;
  const onError = (error: unknown): void => {
    noteError(error);
    code = EXIT.failure;
  };
  const evaluation = await evaluateModels(evaluator, dataset, given, { gathering, maps, onError }, fail);
  await writeResults(given, evaluation, dataset, gathering);
  return code;
}
