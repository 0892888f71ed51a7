/**
 * A program that answers lines, ours or a rival's: the first line says what it is, each further one is an answer, an object in
 * JSON or the seconds alone.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { createInterface } from 'node:readline';

const TOLD_OF_FAILURE = 300;

export type Answer = Readonly<Record<string, unknown>>;

export interface Memory {
  /** Bytes in memory now, and the most so far. */
  readonly resident: number;
  readonly mostResident: number;
  /** Minor page faults so far. */
  readonly faults: number;
}

/** What the system says of a process. */
function memoryOf(pid: number | undefined): Memory {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const bytes = (field: string): number =>
    1024 * Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // After the name, which may hold anything, come state, six numbers and the minor faults.
  const faults = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[7]);
  return { resident: bytes('VmRSS'), mostResident: bytes('VmHWM'), faults };
}

export class Side {
  readonly name: string;
  /** Its first line. */
  hello: Answer = {};
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  #complaint = '';

  private constructor(name: string, child: ChildProcess) {
    this.name = name;
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
    child.stderr?.on('data', (data: Buffer) => {
      this.#complaint = (this.#complaint + data.toString()).slice(-10 * TOLD_OF_FAILURE);
    });
    child.on('error', (error) => {
      this.#complaint = String(error);
    });
    child.stdin?.on('error', () => undefined); // the end of the process is told by its lines
  }

  /** Starts it on all cores and waits for its first line. A side that cannot run here answers `{ absent: reason }`. */
  static async start(name: string, command: string, args: readonly string[]): Promise<Side> {
    const env = { ...process.env, OMP_NUM_THREADS: process.env.OMP_NUM_THREADS ?? String(cpus().length) };
    const side = new Side(name, spawn(command, args, { env, stdio: ['pipe', 'pipe', 'pipe'] }));
    side.hello = await side.#next('absent');
    return side;
  }

  /** Why it is not there. */
  get absent(): string | undefined {
    return typeof this.hello.absent === 'string' ? this.hello.absent : undefined;
  }

  /** Answers `{ failed: reason }` where it fails. */
  async ask(line: string): Promise<Answer> {
    this.#child.stdin?.write(`${line}\n`);
    return this.#next('failed');
  }

  /** All NaN once it has ended. */
  memory(): Memory {
    try {
      return memoryOf(this.#child.pid);
    } catch {
      return { resident: Number.NaN, mostResident: Number.NaN, faults: Number.NaN };
    }
  }

  stop(): void {
    this.#child.kill();
  }

  async #next(failure: string): Promise<Answer> {
    const { value, done } = await this.#lines.next();
    if (done === true) {
      const said = this.#complaint.trim().split('\n').at(-1) ?? '';
      return { [failure]: said === '' ? 'it ended without a word' : said.slice(0, TOLD_OF_FAILURE) };
    }
    try {
      const answer: unknown = JSON.parse(value);
      return typeof answer === 'number' ? { seconds: answer } : (answer as Answer);
    } catch {
      return { [failure]: String(value).slice(0, TOLD_OF_FAILURE) };
    }
  }
}
