/**
 * `dinomaly weights pull` as a user runs it, in processes of its own, on the built package. The publisher is a server here,
 * reached by its own name over https through a proxy.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { temporaryFolder } from '../helpers/drawn-set.js';
import { startTunnel, WeightsServer, weightsBytes } from '../helpers/weights-server.js';
import { testWhere } from '../helpers/where.js';

const MAIN = path.join(__dirname, '../../dist/cli/main.js');
const CONTENT = weightsBytes(3 * 1024 * 1024);
const PUBLISHER = 'dl.fbaipublicfiles.com';
/** Its checksum is not known, so that any bytes serve. */
const UNKNOWN = 'dino_vit_small_16';
const { folder: root, remove } = temporaryFolder();
test.after.always(remove);

const [key, cert] = [path.join(root, 'key.pem'), path.join(root, 'cert.pem')];
const certificate = ['-subj', `/CN=${PUBLISHER}`, '-addext', `subjectAltName=DNS:${PUBLISHER}`, '-days', '2'];
const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
const made = spawnSync('openssl', ['req', '-x509', ...curve, ...certificate, '-keyout', key, '-out', cert]);
/** Tests over https need a certificate, which Node itself cannot make. */
const overHttps = testWhere(made.status === 0, 'openssl');

interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  stdout: string;
  stderr: string;
}

function dinomaly(args: readonly string[], env: NodeJS.ProcessEnv): Run {
  const clean = Object.entries(process.env).filter(([name]) => !/_proxy$/i.test(name));
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...Object.fromEntries(clean), NODE_EXTRA_CA_CERTS: cert, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const run: Run = { child, ended, stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      run[name] += text;
    });
  }
  return run;
}

interface Publisher {
  readonly server: WeightsServer;
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
}

let count = 0;

function newCache(): { cache: string; folder: string } {
  const cache = path.join(root, String(count++));
  return { cache, folder: path.join(cache, 'dinomaly/weights') };
}

async function startPublisher(t: ExecutionContext): Promise<Publisher> {
  const server = await WeightsServer.start(CONTENT, { key: readFileSync(key), cert: readFileSync(cert) });
  const proxy = await startTunnel(server.port);
  t.teardown(async () => {
    proxy.close();
    await server.close();
  });
  const { cache, folder } = newCache();
  return { server, folder, env: { XDG_CACHE_HOME: cache, HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` } };
}

overHttps('pull prints the path alone on stdout, the rest on stderr, and then answers at once', async (t) => {
  const { server, folder, env } = await startPublisher(t);
  for (const first of [true, false]) {
    const run = dinomaly(['weights', 'pull', UNKNOWN], env);
    t.is(await run.ended, 0, run.stderr);
    t.is(run.stdout, `${path.join(folder, `${UNKNOWN}.pth`)}\n`);
    t.is(server.asked.length, 1);
    if (first) t.regex(run.stderr, /from https:.*\(Apache-2\.0\)\n.*MiB 3\/3/s);
    t.false(run.stderr.includes('\u001b'), 'no control sequences');
  }
  t.true(readFileSync(path.join(folder, `${UNKNOWN}.pth`)).equals(CONTENT));
  const run = dinomaly(['weights', 'pull', '--verify', UNKNOWN], env);
  t.is(await run.ended, 0, run.stderr);
  t.regex(run.stderr, /as it should/);
});

overHttps('a signal ends a pull with its exit code, and the next pull goes on', async (t) => {
  const { server, folder, env } = await startPublisher(t);
  server.pause = 200;
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    const run = dinomaly(['weights', 'pull', UNKNOWN], env);
    // What earlier rounds left counts too.
    while (!/MiB \d\/3/.test(run.stderr) && (run.child.exitCode ?? run.child.signalCode) === null) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await new Promise((resolve) => setTimeout(resolve, 600));
    run.child.kill(signal);
    t.is(await run.ended, code, run.stderr);
    t.regex(run.stderr, /interrupted: what came is kept/);
    t.is(run.stdout, '');
    t.deepEqual(readdirSync(folder), [`${UNKNOWN}.pth.part`]);
  }
  server.pause = 0;
  t.is(await dinomaly(['weights', 'pull', UNKNOWN], env).ended, 0);
  t.is(server.asked.length, 4);
  t.is(server.asked[0], null);
  t.true(
    server.asked.slice(1).every((range) => /^bytes=[1-9]\d*-$/.test(range ?? '')),
    String(server.asked),
  );
  t.true(readFileSync(path.join(folder, `${UNKNOWN}.pth`)).equals(CONTENT));
});

overHttps('other bytes than the published ones end with 1 and are not kept', async (t) => {
  const { folder, env } = await startPublisher(t);
  const run = dinomaly(['weights', 'pull', 'dinov2reg_vit_base_14'], env);
  t.is(await run.ended, 1);
  t.regex(run.stderr, /dinomaly: WEIGHTS_CHECKSUM .*What came was removed/);
  t.deepEqual(readdirSync(folder), []);
});

overHttps('a certificate that is not trusted is told in words, at once', async (t) => {
  const { env } = await startPublisher(t);
  const run = dinomaly(['weights', 'pull', UNKNOWN], { ...env, NODE_EXTRA_CA_CERTS: '' });
  t.is(await run.ended, 1);
  t.regex(run.stderr, /WEIGHTS_DOWNLOAD .*certificate of dl\.fbaipublicfiles\.com is not trusted.*NODE_EXTRA_CA_CERTS/);
  t.notRegex(run.stderr, /again in/);
});

test('without a network the message names the address, the place for the file and its use', async (t) => {
  const { cache, folder } = newCache();
  const run = dinomaly(['weights', 'pull', UNKNOWN], { XDG_CACHE_HOME: cache, HTTPS_PROXY: 'http://127.0.0.1:1' });
  t.is(await run.ended, 1);
  t.regex(run.stderr, /refused.*; again in/);
  for (const part of ['WEIGHTS_DOWNLOAD', `https://${PUBLISHER}/dino/`, `${folder}/${UNKNOWN}.pth`, '--weights FILE']) {
    t.true(run.stderr.includes(part), part);
  }
  t.is(run.stdout, '');
});

test('gated weights: where to get which file; once it is put there it is found', async (t) => {
  const { cache, folder } = newCache();
  const env = { XDG_CACHE_HOME: cache };
  const gated = dinomaly(['weights', 'pull', 'dinov3_vit_base_16'], env);
  t.is(await gated.ended, 1);
  const file = path.join(folder, 'dinov3_vit_base_16.pth');
  t.regex(gated.stderr, /WEIGHTS_DOWNLOAD .*no plain link.*dinov3_vitb16.*Licence: /s);
  t.true(gated.stderr.includes(file));
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, 'put there by hand');
  const found = dinomaly(['weights', 'pull', 'dinov3_vit_base_16'], env);
  t.is(await found.ended, 0, found.stderr);
  t.is(found.stdout, `${file}\n`);
});

test('an unknown name ends with 2, before anything is pulled', async (t) => {
  const { cache } = newCache();
  const run = dinomaly(['weights', 'pull', UNKNOWN, 'dinov2_vit_bas_14'], { XDG_CACHE_HOME: cache });
  t.is(await run.ended, 2);
  t.regex(
    run.stderr,
    /INVALID_OPTION ENCODER dinov2_vit_bas_14: there is no such encoder\. Did you mean dinov2_vit_base_14\?$/m,
  );
});
