/** What the command says: results on stdout; progress, notes, warnings and errors on stderr. */
import { constants } from 'node:fs';
import { access, stat, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Presets, SingleBar } from 'cli-progress';
import { checkString, isUsageError, outOfRange } from '../check.js';
import type { Dataset, Sample } from '../datasets/types.js';
import { DinomalyError } from '../errors.js';
import type { EvaluateProgress } from '../evaluation/types.js';
import { writeFailure, writeWhole } from '../files.js';
import { isError, reasonOf } from '../kinds.js';
import { shorten, visible, visibleLines } from '../text.js';
import { isQuiet, isVerbose } from './level.js';
import { asTyped } from './option-names.js';

/**
 * Exit codes; `anomaly`: a picture is above its threshold, where that is asked for; `unknown`: a picture is of no class that the
 * model knows. Those of signals are in `interrupt.ts`.
 */
export const EXIT = { ok: 0, failure: 1, usage: 2, anomaly: 3, unknown: 4 } as const;

/** One line on stderr: what is under way, and where results are. */
export function note(line: string): void {
  if (!isQuiet()) {
    warn(line);
  }
}

/** One line on stderr at every level: what a result does not mean, or is not to be relied on for. */
export function warn(line: string): void {
  process.stderr.write(`${visible(line)}\n`);
}

/** One line on stderr with `--verbose` only: what was chosen, and why. */
export function detail(line: string): void {
  if (isVerbose()) {
    warn(`- ${line}`);
  }
}

/** A message on stderr. Where it has more lines they stand back: none of them passes for one of the command's. */
export function noteMessage(message: string): void {
  process.stderr.write(`${visibleLines(shorten(message).trimEnd()).replaceAll('\n', '\n  ')}\n`);
}

/** What failed, on stderr; with `--verbose` where, and because of what. */
export function noteError(error: unknown): void {
  noteMessage(errorLine(error));
  if (isVerbose()) {
    for (const line of stackOf(error)) {
      detail(line.trim());
    }
  }
}

/** The frames of an error and of those beneath it. */
function stackOf(error: unknown): string[] {
  const lines: string[] = [];
  const seen = new Set<unknown>();
  for (let each = error; isError(each) && !seen.has(each); each = each.cause) {
    if (seen.size > 0) {
      lines.push(`caused by ${each.name}: ${each.message}`);
    }
    seen.add(each);
    lines.push(...(each.stack ?? '').split('\n').filter((line) => /^ +at /.test(line)));
  }
  return lines;
}

/** One line on stdout. */
export function print(line: string): void {
  process.stdout.write(`${visible(line)}\n`);
}

/** Lines on stdout whose names are visible already, as of a table. */
export function printText(text: string): void {
  process.stdout.write(`${visibleLines(text.trimEnd())}\n`);
}

/** The same on stderr, as a note. */
export function noteText(text: string): void {
  if (!isQuiet()) {
    process.stderr.write(`${visibleLines(text)}\n`);
  }
}

/**
 * A value on stdout as JSON.
 *
 * @param indent - spaces of a level. Default: all in one line
 */
export function printJson(value: unknown, indent?: number): void {
  printText(JSON.stringify(value, null, indent));
}

/**
 * Ends the command when nobody takes its results: quietly after a reader such as `head` that left early, else as a failure.
 * Without a place for the notes it goes on, since hours of training may be under way.
 */
export function endWithoutOutput(): void {
  process.stderr.on('error', () => undefined);
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') {
      process.exit(EXIT.ok);
    }
    // A terminal that was closed takes nothing more; the command has been told by SIGHUP and may have weights to save.
    if (error.code === 'EIO' && process.stdout.isTTY) {
      return;
    }
    noteError(writeFailure('to the standard output', error));
    process.exit(EXIT.failure);
  });
}

/** `dinomaly: CODE message`. */
export function errorLine(error: unknown): string {
  return `dinomaly: ${describeError(error)}`;
}

/** `CODE message`, without the name of the command. */
export function describeError(error: unknown): string {
  if (error instanceof DinomalyError) {
    return `${error.code} ${error.message}`;
  }
  const usage = error instanceof TypeError || error instanceof RangeError;
  return usage ? `INVALID_OPTION ${asTyped(error.message)}` : reasonOf(error);
}

/** The exit code that an error ends the command with. */
export function exitCodeOf(error: unknown): number {
  return isUsageError(error) ? EXIT.usage : EXIT.failure;
}

/** Whether an output is the standard output, which then takes nothing else. */
export function isStdout(output: string | undefined): boolean {
  return output === '-';
}

/** What is written here cannot go to the standard output. */
export function refuseStdout(output: string | undefined, option: string): void {
  if (isStdout(output)) {
    throw outOfRange("a file or folder, not the standard output (one of that name is './-')", option, output);
  }
}

/**
 * A run of hours must not end in a folder that is not there, or at a name that something else has.
 *
 * @param atomic - the file is written beside its name and renamed: a device of that name cannot take it
 */
export async function checkWritable(file: string, option: string, atomic = false): Promise<void> {
  checkString(file, option, 'the name of a file');
  if (atomic) {
    refuseStdout(file, option);
  } else if (isStdout(file)) {
    return;
  }
  const folder = dirname(resolve(file));
  await access(folder, constants.W_OK).catch((error: unknown) => {
    const message = `Cannot write ${file}: the folder ${folder} is missing or read-only`;
    throw new DinomalyError('FILE_WRITE', message, { cause: error });
  });
  const found = await stat(file).catch(() => undefined);
  if (found?.isDirectory() === true) {
    throw new DinomalyError('FILE_WRITE', `Cannot write ${file}: it is a folder; name a file in it`);
  }
  if (atomic && found?.isFile() === false) {
    throw new DinomalyError('FILE_WRITE', `Cannot write ${file}: it is no regular file; choose another name`);
  }
}

/**
 * Writes what a command gives beside its output. Only a regular file can be replaced whole: a device or a pipe, as
 * `/dev/stdout` may be, takes the text as it comes. `-` is the standard output.
 *
 * @throws DinomalyError `FILE_WRITE`
 */
export async function writeOutput(file: string, text: string): Promise<void> {
  if (isStdout(file)) {
    return printText(text);
  }
  const found = await stat(file).catch(() => undefined);
  if (found === undefined || found.isFile()) {
    return writeWhole(file, text);
  }
  await writeFile(file, text).catch((error: unknown) => {
    throw writeFailure(file, error);
  });
}

/** `209 pictures of 1 class`. */
export function describeSize(samples: readonly Sample[], { classes }: Dataset): string {
  const plural = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;
  return `${plural(samples.length, 'picture', 'pictures')} of ${plural(classes.length, 'class', 'classes')}`;
}

/** `1610612736` as `1.5 GiB`. */
export function gib(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}

/** `90` as `1m30s`. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) {
    return '?';
  }
  const whole = Math.round(Math.max(0, seconds));
  const parts = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60] as const;
  const [hours, minutes, rest] = parts;
  return hours > 0 ? `${hours}h${minutes}m` : minutes > 0 ? `${minutes}m${rest}s` : `${rest}s`;
}

/** Milliseconds as `1.50 s`. */
export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(2)} s`;
}

/** Progress of one long job. */
export interface Reporter {
  /** @param done - units done @param text - what else there is to say */
  update(done: number, text: string): void;
  stop(): void;
}

/** Milliseconds between plain lines. */
const LINE_EVERY = 5000;

class BarReporter implements Reporter {
  readonly #bar: SingleBar;

  constructor(title: string, total: number) {
    const format = `${title} [{bar}] {value}/{total} {text}`;
    const stream = process.stderr;
    this.#bar = new SingleBar({ format, stream, hideCursor: true, fps: 5, barsize: 24 }, Presets.shades_classic);
    this.#bar.start(total, 0, { text: '' });
  }

  update(done: number, text: string): void {
    this.#bar.update(done, { text: visible(text) });
  }

  stop(): void {
    this.#bar.stop();
  }
}

class LineReporter implements Reporter {
  readonly #title: string;
  readonly #total: number;
  #last = Number.NEGATIVE_INFINITY;

  constructor(title: string, total: number) {
    this.#title = title;
    this.#total = total;
  }

  update(done: number, text: string): void {
    const now = performance.now();
    if (now - this.#last >= LINE_EVERY || done === this.#total) {
      this.#last = now;
      note(`${this.#title} ${done}/${this.#total} ${text}`);
    }
  }

  stop(): void {
    this.#last = Number.NEGATIVE_INFINITY;
  }
}

const SILENT: Reporter = { update: () => undefined, stop: () => undefined };

/** A bar on a terminal, a plain line every few seconds elsewhere; nothing with `--quiet`. */
export function createReporter(title: string, total: number): Reporter {
  if (isQuiet()) {
    return SILENT;
  }
  return process.stderr.isTTY ? new BarReporter(title, total) : new LineReporter(title, total);
}

/** Shows the progress of work on pictures, from its start to its end, however it ends. */
export async function withPictureProgress<T>(
  total: number,
  work: (onProgress: (progress: EvaluateProgress) => void) => Promise<T>,
): Promise<T> {
  const reporter = createReporter('picture', total);
  try {
    return await work(({ done, className, imagesPerSecond, remainingSeconds }) =>
      reporter.update(done, `${className} ${imagesPerSecond.toFixed(1)} images/s left ${duration(remainingSeconds)}`),
    );
  } finally {
    reporter.stop();
  }
}
