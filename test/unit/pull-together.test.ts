/** Pulls that are stopped, killed or at work side by side; and the ways to a server. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { DinomalyError } from '../../lib/errors.js';
import { bootId, claimPart, writeOrigin } from '../../lib/weights/part.js';
import { checkPullOptions, type Pull, pullFrom } from '../../lib/weights/pull.js';
import { temporaryFolder } from '../helpers/drawn-set.js';
import { sha256, startTunnel, WeightsServer, weightsBytes } from '../helpers/weights-server.js';

const CONTENT = weightsBytes(2 * 1024 * 1024);
const HASH = sha256(CONTENT);
const { folder: root, remove } = temporaryFolder();
test.after.always(remove);

let count = 0;

function newFolder(): string {
  return path.join(root, String(count++));
}

async function startServer(t: ExecutionContext): Promise<WeightsServer> {
  const server = await WeightsServer.start(CONTENT);
  t.teardown(() => server.close());
  return server;
}

function pull(
  url: string,
  cacheFolder: string,
  options: Partial<Pull> = {},
  hash: string | null = HASH,
): Promise<string> {
  const checked = checkPullOptions({ cacheFolder });
  const source = { url, licence: 'MIT', sha256: hash };
  return pullFrom('net', source, { ...checked, env: {}, allowHttp: true, retryMs: 1, ...options });
}

function assertWhole(t: ExecutionContext, folder: string): void {
  t.true(readFileSync(path.join(folder, 'net.pth')).equals(CONTENT));
  t.deepEqual(readdirSync(folder).sort(), ['net.pth', 'net.pth.sha256']);
}

interface Child {
  readonly process: ChildProcess;
  readonly ended: Promise<number | null>;
  output: string;
}

function startChild(url: string, folder: string): Child {
  const script = path.join(__dirname, '../helpers/pull-child.ts');
  const child = spawn(process.execPath, ['--import=tsx', script, url, folder, HASH], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const started: Child = { process: child, ended, output: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    started.output += text;
  });
  return started;
}

async function said(child: Child, what: string): Promise<void> {
  while (!child.output.includes(what)) {
    if (child.process.exitCode !== null) throw new Error(`ended before it said ${what}: ${child.output}`);
    await sleep(20);
  }
}

test('an aborted pull rejects with the reason of the signal, and the next one goes on', async (t) => {
  const [server, folder] = [await startServer(t), newFolder()];
  server.pause = 20;
  const controller = new AbortController();
  const reason = new Error('enough');
  const onProgress: Pull['onProgress'] = ({ received }) => {
    if (received > 500_000) controller.abort(reason);
  };
  t.is(await t.throwsAsync(pull(server.url, folder, { signal: controller.signal, onProgress })), reason);
  t.deepEqual(readdirSync(folder), ['net.pth.part']);
  const kept = statSync(path.join(folder, 'net.pth.part/data')).size;
  t.true(kept > 500_000 && kept < CONTENT.length);
  await pull(server.url, folder);
  assertWhole(t, folder);
  t.deepEqual(server.asked, [null, `bytes=${kept}-`]);
});

test('a signal that is aborted already, or aborts while a repetition is awaited, ends the pull', async (t) => {
  const [server, folder] = [await startServer(t), newFolder()];
  const reason = new Error('before');
  t.is(await t.throwsAsync(pull(server.url, folder, { signal: AbortSignal.abort(reason) })), reason);
  t.deepEqual(server.asked, []);
  server.misbehave = (_request, response) => !!response.writeHead(503).end();
  const controller = new AbortController();
  const log = (): void => controller.abort(reason);
  t.is(await t.throwsAsync(pull(server.url, folder, { signal: controller.signal, retryMs: 60_000, log })), reason);
});

test('an error of onProgress ends the pull', async (t) => {
  const [server, folder] = [await startServer(t), newFolder()];
  const fault = new Error('mine');
  const onProgress = (): never => {
    throw fault;
  };
  t.is(await t.throwsAsync(pull(server.url, folder, { onProgress })), fault);
  await pull(server.url, folder);
  assertWhole(t, folder);
});

test('of calls at the same time one downloads and the others wait', async (t) => {
  const [server, folder] = [await startServer(t), newFolder()];
  server.pause = 10;
  const phases = new Set<string>();
  const onProgress: Pull['onProgress'] = ({ phase }) => phases.add(phase);
  await Promise.all([1, 2, 3].map(() => pull(server.url, folder, { onProgress })));
  assertWhole(t, folder);
  t.is(server.asked.length, 1);
  t.deepEqual([...phases].sort(), ['downloading', 'waiting']);
});

test('a process waits for another one, and goes on where that one was killed', async (t) => {
  const [server, folder] = [await startServer(t), newFolder()];
  server.pause = 100;
  const first = startChild(server.url, folder);
  await said(first, 'begun');
  const second = startChild(server.url, folder);
  await said(second, 'waiting');
  t.is(server.asked.length, 1);
  first.process.kill('SIGKILL');
  await first.ended;
  server.pause = 0;
  t.is(await second.ended, 0);
  assertWhole(t, folder);
  t.is(server.asked.length, 2);
  t.regex(server.asked[1] ?? '', /^bytes=[1-9]\d*-$/);
});

/** Leaves what a killed process leaves: bytes under the name of an owner that is no more. */
async function leaveOrphan(folder: string, url: string, boot: string): Promise<void> {
  const part = await claimPart(path.join(folder, 'net.pth'));
  if ('busy' in part) throw new Error('someone is at work');
  await writeOrigin(part, { url, etag: '"one"', lastModified: null, total: CONTENT.length, boot });
  writeFileSync(part.data, CONTENT.subarray(0, 100_000));
  renameSync(part.folder, part.folder.replace(/\.part-\d+-/, '.part-999999999-'));
}

test('what was written before a power cut counts only where a checksum can prove it', async (t) => {
  for (const [hash, boot, asked] of [
    [HASH, 'another', 'bytes=100000-'],
    [null, 'another', null],
    [null, bootId(), 'bytes=100000-'],
  ] as const) {
    const [server, folder] = [await startServer(t), newFolder()];
    await leaveOrphan(folder, server.url, boot);
    await pull(server.url, folder, {}, hash);
    assertWhole(t, folder);
    t.deepEqual(server.asked, [asked]);
  }
});

test('only https is trusted, also behind a redirect', async (t) => {
  const [server, folder] = [await startServer(t), newFolder()];
  const refused = { instanceOf: DinomalyError, code: 'WEIGHTS_DOWNLOAD', message: /only https is trusted/ };
  await t.throwsAsync(pull(server.url, folder, { allowHttp: false }), refused);
  t.deepEqual(server.asked, []);
  server.misbehave = (_request, response) => !!response.writeHead(302, { location: 'ftp://127.0.0.1/net.pth' }).end();
  await t.throwsAsync(pull(server.url, folder), refused);
});

test('redirects are followed, not for ever', async (t) => {
  const [server, folder] = [await startServer(t), newFolder()];
  server.misbehave = (request, response) =>
    request.url === '/weights.pth' && !!response.writeHead(302, { location: '/elsewhere' }).end();
  await pull(server.url, folder);
  assertWhole(t, folder);
  server.misbehave = (_request, response) => !!response.writeHead(302, { location: '/again' }).end();
  await t.throwsAsync(pull(server.url, newFolder()), { message: /more than 5 redirects/ });
});

test('no network is told in words', async (t) => {
  const nowhere = 'http://no-such-host.invalid/net.pth';
  await t.throwsAsync(pull(nowhere, newFolder()), {
    code: 'WEIGHTS_DOWNLOAD',
    message: /the name no-such-host\.invalid cannot be resolved \(offline, or only a proxy can\)/,
  });
  await t.throwsAsync(pull('http://127.0.0.1:1/net.pth', newFolder()), {
    code: 'WEIGHTS_DOWNLOAD',
    message: /the connection to 127\.0\.0\.1:1, or to the proxy, was refused/,
  });
});

test('a proxy of the environment is used, unless NO_PROXY excepts the host', async (t) => {
  const server = await startServer(t);
  const proxy = await startTunnel(server.port);
  t.teardown(() => proxy.close());
  const folder = newFolder();
  await pull('http://publisher.invalid/net.pth', folder, { env: { HTTP_PROXY: `127.0.0.1:${proxy.port}` } });
  assertWhole(t, folder);
  t.deepEqual(proxy.asked, ['publisher.invalid:80']);
  await pull(server.url, newFolder(), { env: { http_proxy: 'http://127.0.0.1:1', NO_PROXY: '127.0.0.1' } });
  await t.throwsAsync(pull(server.url, newFolder(), { env: { http_proxy: '://' } }), {
    code: 'WEIGHTS_DOWNLOAD',
    message: /HTTP_PROXY or HTTPS_PROXY is no proxy/,
  });
});
