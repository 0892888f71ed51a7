/** What `dinomaly predict` says of each picture: a line for people, JSON for programs, a row for a spreadsheet. */
import { type FileHandle, open } from 'node:fs/promises';
import { formatCsv } from '../csv.js';
import { writeFailure } from '../files.js';
import type { StreamResult } from '../index.js';
import { JUDGED_COLUMNS, judgedCells } from '../report/judged-report.js';
import type { VerdictWord } from '../scoring.js';
import { isStdout, print, printJson } from './output.js';
import type { OutputFields } from './predict-outputs.js';

/** A result with what was written for it. */
export interface Told {
  readonly result: StreamResult<string>;
  readonly written: OutputFields;
  /** Whether the model's encoder is untrained, so that verdicts are a trial. */
  readonly untrained: boolean;
}

/** Where lines go; `-` is the standard output. */
export interface LineArguments {
  readonly json?: string;
  readonly csv?: string;
}

const TRIAL = 'TRIAL: the encoder is untrained';

const WIDEST = 'UNKNOWN PART'.length;

function figure(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/** `BAD           part.png  score 0.31, threshold 0.2`. */
function textOf({ result, untrained }: Told): string {
  const { verdict, image, score, threshold, className } = result;
  const parts = [
    `score ${figure(score)}`,
    ...(threshold === null ? [] : [`threshold ${figure(threshold)}`]),
    ...(className === null ? [] : [`class ${className}`]),
    ...(untrained ? [TRIAL] : []),
  ];
  return `${(verdict ?? '-').padEnd(WIDEST)}  ${image}  ${parts.join(', ')}`;
}

function jsonOf({ result, written, untrained }: Told): Readonly<Record<string, unknown>> {
  const { verdict, image, score, className, known, classConfidence, pixelThreshold } = result;
  const { threshold, isAnomalous, confidence, inspected, timing } = result;
  const trial = untrained ? { untrained } : {};
  const told = { className, known, classConfidence, threshold, isAnomalous, confidence, pixelThreshold, inspected };
  return { verdict, image, ...trial, score, ...told, ...written, timing };
}

function csvOf({ result, written, untrained }: Told): string {
  const cells = judgedCells({ ...result, path: result.image });
  return formatCsv([[...cells, written.heatmap ?? null, untrained ? TRIAL : null]]);
}

/** U+FEFF, by which spreadsheets know UTF-8. */
const CSV_HEAD = `\uFEFF${formatCsv([[...JUDGED_COLUMNS, 'heatmap', 'note']])}`;

/** A file that grows by a line a picture, so that what was scored is there whatever ends the command. */
class GrowingFile {
  readonly #path: string;
  readonly #file: FileHandle;
  #failed = false;

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  static async open(path: string, head: string): Promise<GrowingFile> {
    try {
      const file = await open(path, 'w');
      await file.writeFile(head);
      return new GrowingFile(path, file);
    } catch (error) {
      throw writeFailure(path, error);
    }
  }

  /** Writes nothing more once a line has failed: a file with a gap would look whole. */
  async add(text: string): Promise<void> {
    if (this.#failed) {
      return;
    }
    try {
      await this.#file.writeFile(text);
    } catch (error) {
      this.#failed = true;
      throw writeFailure(this.#path, error);
    }
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/** Tells each picture where the options say, and counts the verdicts. */
export class PredictLines {
  readonly #stdout: 'text' | 'json';
  readonly #json: GrowingFile | undefined;
  readonly #csv: GrowingFile | undefined;
  readonly #counts = new Map<VerdictWord | null, number>();

  private constructor(stdout: 'text' | 'json', json: GrowingFile | undefined, csv: GrowingFile | undefined) {
    this.#stdout = stdout;
    this.#json = json;
    this.#csv = csv;
  }

  /** @throws DinomalyError `FILE_WRITE` */
  static async open({ json, csv }: LineArguments): Promise<PredictLines> {
    const file = json === undefined || isStdout(json) ? undefined : await GrowingFile.open(json, '');
    const table = csv === undefined ? undefined : await GrowingFile.open(csv, CSV_HEAD);
    return new PredictLines(isStdout(json) ? 'json' : 'text', file, table);
  }

  /** @param onError - told what could not be written */
  async tell(told: Told, onError: (error: unknown) => void): Promise<void> {
    const { verdict } = told.result;
    this.#counts.set(verdict, (this.#counts.get(verdict) ?? 0) + 1);
    if (this.#stdout === 'json') {
      printJson(jsonOf(told));
    } else {
      print(textOf(told));
    }
    await this.#json?.add(`${JSON.stringify(jsonOf(told))}\n`).catch(onError);
    await this.#csv?.add(csvOf(told)).catch(onError);
  }

  /** Whether a person reads what comes. */
  get forPeople(): boolean {
    return this.#stdout === 'text';
  }

  /** Pictures by verdict. */
  get counts(): ReadonlyMap<VerdictWord | null, number> {
    return this.#counts;
  }

  async close(): Promise<void> {
    await this.#json?.close();
    await this.#csv?.close();
  }
}
