/** The command line as a user runs it: in a process of its own, on the built package. */
import { type SpawnSyncReturns, type StdioOptions, spawnSync } from 'node:child_process';
import path from 'node:path';

const MAIN = path.join(__dirname, '../../dist/cli/main.js');

/** Runs the command to its end. */
export function dinomaly(
  args: readonly string[],
  stdio: StdioOptions = 'pipe',
  cwd?: string,
): SpawnSyncReturns<string> {
  const options = { encoding: 'utf8', timeout: 200_000, stdio, ...(cwd === undefined ? {} : { cwd }) } as const;
  return spawnSync(process.execPath, [MAIN, ...args], options);
}
