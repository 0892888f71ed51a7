/** Pulls that must not succeed: files that are not the published ones, servers that say no, full disks. */
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { assertWhole, bench, CONTENT, failure } from '../helpers/pull-bench.js';
import { sha256 } from '../helpers/weights-server.js';

test('a wrong checksum is WEIGHTS_CHECKSUM, and nothing of the file stays', async (t) => {
  const on = await bench(t);
  for (const other of [
    { sha256: '0'.repeat(64) },
    { sha256: null, url: on.server.url.replace('.pth', '-0badc0de.pth') },
  ]) {
    const message = await failure(t, 'WEIGHTS_CHECKSUM', on.pull({}, other));
    t.true(message.includes(sha256(CONTENT)));
    t.regex(message, /What came was removed/);
    t.deepEqual(readdirSync(on.folder), []);
  }
  const named = on.server.url.replace('.pth', `-${sha256(CONTENT).slice(0, 8)}.pth`);
  await on.pull({}, { sha256: null, url: named });
  assertWhole(t, on);
});

test('another size than was published is WEIGHTS_CHECKSUM before the body is read', async (t) => {
  const on = await bench(t);
  const seen: number[] = [];
  const run = on.pull({ onProgress: ({ received }) => seen.push(received) }, { bytes: 5 });
  t.regex(await failure(t, 'WEIGHTS_CHECKSUM', run), /has 3145728 bytes where 5 were published/);
  t.deepEqual(seen, []);
  t.deepEqual(readdirSync(on.folder), []);
});

test('verify compares what is there, and sets aside what is wrong', async (t) => {
  for (const known of [true, false]) {
    const on = await bench(t, known);
    await on.pull();
    await on.pull({ verify: true });
    t.regex(on.lines.at(-1) ?? '', /has the sha256 .* as it should/);
    writeFileSync(on.file, 'damaged');
    t.regex(
      await failure(t, 'WEIGHTS_CHECKSUM', on.pull({ verify: true })),
      /set aside as .*net\.pth\.bad; pull again/,
    );
    t.false(existsSync(on.file));
  }
  const on = await bench(t, false);
  mkdirSync(on.folder, { recursive: true });
  writeFileSync(on.file, 'put there by hand');
  await on.pull({ verify: true });
  t.regex(on.lines.at(-1) ?? '', /nothing to compare/);
  await on.pull({ verify: true });
  t.regex(on.lines.at(-1) ?? '', /as it should/);
});

test('a server that says no is not asked again, and the message tells each way out', async (t) => {
  for (const [status, words] of [
    [403, /refuses it \(403\): gated, or blocked/],
    [404, /does not have it \(404\)/],
    [451, /answered 451/],
    [204, /answered 204/],
  ] as const) {
    const on = await bench(t);
    on.server.misbehave = (_request, response) => !!response.writeHead(status).end();
    const message = await failure(t, 'WEIGHTS_DOWNLOAD', on.pull());
    t.regex(message, words);
    for (const part of [on.server.url, on.file, '--weights FILE', 'HTTPS_PROXY']) t.true(message.includes(part), part);
    t.is(on.server.asked.length, 1);
    t.deepEqual(readdirSync(on.folder), []);
  }
});

test('a server in trouble is asked again, as long after as it wants, and not for ever', async (t) => {
  const on = await bench(t);
  on.server.misbehave = (_request, response) => {
    const status = [503, 429, 500][on.server.asked.length - 1];
    if (status !== undefined) response.writeHead(status, { 'retry-after': '0' }).end();
    return status !== undefined;
  };
  await on.pull();
  assertWhole(t, on);
  t.is(on.server.asked.length, 4);
  t.regex(on.lines.join('\n'), /answered 503; again in 0\.0 s\n.*answered 429/);
  const down = await bench(t);
  down.server.misbehave = (_request, response) => !!response.writeHead(502).end();
  t.regex(await failure(t, 'WEIGHTS_DOWNLOAD', down.pull()), /answered 502/);
  t.is(down.server.asked.length, 4);
});

test('a page, an error document and a short answer are no weights', async (t) => {
  for (const [type, body, words] of [
    ['text/html; charset=utf-8', '<html>please log in</html>', /a web page, no weights file: a page of a login/],
    ['application/octet-stream', '<?xml version="1.0"?><Error/>', /begins with '<\?xml ver'/],
    ['application/octet-stream', '{"a":1}', /begins with '\{"a":1\}'/],
    ['application/octet-stream', '', /begins with ''/],
  ] as const) {
    const on = await bench(t, false);
    on.server.misbehave = (_request, response) => !!response.writeHead(200, { 'content-type': type }).end(body);
    t.regex(await failure(t, 'WEIGHTS_DOWNLOAD', on.pull()), words);
    t.deepEqual(readdirSync(on.folder), [], 'nothing of it stays');
  }
});

test('an encoded body is refused: its bytes are not those that were published', async (t) => {
  const on = await bench(t);
  on.server.misbehave = (_request, response) => !!response.writeHead(200, { 'content-encoding': 'gzip' }).end('x');
  t.regex(await failure(t, 'WEIGHTS_DOWNLOAD', on.pull()), /encodes the file on the way \(gzip\)/);
});

test('a full disk is FILE_WRITE and says so', async (t) => {
  const on = await bench(t);
  // All that is written there fails as on a full disk.
  mkdirSync(`${on.file}.part`, { recursive: true });
  symlinkSync('/dev/full', path.join(`${on.file}.part`, 'data'));
  t.regex(await failure(t, 'FILE_WRITE', on.pull()), /the disk is full.*XDG_CACHE_HOME/);
  t.false(existsSync(on.file));
});

test('a file larger than the free space is refused before it comes', async (t) => {
  const on = await bench(t, false);
  on.server.misbehave = (_request, response) => {
    response.writeHead(200, { 'content-length': 2 ** 52 });
    response.write('PK\x03\x04 and so on');
    return true;
  };
  t.regex(await failure(t, 'FILE_WRITE', on.pull()), /needs 4294967296 MiB more, and the disk has \d+/);
});

test('a cache folder that cannot be is FILE_WRITE', async (t) => {
  const on = await bench(t);
  writeFileSync(`${path.dirname(on.folder)}/a-file`, '');
  await failure(t, 'FILE_WRITE', on.pull({ folder: path.join(on.folder, '../a-file/weights') }));
});

test('a publisher without a link: where to get what, and where to put it', async (t) => {
  const on = await bench(t);
  const note = 'after accepting the licence at https://example.org: net.pth';
  const message = await failure(t, 'WEIGHTS_DOWNLOAD', on.pull({}, { url: null, note, licence: 'Their own' }));
  for (const part of [note, 'Their own', on.file, '--weights FILE']) t.true(message.includes(part), part);
});
