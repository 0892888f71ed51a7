/**
 * The three signals that ask a command to end: Ctrl-C, `kill` or a service manager, a terminal that closes. They do the same,
 * and differ by the exit code alone.
 */
import { isatty } from 'node:tty';
import { removeDrafts } from '../drafts.js';
import { warn } from './output.js';

/** Exit codes, as a shell gives them: 128 and the number of the signal. */
export const SIGNAL_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

type SignalName = keyof typeof SIGNAL_CODES;

const NAMES = Object.keys(SIGNAL_CODES) as SignalName[];

/** The command was told to end; what a signal of {@link stoppable} aborts with. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly exitCode: number;

  constructor(by: SignalName) {
    super(`interrupted by ${by}`);
    this.exitCode = SIGNAL_CODES[by];
  }
}

/** Work under way that ends by itself when it is told to. */
interface Section {
  readonly controller: AbortController;
  readonly answer: string;
}

let section: Section | undefined;

/** Asked at the start: a terminal that was closed is no longer told as one. */
let onTerminal = false;

let hungUp = false;

function stopListening(): void {
  for (const name of NAMES) {
    process.off(name, interrupt);
  }
}

/** Node looks at the terminal when it ends, and aborts where that has gone. The signal itself ends it with the same code. */
function endByHangUp(): void {
  if (hungUp && onTerminal) {
    stopListening();
    removeDrafts();
    process.kill(process.pid, 'SIGHUP');
  }
}

function interrupt(name: SignalName): void {
  const reason = new Interrupted(name);
  hungUp ||= name === 'SIGHUP';
  if (section === undefined || section.controller.signal.aborted) {
    // Not before the other listeners have heard it: a progress bar gives the cursor back, a fetch removes what it has begun.
    setImmediate(() => {
      endByHangUp();
      process.exit(reason.exitCode);
    });
    return;
  }
  warn(`interrupted: ${section.answer} (again to leave at once)`);
  section.controller.abort(reason);
}

/**
 * Listens while a command runs. Outside of {@link stoppable} a signal ends the process: files are whole or not there, so there
 * is nothing to wait for.
 */
export async function withInterrupts<T>(command: () => Promise<T>): Promise<T> {
  onTerminal = [0, 1, 2].some((descriptor) => isatty(descriptor));
  // The first process of a container dies of no signal that it does not listen to.
  for (const name of NAMES) {
    process.on(name, interrupt);
  }
  try {
    return await command();
  } finally {
    stopListening();
    endByHangUp();
  }
}

/**
 * Runs work that has something to save when it is told to end: the first signal aborts it, the second ends the process.
 *
 * @param answer - what the first signal is answered with
 * @param task - gets a signal that aborts with an {@link Interrupted}
 */
export async function stoppable<T>(answer: string, task: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  section = { controller, answer };
  try {
    return await task(controller.signal);
  } finally {
    section = undefined;
  }
}
