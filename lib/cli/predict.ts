/** `dinomaly predict`. */
import { join } from 'node:path';
import type { Model, StreamResult } from '../index.js';
import type { NamedFile } from '../overwrite.js';
import { judgedWords } from '../report/html/judged-page.js';
import { JudgedReport } from '../report/judged-report.js';
import { present } from './arguments.js';
import { listPictures, OutputFolders } from './inputs.js';
import { stoppable } from './interrupt.js';
import { checkLoadArguments, type LoadArguments, loadModel, modelFile, noteSight } from './load.js';
import { EXIT, isStdout, note, noteError, refuseStdout, warn } from './output.js';
import { type LineArguments, PredictLines } from './predict-lines.js';
import { checkOutputs, type OutputArguments, PredictOutputs } from './predict-outputs.js';
import { untrainedWarning } from './untrained.js';
import { WatchedFolder } from './watch.js';

/** Options of `dinomaly predict`, as commander parses them. */
export interface PredictArguments extends Omit<LoadArguments, 'model'>, OutputArguments, LineArguments {
  readonly model?: string;
  readonly className?: string;
  readonly threshold?: number;
  readonly watch?: string;
  readonly report?: string;
  readonly failOnAnomaly?: boolean;
}

type Fail = (message: string) => never;

/** The model, and the arguments that name pictures: without `--model` the first argument is the model. */
async function namesOf(args: readonly string[], { model }: PredictArguments, fail: Fail): Promise<[string, string[]]> {
  const [first, ...rest] = args;
  const named = model ?? first ?? fail('name a model, then pictures: a file, a folder that inspect has made');
  return [await modelFile(named), model === undefined ? rest : [...args]];
}

/** A run over all pictures: where results go, and what the command ends with. */
interface Run {
  readonly model: Model;
  readonly outputs: PredictOutputs;
  readonly lines: PredictLines;
  readonly report: JudgedReport | undefined;
  readonly untrained: boolean;
  readonly found: { failed: boolean; bad: boolean; unknown: boolean };
}

function failed({ found }: Pick<Run, 'found'>, error: unknown): void {
  noteError(error);
  found.failed = true;
}

async function tell(run: Run, result: StreamResult<string>): Promise<void> {
  const { model, outputs, lines, report, untrained, found } = run;
  found.bad ||= result.isAnomalous === true;
  if (result.known === false) {
    found.unknown = true;
    if (!lines.forPeople) {
      const known = model.classes.join(', ');
      warn(`dinomaly: UNKNOWN PART ${result.image}: it looks like none of ${known}, so it has no verdict`);
    }
  }
  const written = await outputs.write(result);
  await lines.tell({ result, written, untrained }, (error) => failed(run, error));
  await report?.add(result);
}

/** Scores pictures, those that are there or those that come. */
async function score(
  run: Run,
  images: Iterable<string> | AsyncIterable<string>,
  given: PredictArguments,
): Promise<void> {
  const onError = (error: unknown): void => failed(run, error);
  const choice = { ...present({ className: given.className, threshold: given.threshold }), onError };
  for await (const result of run.model.scoreMany(images, choice)) {
    await tell(run, result);
  }
}

async function watch(run: Run, folder: WatchedFolder, given: PredictArguments): Promise<void> {
  const there = folder.count === 0 ? '' : `; pictures there already: ${folder.count}, not judged`;
  note(`watching ${given.watch} for new pictures${there}. Ctrl-C ends it.`);
  await stoppable('finishing the picture under way', (signal) =>
    score(
      run,
      folder.pictures(signal, (error) => failed(run, error)),
      given,
    ),
  );
}

/** Refuses what no model can make good. */
function checkArguments(given: PredictArguments, images: readonly string[], fail: Fail): void {
  checkOutputs(given);
  refuseStdout(given.csv, '--csv');
  refuseStdout(given.report, '--report');
  if (images.length === 0 && given.watch === undefined) {
    fail('name the pictures after the model: files, folders or patterns; or take --watch FOLDER');
  }
}

/** Verdicts need something to hang on. */
function checkThresholds(model: Model, given: PredictArguments, fail: Fail): void {
  if (model.thresholds !== null || given.threshold !== undefined) {
    return;
  }
  const remedy = "'dinomaly calibrate' measures one on good pictures, or take --threshold SCORE";
  if (given.failOnAnomaly === true) {
    fail(`--fail-on-anomaly needs a threshold, and the model has none: ${remedy}`);
  }
  if (!isStdout(given.json)) {
    warn(`the model has no threshold, so there are no verdicts: ${remedy}`);
  }
}

function exitCode({ found }: Run, { failOnAnomaly }: PredictArguments): number {
  if (found.failed) {
    return EXIT.failure;
  }
  return failOnAnomaly === true && found.bad ? EXIT.anomaly : found.unknown ? EXIT.unknown : EXIT.ok;
}

/** Files beside those of single pictures. */
function othersOf({ json, csv, report }: PredictArguments): NamedFile[] {
  const files = [
    ...(json === undefined || isStdout(json) ? [] : [{ path: json, what: '--json' }]),
    ...(csv === undefined ? [] : [{ path: csv, what: '--csv' }]),
  ];
  const pages = report === undefined ? [] : JudgedReport.names.map((name) => join(report, name));
  return [...files, ...pages.map((path) => ({ path, what: '--report' }))];
}

async function openRun(
  model: Model,
  { images, modelFile }: { readonly images: readonly string[]; readonly modelFile: string },
  given: PredictArguments,
  fail: Fail,
): Promise<Run> {
  const found = { failed: false, bad: false, unknown: false };
  const onError = (error: unknown): void => failed({ found }, error);
  const plan = { images, modelFile, others: othersOf(given) };
  const outputs = await PredictOutputs.open(model, plan, given, onError, fail);
  const warning = untrainedWarning(model);
  // JSON lines have a field for it.
  if (warning !== undefined && !isStdout(given.json)) {
    warn(`warning: ${warning}`);
  }
  if (given.report !== undefined) {
    await JudgedReport.prepare(given.report);
  }
  const by = { model, file: modelFile, warnings: warning === undefined ? [] : [warning] };
  const report =
    given.report === undefined ? undefined : new JudgedReport({ ...by, outlines: given.outlines === true });
  return { model, outputs, lines: await PredictLines.open(given), report, untrained: warning !== undefined, found };
}

/**
 * Judges pictures, a line each on stdout, the verdict first; with `--model` one JSON line each. A picture that cannot be scored,
 * and a file that cannot be written, is a line on stderr, and the others go on; so is a part of no known class, which has no
 * verdict.
 *
 * @returns the exit code: 1 when something failed; else 3 for a picture above its threshold, if that is asked for; else 4 when
 * a part is of no known class
 */
export async function predictCommand(args: readonly string[], options: PredictArguments, fail: Fail): Promise<number> {
  const [modelFile, named] = await namesOf(args, options, fail);
  // Before there was a line for people the option was the one way to name the model, and programs read its lines.
  const given = options.model === undefined ? options : { json: '-', ...options };
  checkArguments(given, named, fail);
  const load = { ...given, model: modelFile };
  checkLoadArguments(load, fail);
  const folders = await OutputFolders.of([given.heatmaps, given.maps, given.report]);
  const images = await listPictures(named, folders);
  const watched = given.watch === undefined ? undefined : await WatchedFolder.open(given.watch, folders);
  await using model = await loadModel(load, fail);
  noteSight(model);
  checkThresholds(model, given, fail);
  const run = await openRun(model, { images, modelFile }, given, fail);
  try {
    await score(run, images, given);
    if (watched !== undefined) {
      await watch(run, watched, given);
    }
    if (run.report !== undefined && given.report !== undefined) {
      note(`report in ${await run.report.write(given.report)}`);
    }
  } finally {
    await run.lines.close();
  }
  if (run.lines.forPeople && run.lines.counts.size > 0) {
    note(judgedWords(run.lines.counts));
  }
  return exitCode(run, given);
}
