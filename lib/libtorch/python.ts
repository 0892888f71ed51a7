/**
 * The user's Python: where it is, which torch it would import, and pip. Python is a tool for finding and fetching here;
 * nothing of it runs when pictures are scored.
 */
import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';

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

/** The folder of the torch package that Python would import. Asking for it does not import torch, which takes seconds. */
export function pythonTorch(env: NodeJS.ProcessEnv): string | undefined {
  for (const name of NAMES) {
    const found = run(name, ['-c', FIND_TORCH], env);
    const root = found.status === 0 ? found.stdout.trim() : '';
    if (root !== '') {
      return root;
    }
  }
  return undefined;
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

/** Runs Python to its end without blocking the event loop. */
export function runPython(python: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Finished> {
  return new Promise((resolve) => {
    const child = spawn(python, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => resolve({ ok: false, output: `${output}${error.message}` }));
    child.on('close', (status) => resolve({ ok: status === 0, output }));
  });
}
