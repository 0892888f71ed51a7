/** What the command says: results on stdout; progress, notes and errors on stderr. */
import { constants } from 'node:fs';
import { access, stat, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Presets, SingleBar } from 'cli-progress';
import { checkString } from '../check.js';
import type { Dataset, Sample } from '../datasets/types.js';
import { DinomalyError } from '../errors.js';
import type { EvaluateProgress } from '../evaluation/types.js';
import { writeFailure, writeWhole } from '../files.js';
import { reasonOf } from '../kinds.js';

/** Exit codes; those of signals are in `interrupt.ts`. */
export const EXIT = { ok: 0, failure: 1, usage: 2 } as const;

/** One line on stderr. */
export function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** One line on stdout. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** A terminal that was closed takes nothing more. The command has been told by SIGHUP and may have weights to save. */
const CLOSED_TERMINAL = 'EIO';

/**
 * A reader such as `head` that leaves early is no failure: without one for the results the command ends, without one for the
 * notes it goes on, since hours of training may be under way.
 */
export function ignoreClosedOutput(): void {
  process.stderr.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== CLOSED_TERMINAL) {
      throw error;
    }
  });
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') {
      process.exit(EXIT.ok);
    }
    if (error.code !== CLOSED_TERMINAL) {
      throw error;
    }
  });
}

/** `dinomaly: CODE message`. */
export function errorLine(error: unknown): string {
  if (error instanceof DinomalyError) {
    return `dinomaly: ${error.code} ${error.message}`;
  }
  if (error instanceof TypeError || error instanceof RangeError) {
    return `dinomaly: INVALID_OPTION ${error.message}`;
  }
  return `dinomaly: ${reasonOf(error)}`;
}

/** The exit code that an error ends the command with. */
export function exitCodeOf(error: unknown): number {
  // The grammar of lib/check.ts; any other TypeError is a fault of ours, not of the caller.
  const usage = (error instanceof TypeError || error instanceof RangeError) && error.message.startsWith('Expected ');
  return usage ? EXIT.usage : EXIT.failure;
}

/**
 * A run of hours must not end in a folder that is not there, or at a name that something else has.
 *
 * @param atomic - the file is written beside its name and renamed: a device of that name cannot take it
 */
export async function checkWritable(file: string, option: string, atomic = false): Promise<void> {
  checkString(file, option, 'the name of a file');
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
 * `/dev/stdout` may be, takes the text as it comes.
 *
 * @throws DinomalyError `FILE_WRITE`
 */
export async function writeOutput(file: string, text: string): Promise<void> {
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
    this.#bar.update(done, { text });
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

/** A bar on a terminal, a plain line every few seconds elsewhere. */
export function createReporter(title: string, total: number): Reporter {
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
