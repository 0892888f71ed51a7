/** Pulling weights: whole, in pieces, from where an earlier pull ended. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { cachedWeights, weightsFolder } from '../../lib/weights/cache.js';
import { weightsHint } from '../../lib/weights/messages.js';
import { checkPullOptions, pullWeights } from '../../lib/weights/pull.js';
import { weightsSource } from '../../lib/weights/source.js';
import { assertWhole, type Bench, bench, CONTENT, failure } from '../helpers/pull-bench.js';
import { sha256, weightsBytes } from '../helpers/weights-server.js';

/** Leaves a part of `bytes` bytes, as an interrupted pull does. */
async function interrupted(t: ExecutionContext, on: Bench, bytes: number): Promise<void> {
  on.server.cutAfter = bytes;
  on.server.misbehave = ({ headers }, response) => {
    if (headers.range === undefined) return false;
    response.writeHead(403).end();
    return true;
  };
  await failure(t, 'WEIGHTS_DOWNLOAD', on.pull());
  on.server.cutAfter = null;
  on.server.misbehave = () => false;
  on.server.asked.length = 0;
  t.deepEqual(readdirSync(on.folder), ['net.pth.part']);
}

test('a whole download has the final name, its checksum beside it, and progress up to its size', async (t) => {
  const on = await bench(t);
  const seen: number[] = [];
  t.is(await on.pull({ onProgress: ({ received }) => seen.push(received) }), on.file);
  assertWhole(t, on);
  t.deepEqual([seen[0], seen.at(-1)], [0, CONTENT.length]);
  t.is(readFileSync(`${on.file}.sha256`, 'utf8'), `${sha256(CONTENT)}  net.pth\n`);
});

test('what is there is answered at once, without a request', async (t) => {
  const on = await bench(t);
  mkdirSync(on.folder, { recursive: true });
  writeFileSync(on.file, 'put there by hand');
  t.is(await on.pull(), on.file);
  t.is(await on.pull({}, { url: null }), on.file, 'a gated file that was put there serves too');
  t.is(cachedWeights('net', on.folder), on.file);
  t.is(cachedWeights('other', on.folder), undefined);
  t.deepEqual(on.server.asked, []);
});

test('a connection that breaks is taken up where it broke', async (t) => {
  const on = await bench(t);
  let requests = 0;
  on.server.misbehave = () => {
    on.server.cutAfter = ++requests < 3 ? 1_000_000 : null;
    return false;
  };
  await on.pull();
  assertWhole(t, on);
  t.is(on.server.asked[0], null);
  t.true(
    on.server.asked.slice(1).every((range) => /^bytes=[1-9]\d*-$/.test(range ?? '')),
    String(on.server.asked),
  );
});

test('a later pull goes on with what an earlier one left, with an ETag or a date', async (t) => {
  for (const [etag, lastModified] of [
    ['"one"', null],
    ['W/"weak"', 'Tue, 24 Nov 2026 10:00:00 GMT'],
  ] as const) {
    const on = await bench(t);
    Object.assign(on.server, { etag, lastModified });
    // Each repetition breaks after one byte: what is left is the first megabyte and a little.
    on.server.misbehave = ({ headers }) => {
      on.server.cutAfter = headers.range === undefined ? 1_500_000 : 1;
      return false;
    };
    const message = await failure(t, 'WEIGHTS_DOWNLOAD', on.pull());
    t.regex(message, /1\.4 MiB are kept; the next pull goes on from there/);
    on.server.misbehave = () => false;
    on.server.cutAfter = null;
    on.server.asked.length = 0;
    await on.pull();
    assertWhole(t, on);
    t.is(on.server.asked.length, 1);
    t.regex(on.server.asked[0] ?? '', /^bytes=15000\d\d-$/);
  }
});

test('a file that changed meanwhile is fetched from its start', async (t) => {
  const on = await bench(t, false);
  const old = weightsBytes(CONTENT.length, 7);
  on.server.content = old;
  await interrupted(t, on, 100_000);
  on.server.content = CONTENT;
  on.server.etag = '"two"';
  await on.pull();
  assertWhole(t, on);
});

test('a server without ranges starts over, and one that names no version is not asked to go on', async (t) => {
  const plain = await bench(t);
  await interrupted(t, plain, 100_000);
  plain.server.ranges = false;
  await plain.pull();
  assertWhole(t, plain);
  const nameless = await bench(t);
  nameless.server.etag = null;
  await interrupted(t, nameless, 100_000);
  await nameless.pull();
  assertWhole(t, nameless);
  t.deepEqual(nameless.server.asked, [null]);
});

test('a part that the server does not have (416), or another one than was asked for, is fetched anew', async (t) => {
  const wrong = { 'content-range': `bytes 5-${CONTENT.length - 1}/${CONTENT.length}` };
  for (const [status, headers] of [
    [416, {}],
    [206, wrong],
    [206, { ...wrong, etag: '"other"' }],
  ] as const) {
    const on = await bench(t);
    await interrupted(t, on, 100_000);
    on.server.misbehave = (request, response) => {
      if (request.headers.range === undefined) return false;
      response.writeHead(status, headers).end();
      return true;
    };
    await on.pull();
    assertWhole(t, on);
    t.is(on.server.asked.length, 2);
  }
});

test('all the bytes of an earlier pull are only checked', async (t) => {
  const on = await bench(t);
  await interrupted(t, on, 100_000);
  writeFileSync(path.join(`${on.file}.part`, 'data'), CONTENT);
  await on.pull();
  assertWhole(t, on);
  t.deepEqual(on.server.asked, []);
});

test('a damaged part is noticed by the checksum and fetched anew, once', async (t) => {
  const on = await bench(t);
  await interrupted(t, on, 100_000);
  writeFileSync(path.join(`${on.file}.part`, 'data'), weightsBytes(100_000, 9));
  await on.pull();
  assertWhole(t, on);
  t.deepEqual(on.server.asked, ['bytes=100000-', null]);
});

test('the cache is where the environment says', (t) => {
  t.is(weightsFolder({ XDG_CACHE_HOME: '/there' }), '/there/dinomaly/weights');
  t.regex(weightsFolder({}), /\/\.cache\/dinomaly\/weights$/);
});

test('a command that lacks weights can say how to come by them', (t) => {
  for (const name of ['dinov2reg_vit_base_14', 'dinov3_vit_base_16'] as const) {
    const { source } = weightsSource(name);
    const hint = weightsHint(name, source);
    for (const part of ['--weights FILE', `dinomaly weights pull ${name}`, source.url ?? source.note ?? '?']) {
      t.true(hint.includes(part), hint);
    }
  }
});

test('options of the wrong kind are told by name', async (t) => {
  await t.throwsAsync(pullWeights('dinov2_vit_medium_14'), {
    instanceOf: RangeError,
    message: 'encoder dinov2_vit_medium_14: there is no such encoder. Did you mean dinov2_vit_small_14?',
  });
  for (const [options, message] of [
    [{ verify: 1 }, /options\.verify/],
    [{ signal: {} }, /options\.signal/],
    [{ onProgress: 1 }, /options\.onProgress/],
    [{ log: 'yes' }, /options\.log/],
    [{ cacheFolder: 5 }, /options\.cacheFolder/],
    [{ folder: '/x' }, /options\.folder/],
  ] as const) {
    t.throws(() => checkPullOptions(options), { instanceOf: TypeError, message });
  }
});
