/** Fetches a libtorch by pip, which brings the user's own configuration along: mirrors, proxies, certificates. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Finished, pythonWithPip, runPython } from './python.js';
import { LIBTORCH_CUDA_TAG } from './version.js';
import { NotFetched, type Work } from './work.js';

/** One way of asking pip. */
interface Attempt {
  readonly requirement: string;
  readonly index: readonly string[];
}

/** The fetch, and the Python whose pip does it. */
interface PipWork extends Work {
  readonly python: string;
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

async function pip(work: PipWork, args: readonly string[]): Promise<Finished> {
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

/** Downloads the torch wheel, by the first way that yields one. */
async function downloadTorch(
  work: PipWork,
  version: string,
  cuda: boolean,
): Promise<{ wheel: string; attempt: Attempt }> {
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
  throw new NotFetched(reasons);
}

async function unpack(work: PipWork, wheel: string, target: string, prefixes: readonly string[]): Promise<void> {
  const finished = await runPython(work.python, ['-c', UNPACK, wheel, target, ...prefixes], work.env);
  if (!finished.ok) {
    throw new NotFetched([`  unpacking ${wheel}:\n${lastLines(finished.output)}`]);
  }
}

/** The NVIDIA libraries that the wheel's metadata names, unpacked where its libraries look for them. */
async function addNvidia(work: PipWork, wheel: string, index: readonly string[], target: string): Promise<void> {
  const read = await runPython(work.python, ['-c', READ_REQUIREMENTS, wheel], work.env);
  const requirements = read.output.split('\n').filter((line) => /^(nvidia-|cuda-toolkit)/.test(line));
  if (!read.ok || requirements.length === 0) {
    throw new NotFetched([`  ${wheel} names no NVIDIA libraries: it is no CUDA build`]);
  }
  work.log(`fetching ${requirements.length} NVIDIA requirements`);
  const wheels = join(work.folder, 'nvidia-wheels');
  const finished = await pip(work, [...index, '-d', wheels, ...requirements]);
  if (!finished.ok) {
    throw new NotFetched([`  pip download ${requirements.join(' ')}:\n${lastLines(finished.output)}`]);
  }
  await addHeaders(work, index, wheels);
  for (const name of readdirSync(wheels)) {
    await unpack(work, join(wheels, name), target, ['nvidia/']);
  }
}

/**
 * The headers that those of CUDA's runtime include, which libtorch does not ask for. Only an addon that is built here needs them:
 * an index without them does not stand in the way.
 */
async function addHeaders(work: PipWork, index: readonly string[], wheels: string): Promise<void> {
  const runtime = /^nvidia_cuda_runtime-(\d+\.\d+)\./;
  const version = readdirSync(wheels).flatMap((name) => runtime.exec(name)?.[1] ?? [])[0];
  const found =
    version !== undefined && (await pip(work, [...index, '-d', wheels, `nvidia-cuda-crt==${version}.*`])).ok;
  if (!found) {
    work.log("nvidia-cuda-crt cannot be had: an addon that is built here needs CUDA's toolkit to record CUDA graphs");
  }
}

/** True where pip was told of an index or of wheels of this machine's own: the user means it to be asked first. */
export async function pipHasIndex(env: NodeJS.ProcessEnv): Promise<boolean> {
  const python = pythonWithPip(env);
  if (python === undefined) {
    return false;
  }
  const { ok, output } = await runPython(python, ['-m', 'pip', 'config', 'list'], env);
  return ok && /^[\w.:-]*\b(?:index-url|find-links)\b/m.test(output);
}

/**
 * Fetches the wheels by pip and unpacks them under the work's folder.
 *
 * @returns the folder that holds `torch` and, with CUDA, `nvidia`
 * @throws NotFetched with what pip said
 */
export async function fetchByPip(around: Work, version: string, cuda: boolean): Promise<string> {
  const python = pythonWithPip(around.env);
  if (python === undefined) {
    throw new NotFetched(['  pip: there is no python3 with pip (Debian, Ubuntu: apt install python3-pip)']);
  }
  const work = { ...around, python };
  const { wheel, attempt } = await downloadTorch(work, version, cuda);
  const target = join(work.folder, 'whole');
  work.log('unpacking');
  await unpack(work, wheel, target, ['torch/lib/', 'torch/include/', 'torch/version.py', `torch-${version}`]);
  const unpacked = existsSync(target) ? readdirSync(target) : [];
  for (const name of unpacked.filter((entry) => entry.endsWith('.dist-info'))) {
    if (existsSync(join(target, name, 'licenses'))) {
      renameSync(join(target, name, 'licenses'), join(target, 'torch/licenses'));
    }
    rmSync(join(target, name), { recursive: true });
  }
  if (cuda) {
    await addNvidia(work, wheel, attempt.index, target);
  }
  return target;
}
