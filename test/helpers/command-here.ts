/** The command line in this process: many processes of their own would take minutes. */
import { runCli } from '../../lib/cli/program.js';

export interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command to its end. One at a time: it takes what this process writes. */
export async function dinomalyHere(args: readonly string[]): Promise<Ended> {
  const text = { stdout: '', stderr: '' };
  const names = ['stdout', 'stderr'] as const;
  const writes = names.map((name) => process[name].write);
  for (const name of names) {
    process[name].write = (part: unknown) => {
      text[name] += part;
      return true;
    };
  }
  try {
    const status = await runCli(args);
    return { status, ...text };
  } finally {
    for (const [at, name] of names.entries()) {
      process[name].write = writes[at] as typeof process.stdout.write;
      process[name].removeAllListeners('error');
    }
  }
}
