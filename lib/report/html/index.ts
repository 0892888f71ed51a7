/** Writes the report of an evaluation: a page to look at, and JSON and CSV to compute with. */
import { join } from 'node:path';
import { checkOptions, checkPath, checkSignal, checkString, isRecord, wrongKind } from '../../check.js';
import type { Evaluation } from '../../evaluation/types.js';
import { classesCsv, picturesCsv } from '../csv.js';
import { decideClasses } from '../decisions.js';
import { openFolder, writeTogether } from '../files.js';
import type { Provenance } from '../provenance.js';
import { ReportGallery } from './gallery.js';
import { renderPage } from './page.js';

/** What {@link writeReport} reports on. */
export interface ReportOptions {
  /** The result of `evaluator.evaluate`, or of `mergeEvaluations`. */
  readonly evaluation: Evaluation;
  /** Filled by the evaluation's `onPicture`. Default: a page without pictures. */
  readonly gallery?: ReportGallery | undefined;
  /** From `describeProvenance`. Default: the page says that it was not given. */
  readonly provenance?: Provenance | undefined;
  /** Heading of the page. Default: after the folder of the dataset. */
  readonly title?: string | undefined;
  /** The promise rejects with the signal's reason; nothing is written then. */
  readonly signal?: AbortSignal | undefined;
}

/** Absolute paths of what was written. */
export interface ReportFiles {
  readonly page: string;
  readonly metrics: string;
  readonly classes: string;
  readonly pictures: string;
}

const NAMES = ['metrics.json', 'classes.csv', 'pictures.csv', 'index.html'] as const;

function checkEvaluation(value: unknown): Evaluation {
  const keys = ['classes', 'mean', 'meanOver', 'pictures', 'conventions'] as const;
  if (!isRecord(value) || !keys.every((key) => typeof value[key] === 'object' && value[key] !== null)) {
    throw wrongKind('the result of evaluator.evaluate', 'options.evaluation', value);
  }
  return value as unknown as Evaluation;
}

function checkProvenance(value: unknown): Provenance | null {
  if (value === undefined) {
    return null;
  }
  if (!isRecord(value) || !Array.isArray(value.models) || !isRecord(value.dataset)) {
    throw wrongKind('a result of describeProvenance', 'options.provenance', value);
  }
  return value as unknown as Provenance;
}

/** The files of a report. */
export function reportFiles(folder: string): string[] {
  return NAMES.map((name) => join(folder, name));
}

/**
 * Makes the folder of a report and sees that it can be written to: before an evaluation of hours, not after.
 *
 * @throws DinomalyError `FILE_WRITE`
 */
export function prepareReport(folder: string): Promise<void> {
  return openFolder(folder, NAMES);
}

/**
 * Writes a report into a folder, which is made where it is missing: `index.html`, one page that needs no network and no other
 * file; `metrics.json`, the evaluation and its provenance; `classes.csv`; and `pictures.csv`. A report that is there is
 * replaced whole, or kept where that fails; other files in the folder stay.
 *
 * In JSON a score that is no finite number is null.
 *
 * @param folder - path or `file:` URL
 * @throws TypeError, RangeError naming the option at fault
 * @throws DinomalyError `FILE_WRITE`; the signal's reason
 */
export async function writeReport(folder: string | URL, options: ReportOptions): Promise<ReportFiles> {
  const given = checkOptions(options, 'options', ['evaluation', 'gallery', 'provenance', 'title', 'signal']);
  const path = checkPath(folder, 'folder');
  const evaluation = checkEvaluation(given.evaluation);
  const provenance = checkProvenance(given.provenance);
  const { gallery } = given;
  if (gallery !== undefined && !(gallery instanceof ReportGallery)) {
    throw wrongKind('a ReportGallery', 'options.gallery', gallery);
  }
  const title = given.title === undefined ? null : checkString(given.title, 'options.title');
  const signal = checkSignal(given.signal, 'options.signal');
  signal?.throwIfAborted();
  const galleries = gallery === undefined ? null : await gallery.finish({ signal });
  const decisions = decideClasses(evaluation);
  const root = provenance?.dataset.root ?? null;
  const page = renderPage({ evaluation, title, provenance, galleries }, decisions);
  const json = `${JSON.stringify({ provenance, ...evaluation }, null, 2)}\n`;
  const [metrics = '', classes = '', pictures = '', index = ''] = await writeTogether(
    path,
    [
      { name: NAMES[0], text: json },
      { name: NAMES[1], text: classesCsv(evaluation, decisions) },
      { name: NAMES[2], text: picturesCsv(decisions, root) },
      { name: NAMES[3], text: page },
    ],
    signal,
  );
  return { page: index, metrics, classes, pictures };
}
