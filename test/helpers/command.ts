/** The command line in a process of its own: heard while it runs, or run to its end. */
import {
  type ChildProcess,
  type SpawnOptions,
  type SpawnSyncReturns,
  type StdioOptions,
  spawn,
  spawnSync,
} from 'node:child_process';
import path from 'node:path';

export const MAIN = path.join(__dirname, '../../dist/cli/main.js');

/** A network that takes its steps in a moment. */
export const NETWORK = '--untrained --dim 16 --depth 4 --heads 2 --patch 8 --size 40 --crop 32'.split(' ');

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<{ readonly status: number | null; readonly signal: string | null }>;
  /** What it has said so far. */
  readonly text: { stdout: string; stderr: string };
  /** Waits until it has said something on stderr. */
  said(what: RegExp): Promise<void>;
}

/** Starts a program, by default the `dinomaly` command with `args`. */
export function start(args: readonly string[], options: SpawnOptions = {}, program = process.execPath): Running {
  const all = program === process.execPath ? [MAIN, ...args] : args;
  const child = spawn(program, all, {
    ...options,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 120_000,
    killSignal: 'SIGKILL',
  });
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (chunk: string) => {
      text[name] += chunk;
    });
  }
  const ended = new Promise<{ status: number | null; signal: string | null }>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => resolve({ status, signal }));
  });
  const said = async (what: RegExp): Promise<void> => {
    while (!what.test(text.stderr)) {
      if ((child.exitCode ?? child.signalCode) !== null) throw new Error(`ended before ${what}: ${text.stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  return { child, ended, text, said };
}

/** Runs the command to its end. */
export function dinomaly(
  args: readonly string[],
  stdio: StdioOptions = 'pipe',
  cwd?: string,
): SpawnSyncReturns<string> {
  const options = { encoding: 'utf8', timeout: 200_000, stdio, ...(cwd === undefined ? {} : { cwd }) } as const;
  return spawnSync(process.execPath, [MAIN, ...args], options);
}
