/**
 * Builds the native addon from the sources in this package, into the user's cache, where the loader looks. For machines that
 * no binary is published for, and for another libtorch than the published one.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { DinomalyError } from '../errors.js';
import { ensureLibtorch, type Libtorch, moveIntoPlace, withPartialFolder } from '../libtorch/index.js';
import { PACKAGE_ROOT, packageVersion } from '../package.js';
import { ADDON, builtFolder, builtName, LOADER } from './places.js';
import { checkTools, generatorArguments } from './tools.js';

/** A compiler takes up to 2 GiB on files that include libtorch. */
const JOB_BYTES = 2 ** 31;

const running = new Set<ChildProcess>();

/** Runs a program with its output on the error output, as the output is for the result; when quiet only if it fails. */
function run(program: string, args: readonly string[], quiet: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const to = quiet ? 'pipe' : 2;
    // A process group of its own, so that endPrograms reaches what CMake starts.
    const child = spawn(program, args, { stdio: ['ignore', to, to], detached: true });
    running.add(child);
    const said: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (piece: Buffer) => void said.push(piece));
    }
    const fail = (reason: string): void =>
      reject(new DinomalyError('ADDON_BUILD', `The addon could not be built: ${program} ${reason}; see above.`));
    child.on('error', (error) => fail(`does not start: ${error.message}`));
    child.on('close', (status, signal) => {
      running.delete(child);
      if (status === 0) {
        resolve();
      } else {
        process.stderr.write(Buffer.concat(said));
        fail(`ended with ${signal ?? `status ${status}`}`);
      }
    });
  });
}

function endPrograms(): void {
  for (const { pid } of running) {
    try {
      process.kill(-(pid ?? Number.NaN), 'SIGTERM');
    } catch {
      // It has just ended.
    }
  }
}

/** The folders of Node-API's headers, which come as packages: no headers of Node itself are needed. */
function headers(): string {
  const require = createRequire(join(PACKAGE_ROOT, 'package.json'));
  const folder = (name: string): string => dirname(require.resolve(`${name}/package.json`));
  return `${join(folder('node-api-headers'), 'include')};${folder('node-addon-api')}`;
}

async function compile(libtorch: Libtorch, folder: string, quiet: boolean): Promise<string> {
  const [objects, output] = [join(folder, 'objects'), join(folder, 'output')];
  const settings = { DINOMALY_LIBTORCH: libtorch.root, DINOMALY_OUTPUT: output, CMAKE_JS_INC: headers() };
  const definitions = Object.entries(settings).map(([name, value]) => `-D${name}=${value}`);
  await run('cmake', [...generatorArguments(), '-S', PACKAGE_ROOT, '-B', objects, ...definitions], quiet);
  const jobs = Math.max(1, Math.min(availableParallelism(), Math.floor(totalmem() / JOB_BYTES)));
  await run('cmake', ['--build', objects, '--parallel', String(jobs)], quiet);
  const missing = [LOADER, ADDON].find((name) => !existsSync(join(output, name)));
  if (missing !== undefined) {
    throw new DinomalyError('ADDON_BUILD', `The addon could not be built: CMake made no ${missing}.`);
  }
  return output;
}

/** How to build. */
export interface BuildOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Whether CMake and the compiler are heard only when they fail. Default: false. */
  readonly quiet?: boolean;
  /** Takes the progress of fetching libtorch; it goes to the error output otherwise. */
  readonly log?: (line: string) => void;
}

/**
 * Builds the addon for the libtorch with headers that is found, or fetched, and keeps it for this version of the package.
 *
 * @returns the folder of the built addon
 * @throws DinomalyError `ADDON_BUILD`, or `LIBTORCH_*` where no libtorch can be had
 */
export async function buildAddon({ env = process.env, quiet = false, log }: BuildOptions = {}): Promise<string> {
  checkTools();
  const libtorch = await ensureLibtorch({ env, ...(log === undefined ? {} : { log }) });
  const parent = builtFolder(env);
  const target = join(parent, builtName(packageVersion(), libtorch.version));
  return withPartialFolder(parent, endPrograms, async (folder) => {
    const made = await compile(libtorch, folder, quiet);
    rmSync(target, { recursive: true, force: true });
    moveIntoPlace(made, target, (found) => existsSync(join(found, ADDON)));
    return target;
  });
}
