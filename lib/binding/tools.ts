/** The tools that building the addon takes and no package manager of Node brings. */
import { spawnSync } from 'node:child_process';
import { DinomalyError } from '../errors.js';

function output(program: string, args: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  return status === 0 ? stdout : undefined;
}

function missingTools(env: NodeJS.ProcessEnv): string[] {
  const missing: string[] = [];
  const cmake = output('cmake', ['--version'])?.match(/version (\d+)\.(\d+)/);
  if (!cmake || Number(cmake[1]) * 1000 + Number(cmake[2]) < 3022) {
    missing.push('CMake 3.22 or newer');
  }
  const compilers = env.CXX ? [env.CXX] : ['c++', 'g++', 'clang++'];
  const compiler = compilers.map((name) => output(name, ['-dumpversion'])).find((text) => text !== undefined);
  if (compiler === undefined || Number.parseInt(compiler, 10) < 11) {
    missing.push('a C++20 compiler (GCC 11 or newer, Clang 14)');
  }
  if (output('ninja', ['--version']) === undefined && output('make', ['--version']) === undefined) {
    missing.push('ninja or make');
  }
  return missing;
}

/** Looks for the tools. @throws DinomalyError `ADDON_BUILD` that names those that are missing */
export function checkTools(): void {
  const missing = missingTools(process.env);
  if (missing.length > 0) {
    const install = 'Debian, Ubuntu: apt install g++ cmake ninja-build';
    throw new DinomalyError('ADDON_BUILD', `Building needs ${missing.join(', ')}.\n${install}`);
  }
}

/** The generator for CMake: ninja where it is there, else CMake's own choice. */
export function generatorArguments(): string[] {
  return output('ninja', ['--version']) === undefined ? [] : ['-G', 'Ninja'];
}
