// Checks the format of the C++ (clang-format) and of the TypeScript, JavaScript and JSON (Biome). `--write` mends it.
// clang-format comes by pip at a fixed version, since each major formats a little differently; one on PATH of that major
// serves too.
import { existsSync, mkdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { dependencyBin, output, root, run, runMain, sources, Trouble } from './tools.mjs';

const PIN = '23.1.1';

function clangFormat() {
  const major = PIN.split('.')[0];
  if (output('clang-format', ['--version'])?.includes(`version ${major}.`)) return 'clang-format';
  const cache = process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache');
  const folder = path.join(cache, 'dinomaly/tools', `clang-format-${PIN}`);
  const program = path.join(folder, 'clang_format/data/bin/clang-format');
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  const installed = output('python3', ['-m', 'pip', 'install', '--quiet', '--target', folder, `clang-format==${PIN}`]);
  if (installed === undefined || !existsSync(program)) {
    throw new Trouble(
      `clang-format ${PIN} is needed: python3 -m pip install clang-format==${PIN} failed, and PATH has none`,
    );
  }
  return program;
}

await runMain(() => {
  const write = process.argv.includes('--write');
  const files = sources('native', ['.c', '.h', '.cpp']);
  run(clangFormat(), [...(write ? ['-i'] : ['--dry-run', '-Werror']), ...files.map((file) => path.join(root, file))]);
  run(dependencyBin('biome'), ['check', '--linter-enabled=false', ...(write ? ['--write'] : [])]);
});
