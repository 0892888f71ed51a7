/** Where libtorch is looked for, how it is fetched, and what is said when neither helps. scripts/try-libtorch.mjs fetches a real one. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { DinomalyError, type DinomalyErrorCode } from '../../lib/errors.js';
import {
  buildsWith,
  ensureLibtorch,
  fetchLibtorch,
  findLibtorch,
  LIBTORCH_PIN,
  runsWith,
} from '../../lib/libtorch/index.js';
import { readVersion } from '../../lib/libtorch/version.js';
import { temporaryFolder } from '../helpers/drawn-set.js';
import { fakeLibtorch, fakeMachine } from '../helpers/fake-torch.js';

const { folder, remove } = temporaryFolder();
test.after.always(remove);

let machines = 0;
const newRoot = (): string => path.join(folder, String(++machines));
const toRun = { wanted: runsWith(LIBTORCH_PIN), headers: false };
const toBuild = { wanted: buildsWith(), headers: true };
const silent = { log: () => {}, by: 'pip' } as const;
const CPU_INDEX = 'https://download.pytorch.org/whl/cpu';

/** The message of the failure, which must have the code. */
async function failure(code: DinomalyErrorCode, run: () => unknown): Promise<string> {
  try {
    await run();
  } catch (error) {
    if (error instanceof DinomalyError && error.code === code) return error.message;
    throw error;
  }
  throw new Error(`${code} did not come`);
}

test('DINOMALY_LIBTORCH names the folder, or the one above it', (t) => {
  const root = newRoot();
  const { env } = fakeMachine(root);
  const torch = fakeLibtorch(path.join(root, 'site-packages/torch'), { version: LIBTORCH_PIN });
  for (const named of [torch, path.dirname(torch)]) {
    const found = findLibtorch({ ...toBuild, env: { ...env, DINOMALY_LIBTORCH: named } });
    t.deepEqual(found, { root: torch, version: LIBTORCH_PIN, cuda: false });
  }
});

test('DINOMALY_LIBTORCH of another version is an error, whatever else would serve', async (t) => {
  const root = newRoot();
  const { env, cache } = fakeMachine(root);
  fakeLibtorch(path.join(cache, `${LIBTORCH_PIN}-cpu/torch`), { version: LIBTORCH_PIN });
  const old = fakeLibtorch(path.join(root, 'old'), { version: '2.10.1' });
  for (const needs of [toRun, toBuild]) {
    const message = await failure('LIBTORCH_VERSION', () =>
      findLibtorch({ ...needs, env: { ...env, DINOMALY_LIBTORCH: old } }),
    );
    for (const part of [`libtorch 2.10.1 in ${old}`, needs.wanted.text, 'unset DINOMALY_LIBTORCH']) {
      t.true(message.includes(part), message);
    }
  }
  await failure('LIBTORCH_VERSION', () => ensureLibtorch({ env: { ...env, DINOMALY_LIBTORCH: old } }));
});

test('DINOMALY_LIBTORCH that is no libtorch is an error that names the part it lacks', async (t) => {
  const root = newRoot();
  const { env } = fakeMachine(root);
  const message = await failure('LIBTORCH_MISSING', () =>
    findLibtorch({ ...toRun, env: { ...env, DINOMALY_LIBTORCH: root } }),
  );
  t.true(message.includes(`${root} has no lib/libtorch.so`), message);
  const mute = fakeLibtorch(path.join(root, 'mute'), { version: '2.13.0', told: 'nowhere' });
  t.regex(
    await failure('LIBTORCH_MISSING', () => findLibtorch({ ...toRun, env: { ...env, DINOMALY_LIBTORCH: mute } })),
    /does not tell its version/,
  );
});

test('of the cache the pinned version serves first, then the newest, and a CUDA build before a CPU build', (t) => {
  const root = newRoot();
  const { env, cache } = fakeMachine(root);
  const add = (version: string, kind: 'cpu' | 'cuda') =>
    fakeLibtorch(path.join(cache, `${version}-${kind}/torch`), { version, cuda: kind === 'cuda' });
  const find = (needs: typeof toRun) => path.relative(cache, findLibtorch({ ...needs, env }).root);
  add('2.11.0', 'cpu');
  add('2.99.0', 'cpu');
  t.is(find(toBuild), '2.99.0-cpu/torch');
  add(LIBTORCH_PIN, 'cpu');
  t.is(find(toBuild), `${LIBTORCH_PIN}-cpu/torch`);
  add(LIBTORCH_PIN, 'cuda');
  t.is(find(toRun), `${LIBTORCH_PIN}-cuda/torch`);
  t.is(find({ wanted: runsWith('2.11.3'), headers: false }), '2.11.0-cpu/torch');
});

test('what an interrupted fetch left is no libtorch', async (t) => {
  const { env, cache } = fakeMachine(newRoot());
  fakeLibtorch(path.join(cache, '.partial-abc/whole/torch'), { version: LIBTORCH_PIN });
  mkdirSync(path.join(cache, `${LIBTORCH_PIN}-cpu/torch/lib`), { recursive: true });
  const message = await failure('LIBTORCH_MISSING', () => findLibtorch({ ...toRun, env }));
  t.regex(message, /cache: .*-cpu\/torch has no lib\/libtorch\.so/);
});

test("Python's torch serves when its version fits and, to build, when it has headers", async (t) => {
  const root = newRoot();
  const torch = fakeLibtorch(path.join(root, 'torch'), { version: LIBTORCH_PIN, headers: false });
  const { env } = fakeMachine(root, { torch });
  t.is(findLibtorch({ ...toRun, env }).root, torch);
  t.regex(await failure('LIBTORCH_MISSING', () => findLibtorch({ ...toBuild, env })), /Python: .* has no include/);
  const message = await failure('LIBTORCH_VERSION', () =>
    findLibtorch({ wanted: runsWith('2.12.1'), headers: false, env }),
  );
  t.regex(message, /Python: libtorch 2\.13\.0 in .*, wanted 2\.12\.x/);
  // The pinned version would not serve this addon either: fetching it is no remedy.
  t.regex(message, /npx dinomaly build/);
  t.notRegex(message, /dinomaly libtorch/);
});

test('the version is read from a wheel, from an archive and from the header', (t) => {
  for (const told of ['wheel', 'archive', 'header'] as const) {
    t.is(readVersion(fakeLibtorch(newRoot(), { version: '2.12.3', told })), '2.12.3', told);
  }
});

test('with nothing anywhere the error says where it looked and what mends it', async (t) => {
  const bare = fakeMachine(newRoot());
  const message = await failure('LIBTORCH_MISSING', () => findLibtorch({ ...toRun, env: bare.env }));
  for (const part of [
    'not set',
    `nothing in ${bare.cache}`,
    'there is no python3',
    'npx dinomaly libtorch',
    '2.13.x',
  ]) {
    t.true(message.includes(part), message);
  }
  const withPython = fakeMachine(newRoot(), {});
  t.regex(
    await failure('LIBTORCH_MISSING', () => findLibtorch({ ...toRun, env: withPython.env })),
    /python3 has no torch/,
  );
  const noPip = await failure('LIBTORCH_DOWNLOAD', () => ensureLibtorch({ env: withPython.env, ...silent }));
  t.regex(noPip, /2\.11 or newer is needed to build.*no python3 with pip.*DINOMALY_LIBTORCH=DIR/s);
});

test('a fetch asks pip as the user configured it, then the public CPU index, and only once', async (t) => {
  const root = newRoot();
  const wheel = path.join(root, 'wheel');
  fakeLibtorch(path.join(wheel, 'torch'), { version: LIBTORCH_PIN });
  const requirement = `torch==${LIBTORCH_PIN}+cpu`;
  const { env, cache, downloads } = fakeMachine(root, { pip: { [`${requirement} ${CPU_INDEX}`]: wheel } });
  const found = await ensureLibtorch({ env, ...silent });
  t.deepEqual(found, { root: path.join(cache, `${LIBTORCH_PIN}-cpu/torch`), version: LIBTORCH_PIN, cuda: false });
  t.deepEqual(readdirSync(cache), [`${LIBTORCH_PIN}-cpu`]);
  const [first = [], second = []] = downloads();
  t.false(first.includes('--index-url'));
  t.is(second[second.indexOf('--index-url') + 1], CPU_INDEX);
  for (const args of [first, second]) t.true(args.includes('--no-deps') && args.at(-1) === requirement);
  t.deepEqual(await ensureLibtorch({ env, ...silent }), found);
  t.deepEqual(await fetchLibtorch({ env, ...silent }), found);
  t.is(downloads().length, 2);
});

test('pip is asked before the published wheels where it was told of an index of its own', async (t) => {
  const root = newRoot();
  const wheel = path.join(root, 'wheel');
  fakeLibtorch(path.join(wheel, 'torch'), { version: LIBTORCH_PIN });
  const state = { pip: { [`torch==${LIBTORCH_PIN}+cpu`]: wheel }, index: 'https://mirror.example/simple' };
  const { env, downloads } = fakeMachine(root, state);
  const lines: string[] = [];
  t.is((await fetchLibtorch({ env, log: (line) => lines.push(line) })).version, LIBTORCH_PIN);
  t.is(downloads().length, 1);
  t.false(
    lines.some((line) => line.includes('download.pytorch.org')),
    lines.join('\n'),
  );
});

test('two fetches at once both end with the same whole folder', async (t) => {
  const root = newRoot();
  const wheel = path.join(root, 'wheel');
  fakeLibtorch(path.join(wheel, 'torch'), { version: LIBTORCH_PIN });
  const { env, cache } = fakeMachine(root, { pip: { [`torch==${LIBTORCH_PIN}+cpu`]: wheel } });
  const [a, b] = await Promise.all([fetchLibtorch({ env, ...silent }), fetchLibtorch({ env, ...silent })]);
  t.deepEqual(a, b);
  t.deepEqual(readdirSync(cache), [`${LIBTORCH_PIN}-cpu`]);
});

test('a pip that fails is quoted, with what was found and wanted, and leaves nothing', async (t) => {
  const root = newRoot();
  const old = fakeLibtorch(path.join(root, 'torch'), { version: '2.9.0' });
  const { env, cache } = fakeMachine(root, { torch: old, pip: {} });
  const message = await failure('LIBTORCH_DOWNLOAD', () => ensureLibtorch({ env, ...silent }));
  for (const part of [
    'libtorch 2.11 or newer is needed to build',
    `Python: libtorch 2.9.0 in ${old}`,
    'No matching distribution found for torch==',
    CPU_INDEX,
    'export DINOMALY_LIBTORCH=DIR',
    'pip config set',
  ]) {
    t.true(message.includes(part), `${part} in:\n${message}`);
  }
  t.deepEqual(readdirSync(cache), []);
});

test('a fetch that is interrupted ends pip and leaves nothing', async (t) => {
  const { env, cache } = fakeMachine(newRoot(), { pip: { [`torch==${LIBTORCH_PIN}+cpu`]: 'hangs' } });
  const fetch = `require(${JSON.stringify(path.resolve('lib/libtorch/index.ts'))}).fetchLibtorch({ by: 'pip' })`;
  const child = spawn(process.execPath, ['--import=tsx', '-e', fetch], { env, stdio: 'ignore' });
  const mark = path.join(env.PATH ?? '', 'hangs');
  while (!existsSync(mark) && (child.exitCode ?? child.signalCode) === null) await sleep(20);
  child.kill('SIGTERM');
  const [, signal] = await once(child, 'exit');
  t.is(signal, 'SIGTERM');
  t.deepEqual(readdirSync(cache), []);
  // A process that ended has no command line, even before its parent takes notice.
  const commandLine = `/proc/${readFileSync(mark, 'utf8')}/cmdline`;
  const lives = () => existsSync(commandLine) && readFileSync(commandLine, 'utf8') !== '';
  for (let tries = 0; tries < 100 && lives(); ++tries) await sleep(20);
  t.false(lives());
});

test('a wheel of another version, or without libraries, is refused and leaves nothing', async (t) => {
  for (const [version, part] of [
    ['2.12.0', 'has version 2.12.0'],
    [undefined, 'has no lib/libtorch.so'],
  ] as const) {
    const root = newRoot();
    const wheel = path.join(root, 'wheel');
    mkdirSync(wheel, { recursive: true });
    if (version !== undefined) fakeLibtorch(path.join(wheel, 'torch'), { version });
    const { env, cache } = fakeMachine(root, { pip: { [`torch==${LIBTORCH_PIN}+cpu`]: wheel } });
    const message = await failure('LIBTORCH_DOWNLOAD', () => fetchLibtorch({ env, ...silent }));
    t.true(message.includes(part), message);
    t.deepEqual(readdirSync(cache), []);
  }
});

test('a fetch replaces a broken folder of its name, removes old leavings and keeps those of others at work', async (t) => {
  const root = newRoot();
  const wheel = path.join(root, 'wheel');
  fakeLibtorch(path.join(wheel, 'torch'), { version: LIBTORCH_PIN });
  const { env, cache } = fakeMachine(root, { pip: { [`torch==${LIBTORCH_PIN}+cpu`]: wheel } });
  for (const name of ['.partial-old', '.partial-new', `${LIBTORCH_PIN}-cpu/torch/lib`]) {
    mkdirSync(path.join(cache, name), { recursive: true });
  }
  const longAgo = Date.now() / 1000 - 2 * 24 * 3600;
  utimesSync(path.join(cache, '.partial-old'), longAgo, longAgo);
  const found = await fetchLibtorch({ env, ...silent });
  t.true(existsSync(path.join(found.root, 'lib/libtorch.so')));
  t.deepEqual(readdirSync(cache).sort(), ['.partial-new', `${LIBTORCH_PIN}-cpu`]);
});

test('the CUDA build brings the NVIDIA libraries that its metadata names, and nothing else', async (t) => {
  const root = newRoot();
  const wheel = path.join(root, 'wheel');
  fakeLibtorch(path.join(wheel, 'torch'), { version: LIBTORCH_PIN, cuda: true });
  const cudnn = path.join(root, 'cudnn');
  fakeLibtorch(path.join(cudnn, 'nvidia/cudnn'), { version: '9.0.0' });
  const toolkit = 'cuda-toolkit[cublas,cudart]==13.0.3; platform_system == "Linux"';
  const nvidia = 'nvidia-cudnn-cu13==9.24.0.43; platform_system == "Linux"';
  const state = {
    pip: { [`torch==${LIBTORCH_PIN},!=${LIBTORCH_PIN}+cpu`]: wheel, [toolkit]: cudnn, [nvidia]: cudnn },
    requires: ['filelock', toolkit, 'cuda-bindings<14,>=13.0.3', nvidia, 'triton~=3.8.0'],
  };
  const { env, cache, downloads } = fakeMachine(root, state);
  const found = await fetchLibtorch({ cuda: true, env, ...silent });
  t.deepEqual(found, { root: path.join(cache, `${LIBTORCH_PIN}-cuda/torch`), version: LIBTORCH_PIN, cuda: true });
  t.true(existsSync(path.join(found.root, '../nvidia/cudnn/lib/libtorch.so')));
  const [tagged = [], , last = []] = downloads();
  t.regex(tagged.at(-1) ?? '', /^torch==2\.13\.0\+cu\d+$/);
  t.deepEqual(last.slice(-2), [toolkit, nvidia]);
  t.false(last.includes('--no-deps'));
});

test('a wheel that names no NVIDIA libraries is not taken for a CUDA build', async (t) => {
  const root = newRoot();
  const wheel = path.join(root, 'wheel');
  fakeLibtorch(path.join(wheel, 'torch'), { version: LIBTORCH_PIN });
  const pip = { [`torch==${LIBTORCH_PIN},!=${LIBTORCH_PIN}+cpu`]: wheel };
  const { env, cache } = fakeMachine(root, { pip, requires: ['filelock'] });
  t.regex(await failure('LIBTORCH_DOWNLOAD', () => fetchLibtorch({ cuda: true, env, ...silent })), /no CUDA build/);
  t.deepEqual(readdirSync(cache), []);
});
