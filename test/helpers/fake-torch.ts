/**
 * A machine of its own for the search of libtorch: a cache folder, a PATH with nothing but a Python of our making, and
 * folders that look like libtorch.
 */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Stands in for python3: which torch it imports, and a pip whose wheels are folders. What it does is set by `state`. */
const PYTHON = `#!${process.execPath}
const { appendFileSync, cpSync, existsSync, mkdirSync, readFileSync } = require('node:fs');
const path = require('node:path');
const state = JSON.parse(readFileSync(path.join(__dirname, 'state.json'), 'utf8'));
const args = process.argv.slice(2);
const fail = (text) => { console.error(text); process.exit(1); };
if (args[0] === '-c' && args[1].includes('find_spec')) console.log(state.torch ?? '');
else if (args[0] === '-c' && args[1].includes('Requires-Dist')) (state.requires ?? []).forEach((line) => console.log(line));
else if (args[0] === '-c' && args[1].includes('extractall')) {
  const [wheel, target, ...prefixes] = args.slice(2);
  for (const prefix of prefixes) {
    if (existsSync(path.join(wheel, prefix))) cpSync(path.join(wheel, prefix), path.join(target, prefix), { recursive: true });
  }
} else if (args.join(' ') === '-m pip config list') console.log(state.index ? "global.index-url='" + state.index + "'" : '');
else if (args.join(' ') === '-m pip --version') { if (state.pip === undefined) fail('No module named pip'); }
else if (args[2] === 'download') {
  appendFileSync(path.join(__dirname, 'pip.log'), JSON.stringify(args) + '\\n');
  const requirements = args.slice(args.indexOf('-d') + 2);
  for (const requirement of requirements) {
    const key = [requirement, ...(args.includes('--index-url') ? [args[args.indexOf('--index-url') + 1]] : [])].join(' ');
    const wheel = state.pip[key];
    if (wheel === undefined) fail('ERROR: No matching distribution found for ' + requirement);
    if (wheel === 'hangs') { appendFileSync(path.join(__dirname, 'hangs'), String(process.pid)); setInterval(() => {}, 1000); break; }
    const name = requirement.startsWith('torch') ? 'torch-0-py3.whl' : path.basename(wheel) + '.whl';
    cpSync(wheel, path.join(args[args.indexOf('-d') + 1], name), { recursive: true });
  }
} else fail('unexpected: ' + args.join(' '));
`;

/** What the fake Python has. */
export interface PythonState {
  /** Folder of the torch that it imports. */
  readonly torch?: string;
  /**
   * pip: a folder in place of a wheel for `requirement` or `requirement index-url`, or `hangs`, which leaves pip's process
   * number in a file of that name beside it. No pip when left out.
   */
  readonly pip?: Readonly<Record<string, string>>;
  /** The index that pip is configured with. */
  readonly index?: string;
  /** `Requires-Dist` of the torch wheel. */
  readonly requires?: readonly string[];
}

/** The parts of a libtorch folder that the search looks at. */
export interface FakeLibtorch {
  readonly version: string;
  readonly headers?: boolean;
  readonly cuda?: boolean;
  /** Which of the places that tell the version it has. */
  readonly told?: 'wheel' | 'archive' | 'header' | 'nowhere';
}

function write(file: string, text = ''): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** Makes a folder that looks like libtorch, and answers its path. */
export function fakeLibtorch(root: string, { version, headers = true, cuda, told = 'wheel' }: FakeLibtorch): string {
  for (const name of ['torch', 'torch_cpu', 'c10', ...(cuda ? ['torch_cuda'] : [])]) write(`${root}/lib/lib${name}.so`);
  if (headers) write(`${root}/include/ATen/ATen.h`);
  if (told === 'wheel') write(`${root}/version.py`, `__version__ = '${version}+cpu'\n`);
  if (told === 'archive') write(`${root}/build-version`, `${version}+cpu\n`);
  if (told === 'header') {
    write(`${root}/include/torch/headeronly/version.h`, `#define TORCH_VERSION \\\n  "${version}"\n`);
  }
  return root;
}

/** The environment of a machine whose folder is `root`, its cache, and the arguments of each `pip download`. */
export function fakeMachine(root: string, python?: PythonState) {
  const bin = path.join(root, 'bin');
  mkdirSync(bin, { recursive: true });
  if (python !== undefined) {
    write(path.join(bin, 'python3'), PYTHON);
    chmodSync(path.join(bin, 'python3'), 0o755);
    write(path.join(bin, 'state.json'), JSON.stringify(python));
  }
  const log = path.join(bin, 'pip.log');
  write(log);
  return {
    env: { PATH: bin, XDG_CACHE_HOME: path.join(root, 'cache') } as NodeJS.ProcessEnv,
    cache: path.join(root, 'cache/dinomaly/libtorch'),
    downloads: (): string[][] =>
      readFileSync(log, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line)),
  };
}
