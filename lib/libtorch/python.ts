/**
 * The user's Python: where it is, which torch it would import, and pip. Python is a tool for finding and fetching here;
 * nothing of it runs when pictures are scored.
 */
import { type ChildProcess, type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';

/** Names under which Python 3 is started; the first that answers serves. */
const NAMES = ['python3', 'python'];

const FIND_TORCH = `
import importlib.util, sys
if sys.path[:1] == ['']: sys.path.pop(0)  # a folder named torch where the caller stands is no package
spec = importlib.util.find_spec('torch')
print(next(iter(spec.submodule_search_locations), '') if spec and spec.submodule_search_locations else '')
`;

function run(name: string, args: readonly string[], env: NodeJS.ProcessEnv): SpawnSyncReturns<string> {
  return spawnSync(name, args, { env, encoding: 'utf8', timeout: 60_000, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Whether there is a Python 3, and the folder of the torch package that it would import. Importing it takes seconds. */
export function pythonTorch(env: NodeJS.ProcessEnv): { readonly found: boolean; readonly root?: string } {
  let answered = false;
  for (const name of NAMES) {
    const { status, stdout } = run(name, ['-c', FIND_TORCH], env);
    answered ||= status === 0;
    if (status === 0 && stdout.trim() !== '') {
      return { found: true, root: stdout.trim() };
    }
  }
  return { found: answered };
}

/** The name of a Python 3 that has pip, or `undefined`. */
export function pythonWithPip(env: NodeJS.ProcessEnv): string | undefined {
  return NAMES.find((name) => run(name, ['-m', 'pip', '--version'], env).status === 0);
}

/** What a finished program left. */
export interface Finished {
  readonly ok: boolean;
  /** Output and error output together, as they came. */
  readonly output: string;
}

const running = new Set<ChildProcess>();

/** Ends every Python that `runPython` started, with what it started itself: a shim in front of Python passes no signal on. */
export function endPythons(): void {
  for (const { pid } of running) {
    try {
      process.kill(-(pid ?? Number.NaN), 'SIGTERM');
    } catch {
      // It has just ended.
    }
  }
}

/** Runs Python to its end without blocking the event loop. */
export function runPython(python: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Finished> {
  return new Promise((resolve) => {
    // A process group of its own, so that endPythons reaches all of it.
    const child = spawn(python, args, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    running.add(child);
    const finish = (finished: Finished): void => {
      running.delete(child);
      resolve(finished);
    };
    let output = '';
    const keep = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => finish({ ok: false, output: `${output}${error.message}` }));
    child.on('close', (status) => finish({ ok: status === 0, output }));
  });
}
