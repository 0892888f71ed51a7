/**
 * Fetches a libtorch by pip into the user's cache. The wheel of PyTorch is the one public archive that carries libraries
 * and headers of each version, and pip brings the user's own configuration (mirrors, proxies, certificates) along.
 *
 * Everything happens in a temporary folder beside the target, which one rename puts in place: what has the target's
 * name is whole.
 */
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DinomalyError } from '../errors.js';
import { cacheFolder } from './find.js';
import { moveIntoPlace, withPartialFolder } from './partial.js';
import { endPythons, type Finished, pythonWithPip, runPython } from './python.js';
import { describe, LIBTORCH_CUDA_TAG, LIBTORCH_PIN, type Libtorch, missingPart, readVersion } from './version.js';

/** How to fetch. */
export interface FetchOptions {
  /** The CUDA build and the NVIDIA libraries it names, in place of the CPU build. */
  readonly cuda?: boolean;
  /** Another version than the pinned one, for trying it. */
  readonly version?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Takes progress lines; they go to the error output otherwise. */
  readonly log?: (line: string) => void;
}

/** One way of asking pip. */
interface Attempt {
  readonly requirement: string;
  readonly index: readonly string[];
}

interface Work {
  readonly python: string;
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: (line: string) => void;
}

const PUBLIC_INDEX = 'https://download.pytorch.org/whl';
const MIB = 1024 * 1024;

/** Unpacks the members of a wheel that begin with one of the given prefixes. */
const UNPACK = `
import sys, zipfile
wheel, target, *prefixes = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    archive.extractall(target, [name for name in archive.namelist() if name.startswith(tuple(prefixes))])
`;

const READ_REQUIREMENTS = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    [name] = [name for name in archive.namelist() if name.count('/') == 1 and name.endswith('.dist-info/METADATA')]
    for line in archive.read(name).decode().split('\\n\\n')[0].splitlines():
        if line.startswith('Requires-Dist: '): print(line[15:])
`;

/** The wheel of one fixed Python, so that any Python's pip may fetch it: its libraries depend on none. */
function platformArguments(): string[] {
  const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
  // The NVIDIA wheels carry older tags, and pip takes only those that it is told.
  const tags = ['2_28', '2_27', '2_26', '2_25', '2_24', '2_18', '2_17', '2_12', '2_5'].map(
    (glibc) => `manylinux_${glibc}`,
  );
  const platforms = [...tags, 'manylinux2014', 'manylinux2010', 'manylinux1', 'linux'];
  return [
    '--only-binary=:all:',
    ...['--python-version', '311', '--implementation', 'cp', '--abi', 'cp311', '--abi', 'abi3', '--abi', 'none'],
    ...platforms.flatMap((platform) => ['--platform', `${platform}_${machine}`]),
  ];
}

function attempts(version: string, cuda: boolean): Attempt[] {
  if (!cuda) {
    const requirement = `torch==${version}+cpu`;
    return [
      { requirement, index: [] },
      { requirement, index: ['--index-url', `${PUBLIC_INDEX}/cpu`] },
    ];
  }
  const requirement = `torch==${version}+${LIBTORCH_CUDA_TAG}`;
  return [
    { requirement, index: [] },
    // The same build without a tag is what general indexes carry.
    { requirement: `torch==${version},!=${version}+cpu`, index: [] },
    { requirement, index: ['--index-url', `${PUBLIC_INDEX}/${LIBTORCH_CUDA_TAG}`] },
  ];
}

function megabytesUnder(folder: string): number {
  let bytes = 0;
  try {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      bytes += statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0;
    }
  } catch {
    // pip removes folders while they are walked; the next count is a few seconds away.
  }
  return Math.round(bytes / MIB);
}

async function pip(work: Work, args: readonly string[]): Promise<Finished> {
  // pip downloads to its temporary folder first: kept here, its growth can be told and it dies with the rest.
  const temporary = join(work.folder, 'pip');
  mkdirSync(temporary, { recursive: true });
  const timer = setInterval(() => {
    const size = megabytesUnder(temporary);
    if (size > 0) {
      work.log(`  ${size} MiB`);
    }
  }, 5000);
  try {
    const env = { ...work.env, TMPDIR: temporary, PIP_DISABLE_PIP_VERSION_CHECK: '1' };
    return await runPython(work.python, ['-m', 'pip', 'download', ...platformArguments(), ...args], env);
  } finally {
    clearInterval(timer);
  }
}

function lastLines(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('WARNING: Retrying'));
  return lines
    .slice(-4)
    .map((line) => `    ${line}`)
    .join('\n');
}

function downloadFailure(reasons: readonly string[]): DinomalyError {
  const lines = [
    'libtorch could not be fetched:',
    ...reasons,
    'Each of these may mend it:',
    '  pip config set global.index-url URL         a mirror that has torch; global.proxy likewise',
    `  python3 -m pip install torch==${LIBTORCH_PIN}       it is found there`,
    '  export DINOMALY_LIBTORCH=DIR                a libtorch that was unpacked by other means',
  ];
  return new DinomalyError('LIBTORCH_DOWNLOAD', lines.join('\n'));
}

/** Downloads the torch wheel, by the first way that yields one. */
async function downloadTorch(work: Work, version: string, cuda: boolean): Promise<{ wheel: string; attempt: Attempt }> {
  const wheels = join(work.folder, 'torch-wheel');
  const reasons: string[] = [];
  for (const attempt of attempts(version, cuda)) {
    const from = attempt.index[1] ?? 'as pip is configured';
    work.log(`fetching ${attempt.requirement}, ${from}`);
    const finished = await pip(work, ['--no-deps', ...attempt.index, '-d', wheels, attempt.requirement]);
    const name = finished.ok ? readdirSync(wheels).find((file) => file.startsWith('torch-')) : undefined;
    if (name !== undefined) {
      return { wheel: join(wheels, name), attempt };
    }
    reasons.push(`  pip download ${attempt.requirement}, ${from}:\n${lastLines(finished.output)}`);
  }
  throw downloadFailure(reasons);
}

async function unpack(work: Work, wheel: string, target: string, prefixes: readonly string[]): Promise<void> {
  const finished = await runPython(work.python, ['-c', UNPACK, wheel, target, ...prefixes], work.env);
  if (!finished.ok) {
    throw downloadFailure([`  unpacking ${wheel}:\n${lastLines(finished.output)}`]);
  }
}

/** The NVIDIA libraries that the wheel's metadata names, unpacked where its libraries look for them. */
async function addNvidia(work: Work, wheel: string, index: readonly string[], target: string): Promise<void> {
  const read = await runPython(work.python, ['-c', READ_REQUIREMENTS, wheel], work.env);
  const requirements = read.output.split('\n').filter((line) => /^(nvidia-|cuda-toolkit)/.test(line));
  if (!read.ok || requirements.length === 0) {
    throw downloadFailure([`  ${wheel} names no NVIDIA libraries: it is no CUDA build`]);
  }
  work.log(`fetching ${requirements.length} NVIDIA requirements`);
  const wheels = join(work.folder, 'nvidia-wheels');
  const finished = await pip(work, [...index, '-d', wheels, ...requirements]);
  if (!finished.ok) {
    throw downloadFailure([`  pip download ${requirements.join(' ')}:\n${lastLines(finished.output)}`]);
  }
  for (const name of readdirSync(wheels)) {
    await unpack(work, join(wheels, name), target, ['nvidia/']);
  }
}

async function assemble(work: Work, version: string, cuda: boolean): Promise<string> {
  const { wheel, attempt } = await downloadTorch(work, version, cuda);
  const target = join(work.folder, 'whole');
  work.log('unpacking');
  await unpack(work, wheel, target, ['torch/lib/', 'torch/include/', 'torch/version.py']);
  if (cuda) {
    await addNvidia(work, wheel, attempt.index, target);
  }
  const root = join(target, 'torch');
  const missing = missingPart(root, true);
  if (missing !== undefined || readVersion(root) !== version) {
    throw downloadFailure([
      `  ${wheel} has ${missing === undefined ? `version ${readVersion(root)}` : `no ${missing}`}`,
    ]);
  }
  return target;
}

/** Fetches libtorch into the cache, or answers at once when it is there. Throws `LIBTORCH_DOWNLOAD`. */
export async function fetchLibtorch(options: FetchOptions = {}): Promise<Libtorch> {
  const { cuda = false, version = LIBTORCH_PIN, env = process.env } = options;
  const log = options.log ?? ((line: string) => void process.stderr.write(`libtorch: ${line}\n`));
  const cache = cacheFolder(env);
  const target = join(cache, `${version}-${cuda ? 'cuda' : 'cpu'}`);
  const root = join(target, 'torch');
  if (missingPart(root, true) === undefined) {
    return describe(root, version);
  }
  const python = pythonWithPip(env);
  if (python === undefined) {
    throw downloadFailure([
      '  it comes by pip, and there is no python3 with pip (Debian, Ubuntu: apt install python3-pip)',
    ]);
  }
  return withPartialFolder(cache, endPythons, async (folder) => {
    const isWhole = (found: string): boolean => missingPart(join(found, 'torch'), true) === undefined;
    moveIntoPlace(await assemble({ python, folder, env, log }, version, cuda), target, isWhole);
    log(`libtorch ${version} is in ${root}`);
    return describe(root, version);
  });
}
