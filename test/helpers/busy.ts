/** Runs test/lifecycle/busy.cjs in a process of its own and tells how it went. */
import { spawn } from 'node:child_process';
import path from 'node:path';

/** How a busy process ended. */
export interface End {
  readonly status: number | null;
  readonly signal: string | null;
  readonly stderr: string;
  /** Milliseconds from the end of the work to the end of the process, or of the worker. */
  readonly left: number;
}

/** Ends that write nothing to stderr: the name, the exit status, what is promised. */
export const QUIET_ENDS = [
  ['exit', 7, 'process.exit leaves at once'],
  ['really-exit', 7, 'process.reallyExit leaves at once'],
  ['no-listeners', 7, "process.exit leaves at once when nobody listens to 'exit'"],
  ['emit-exit', 0, "an 'exit' event that somebody else emits leaves the work alone"],
  ['abort', 0, 'an abort rejects with the reason and the process ends by itself'],
  ['abort-before', 0, 'an aborted signal rejects before any work'],
  ['dispose', 0, 'dispose, twice, rejects the work with DisposedError'],
  ['terminate', 0, 'worker.terminate ends the worker alone'],
  ['exit-in-worker', 7, 'process.exit leaves at once while a worker is at work too'],
  ['exit-over-worker', 7, 'process.exit leaves at once while a worker alone is at work'],
] as const;

/** Starts `work` on the pictures and the model in `folder`, and brings about `end` in the middle of it. */
export function runBusy(work: string, end: string, folder: string, device = 'cpu'): Promise<End> {
  const { OMP_NUM_THREADS: _, ...env } = process.env;
  const busy = path.join(__dirname, '../lifecycle/busy.cjs');
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--expose-gc', busy, work, end, folder, device], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 120_000,
      killSignal: 'SIGKILL',
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.on('error', reject);
    child.on('close', (status, signal) => {
      const [ended = Number.NaN, gone = Date.now()] = stdout.trim().split('\n').map(Number);
      resolve({ status, signal, stderr, left: gone - ended });
    });
  });
}
