/** libtorch from the published wheels, without Python: what is taken of them, what is refused, and what is said first. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { DinomalyError } from '../../lib/errors.js';
import { fetchLibtorch, LIBTORCH_PIN } from '../../lib/libtorch/index.js';
import { lockedWheels, type Wheel } from '../../lib/libtorch/locked.js';
import { describeWheels, fetchWheels, type WheelsOptions } from '../../lib/libtorch/wheels.js';
import { NotFetched } from '../../lib/libtorch/work.js';
import { temporaryFolder } from '../helpers/drawn-set.js';
import { sha256, WeightsServer } from '../helpers/weights-server.js';
import { zipOf } from '../helpers/zip.js';

const MAIN = path.join(__dirname, '../../dist/cli/main.js');

const TORCH = zipOf({
  'torch/lib/libtorch.so': 'torch',
  'torch/lib/libgomp.so.1': 'gomp',
  'torch/lib/libtorch_python.so': 'not needed',
  'torch/include/ATen/ATen.h': 'header',
  'torch/version.py': `__version__ = '${LIBTORCH_PIN}+cpu'`,
  'torch/nn/module.py': 'not needed',
  'torch-2.13.0+cpu.dist-info/licenses/LICENSE': 'terms',
  'torch-2.13.0+cpu.dist-info/licenses/third_party/fmt/LICENSE': 'more terms',
  'torch-2.13.0+cpu.dist-info/METADATA': 'not needed',
});
const CUDNN = zipOf({
  'nvidia/cudnn/lib/libcudnn.so.9': 'cudnn',
  'nvidia/cudnn/include/cudnn.h': 'to compile against',
  'nvidia/cudnn/share/notes.md': 'not needed',
  'nvidia_cudnn_cu13-9.0.dist-info/licenses/License.txt': 'terms of cudnn',
});

function wheelOf(url: string, content: Buffer, name = 'torch.whl'): Wheel {
  return { name, url, bytes: content.length, sha256: sha256(content) };
}

/** A server of the torch wheel, an empty cache, and a fetch from the one to the other. */
async function machine(t: ExecutionContext) {
  const server = await WeightsServer.start(TORCH);
  const { folder, remove } = temporaryFolder();
  t.teardown(() => server.close());
  t.teardown(remove);
  const lines: string[] = [];
  let runs = 0;
  const fetch = (options: Partial<WheelsOptions> = {}): Promise<string> => {
    const work = {
      folder: path.join(folder, String(++runs)),
      env: { XDG_CACHE_HOME: folder },
      log: (line: string) => void lines.push(line),
    };
    mkdirSync(work.folder);
    const wheels = [wheelOf(server.url, TORCH)];
    return fetchWheels(work, { cuda: false, version: LIBTORCH_PIN, wheels, allowHttp: true, retryMs: 1, ...options });
  };
  return { server, folder, lines, fetch, downloads: path.join(folder, 'dinomaly/libtorch/wheels') };
}

function filesUnder(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();
}

test('of the wheels the libraries, headers and licences are taken, after the size was told, and the download is removed', async (t) => {
  const { folder, lines, fetch, downloads } = await machine(t);
  const target = await fetch();
  t.deepEqual(filesUnder(target), [
    'torch/include/ATen/ATen.h',
    'torch/lib/libgomp.so.1',
    'torch/lib/libtorch.so',
    'torch/licenses/LICENSE',
    'torch/licenses/third_party/fmt/LICENSE',
    'torch/version.py',
  ]);
  t.is(readFileSync(path.join(target, 'torch/lib/libtorch.so'), 'utf8'), 'torch');
  t.regex(lines[0] ?? '', /^fetching 1 wheel, \d+ MiB, from 127\.0\.0\.1/);
  t.false(existsSync(downloads), folder);
});

test('a wheel with a wrong SHA-256 is refused, and nothing of it is unpacked or kept', async (t) => {
  const { folder, fetch, server, downloads } = await machine(t);
  const wheels = [{ ...wheelOf(server.url, TORCH), sha256: '0'.repeat(64) }];
  const error = await t.throwsAsync(fetch({ wheels }), { instanceOf: DinomalyError });
  t.is((error as DinomalyError).code, 'LIBTORCH_CHECKSUM');
  t.true(error?.message.includes(sha256(TORCH)), error?.message);
  t.false(existsSync(path.join(folder, '1/whole')));
  t.deepEqual(readdirSync(downloads), []);
});

test('a download that broke goes on where it ended', async (t) => {
  const { fetch, server, downloads } = await machine(t);
  const received = (): number =>
    filesUnder(downloads)
      .filter((file) => file.endsWith('/data'))
      .reduce((sum, file) => sum + statSync(path.join(downloads, file)).size, 0);
  server.misbehave = ({ headers }, response) => {
    if (headers.range !== undefined) {
      response.writeHead(403).end();
      return true;
    }
    response.writeHead(200, { etag: server.etag ?? '', 'content-length': TORCH.length });
    response.write(TORCH.subarray(0, 100));
    const breakWhenKept = (): unknown => (received() < 100 ? setTimeout(breakWhenKept, 5) : response.destroy());
    breakWhenKept();
    return true;
  };
  await t.throwsAsync(fetch(), { instanceOf: NotFetched });
  server.misbehave = () => false;
  server.asked.length = 0;
  await fetch();
  t.deepEqual(server.asked, ['bytes=100-']);
});

test('wheels of a folder are taken without a download, those of NVIDIA beside those of PyTorch', async (t) => {
  const { folder, fetch, server } = await machine(t);
  const wheels = [
    wheelOf('https://example.org/torch.whl', TORCH),
    wheelOf('https://example.org/c.whl', CUDNN, 'cudnn.whl'),
  ];
  writeFileSync(path.join(folder, 'torch.whl'), TORCH);
  const error = await t.throwsAsync(fetch({ wheels, from: folder }), { instanceOf: NotFetched });
  t.regex(error?.message ?? '', /lacks 1 of 2 wheels:\n.*https:\/\/example\.org\/c\.whl/);
  writeFileSync(path.join(folder, 'cudnn.whl'), CUDNN);
  const files = filesUnder(await fetch({ wheels, from: folder }));
  t.true(files.includes('nvidia/cudnn/lib/libcudnn.so.9'));
  t.true(files.includes('torch/licenses/nvidia_cudnn_cu13/License.txt'));
  t.true(files.includes('nvidia/cudnn/include/cudnn.h'));
  t.false(files.some((file) => file.endsWith('notes.md')));
  t.deepEqual(server.asked, []);
  writeFileSync(path.join(folder, 'cudnn.whl'), zipOf({ 'nvidia/cudnn/lib/libcudnn.so.9': 'another' }));
  const changed = await t.throwsAsync(fetch({ wheels, from: folder }), { instanceOf: DinomalyError });
  t.is((changed as DinomalyError).code, 'LIBTORCH_CHECKSUM');
});

test('a folder without the wheels is an error that names what to get, and says the other ways', async (t) => {
  const { folder } = await machine(t);
  const env = { XDG_CACHE_HOME: folder, PATH: folder };
  const error = await t.throwsAsync(fetchLibtorch({ env, from: folder, log: () => {} }), { instanceOf: DinomalyError });
  t.is((error as DinomalyError).code, 'LIBTORCH_DOWNLOAD');
  t.regex(
    error?.message ?? '',
    /lacks 1 of 1 wheels:[\s\S]*https:\/\/download\.pytorch\.org\/whl\/cpu\/torch-[\s\S]*DINOMALY_LIBTORCH/,
  );
});

test('the locked wheels come by https from PyTorch and NVIDIA, each with a SHA-256 of its own', (t) => {
  const all = [
    lockedWheels(false, 'linux-x64'),
    lockedWheels(false, 'linux-arm64'),
    lockedWheels(true, 'linux-x64'),
  ].flatMap((wheels) => wheels ?? []);
  t.is(all.length, 18);
  for (const { url, sha256: hash, name } of all) {
    t.regex(url, /^https:\/\/(?:download\.pytorch\.org|pypi\.nvidia\.com)\//);
    t.regex(hash, /^[0-9a-f]{64}$/);
    t.true(decodeURIComponent(url).endsWith(`/${name}`), url);
  }
  t.is(new Set(all.map((wheel) => wheel.sha256)).size, all.length);
  t.is(lockedWheels(true, 'linux-arm64'), undefined);
  t.regex(describeWheels(all), /^18 wheels, of a size that the server tells, from/);
});

test('--dry-run names files, sizes and hashes and fetches nothing; --pip does not go with --from', (t) => {
  const { folder, remove } = temporaryFolder();
  t.teardown(remove);
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [MAIN, 'libtorch', ...args], { encoding: 'utf8', env: { XDG_CACHE_HOME: folder } });
  const dry = run('--cuda', '--dry-run');
  t.is(dry.status, 0, dry.stderr);
  t.regex(dry.stdout, /torch-2\.13\.0%2Bcu130\S+\.whl\n {2}526482318 bytes, sha256 8db7338e/);
  t.regex(dry.stdout, /16 wheels, 2403 MiB, from .*; nothing was fetched\n$/);
  t.deepEqual(readdirSync(folder), []);
  t.is(run('--pip', '--from', folder).status, 2);
});
