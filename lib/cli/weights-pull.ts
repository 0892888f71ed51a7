/** `dinomaly weights pull`. */
import { type PullProgress, pullWeights } from '../weights/pull.js';
import { weightsSource } from '../weights/source.js';
import { stoppable } from './interrupt.js';
import { createReporter, duration, EXIT, note, print, type Reporter, warn } from './output.js';

/** Options of `dinomaly weights pull`, as commander parses them. */
export interface PullArguments {
  readonly verify?: boolean;
}

const MIB = 1024 * 1024;

function mebibytes(bytes: number): number {
  return Math.round(bytes / MIB);
}

/** A bar while bytes come; lines in between end it, and the next bytes begin another. */
class PullReporter {
  #reporter: Reporter | undefined;
  #waiting = false;
  #since = 0;
  #from = 0;

  line(text: string, say = note): void {
    this.stop();
    say(text);
  }

  update({ phase, received, total }: PullProgress): void {
    if (phase === 'waiting') {
      if (!this.#waiting) {
        this.line('another process downloads it: waiting');
      }
      this.#waiting = true;
      return;
    }
    if (this.#reporter === undefined) {
      this.#reporter = createReporter('MiB', mebibytes(total ?? 0));
      this.#since = performance.now();
      this.#from = received;
    }
    const seconds = (performance.now() - this.#since) / 1000;
    const speed = seconds > 0 ? (received - this.#from) / seconds : 0;
    const left = total === null ? '' : ` left ${duration((total - received) / speed)}`;
    this.#reporter.update(mebibytes(received), `${(speed / MIB).toFixed(1)} MiB/s${left}`);
  }

  stop(): void {
    this.#reporter?.stop();
    this.#reporter = undefined;
  }
}

const KEPT = 'what came is kept, and the next pull goes on from there';

/**
 * Pulls the weights of one encoder with its progress.
 *
 * @returns the path of the file
 * @throws as `pullWeights`; what a signal of the process asks for
 */
export async function pullNoted(name: string, { verify = false }: PullArguments = {}): Promise<string> {
  const { source } = weightsSource(name);
  const reporter = new PullReporter();
  let told = false;
  const onProgress = (progress: PullProgress): void => {
    if (!told) {
      told = true;
      reporter.line(`${name} from ${source.url} (${source.licence})`);
    }
    reporter.update(progress);
  };
  // What a comparison came to is the result that was asked for.
  const log = (line: string): void => reporter.line(line, verify ? warn : note);
  try {
    return await stoppable(KEPT, (signal) => pullWeights(name, { signal, onProgress, log, verify }));
  } finally {
    reporter.stop();
  }
}

/**
 * Pulls the weights of encoders, one after the other; their paths go to stdout.
 *
 * @returns the exit code
 */
export async function pullCommand(names: readonly string[], given: PullArguments): Promise<number> {
  for (const name of names) {
    print(await pullNoted(name, given));
  }
  return EXIT.ok;
}
