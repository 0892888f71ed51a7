/** `dinomaly inspect`: from a folder of photos to a model, its threshold, a report and a sentence. */
import { makeFolder, writeWhole } from '../files.js';
import { type Evaluation, Evaluator, Model, ReportGallery, renderHeatmap } from '../index.js';
import { decideClasses } from '../report/decisions.js';
import { prepareReport } from '../report/html/index.js';
import type { Thresholds } from '../thresholds/types.js';
import { saveSomewhere } from './elsewhere.js';
import { type Gathering, gather, guarded, type OnPicture, report } from './evaluate.js';
import { type InspectArguments, type Plan, planInspection } from './inspect-plan.js';
import { keyOf, mark, picturesKey, readStages, type Stages, writeStages } from './inspect-state.js';
import { trainPhotos } from './inspect-train.js';
import { inspectWords } from './inspect-words.js';
import { EXIT, note, noteError, print, warn, withPictureProgress } from './output.js';
import { OutputNames } from './predict-outputs.js';
import { untrainedWarning } from './untrained.js';

type OnError = (error: unknown) => void;

function thresholdsOf({ thresholds }: Model): Thresholds {
  if (thresholds === null) {
    throw new Error('a model that was calibrated has thresholds');
  }
  return thresholds;
}

/** Measures the threshold on the photos that were held out, unless that is done. */
async function calibrate(plan: Plan, model: Model, stages: Stages): Promise<Stages> {
  const { dataset, places, falseRejectRate } = plan;
  const held = dataset.validation;
  const key = keyOf(stages.trained?.key, falseRejectRate, await picturesKey(dataset.root, held));
  if (stages.calibrated === key && model.thresholds !== null) {
    note('the threshold is measured already');
    return stages;
  }
  note(`measuring the threshold on ${held.length} good pictures that were held out`);
  await withPictureProgress(held.length, (onProgress) =>
    new Evaluator().calibrate(model, held, { falseRejectRate, onProgress }),
  );
  const { failure } = await saveSomewhere(places.model, (path) => model.save(path));
  if (failure !== undefined) {
    throw failure;
  }
  const now = { ...stages, calibrated: key, evaluated: null };
  await writeStages(places.folder, now);
  return now;
}

/** Writes a heatmap of each test picture. */
function heatmapHandler(folder: string): OnPicture {
  const names = new OutputNames(folder, '-heatmap', '.png');
  return async ({ path }, result, model) => {
    await writeWhole(names.next(path), await renderHeatmap(path, result, model, { legend: true, regions: [] }));
  };
}

async function evaluateTest(plan: Plan, model: Model, onError: OnError): Promise<Evaluation | null> {
  const { places } = plan;
  const tested = new Set(plan.dataset.test.map(({ className }) => className));
  const classes = plan.dataset.classes.filter((name) => tested.has(name));
  if (classes.length === 0) {
    return null;
  }
  const dataset = { ...plan.dataset, classes };
  await makeFolder(places.heatmaps);
  const gathering: Gathering = { gallery: new ReportGallery(dataset), models: [] };
  await gather(gathering, model, places.model);
  const draw = guarded(heatmapHandler(places.heatmaps), onError);
  const evaluation = await withPictureProgress(dataset.test.length, (onProgress) => {
    const onPicture: OnPicture = async (...picture) => {
      await gathering.gallery.onPicture(...picture);
      await draw(...picture);
    };
    return new Evaluator().evaluate(model, dataset, { onPicture, onError, onProgress, curves: true });
  });
  await report(places.report, evaluation, dataset, gathering);
  return evaluation;
}

/** Judges the photos that nobody trained on, and writes report and heatmaps, unless that is done. */
async function evaluate(plan: Plan, model: Model, stages: Stages, onError: OnError): Promise<string> {
  const { dataset, places } = plan;
  const key = keyOf(stages.calibrated, await picturesKey(dataset.root, dataset.test));
  const there = (await mark(places.report)) !== null || dataset.test.length === 0;
  if (stages.evaluated?.key === key && there) {
    note('evaluated already');
    return stages.evaluated.sentence;
  }
  let failed = false;
  const evaluation = await evaluateTest(plan, model, (error) => {
    failed = true;
    onError(error);
  });
  const decisions = evaluation === null ? [] : decideClasses(evaluation);
  const untrained = untrainedWarning(model) !== undefined;
  const sentence = inspectWords(thresholdsOf(model), dataset.classes, decisions, untrained);
  if (!failed) {
    await writeStages(places.folder, { ...stages, evaluated: { key, sentence } });
  }
  return sentence;
}

/** What there is now, and what to do with it. */
function sayPlaces({ places }: Plan, tested: boolean): void {
  note(`model     ${places.model}`);
  if (tested) {
    note(`report    ${places.report}/index.html`);
    note(`heatmaps  ${places.heatmaps}`);
  }
  note(`to judge new pictures: dinomaly predict ${places.folder} PICTURES`);
}

/**
 * Trains on a folder of photos, holds some out, measures the threshold on them, judges those with a label, and writes model,
 * report and heatmaps into a folder. What an earlier run has done there is not done again. The sentence goes to stdout.
 *
 * @returns the exit code: 1 when a picture could not be judged or a heatmap not be written
 */
export async function inspectCommand(
  photos: string,
  given: InspectArguments,
  fail: (message: string) => never,
): Promise<number> {
  const plan = await planInspection(photos, given, fail);
  const { dataset, places } = plan;
  if (dataset.test.length > 0) {
    await prepareReport(places.report);
  }
  let code: number = EXIT.ok;
  const onError = (error: unknown): void => {
    noteError(error);
    code = EXIT.failure;
  };
  const trained = await trainPhotos(plan, await readStages(places.folder));
  await using model = await Model.load(places.model, { device: plan.device });
  const warning = untrainedWarning(model);
  if (warning !== undefined) {
    warn(`warning: ${warning}`);
  }
  const calibrated = await calibrate(plan, model, trained);
  const sentence = await evaluate(plan, model, calibrated, onError);
  sayPlaces(plan, dataset.test.length > 0);
  print(sentence);
  return code;
}
