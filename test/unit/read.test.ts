/** Files in: only regular ones, within a bound, and the end of a signal is the end of the reading. */
import { existsSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { readCsv, readJsonLines } from '../../lib/datasets/table.js';
import { verifyImages } from '../../lib/datasets/verify.js';
import { decodeImage, imageSize } from '../../lib/image.js';
import { openDataset } from '../../lib/index.js';
import { hashFile, readBytes, readHead, readPieces, readText, readTextSync } from '../../lib/read.js';
import { temporaryFolder } from '../helpers/drawn-set.js';
import { oddFiles } from '../helpers/odd-files.js';

const { folder, remove } = temporaryFolder();
let odd: Awaited<ReturnType<typeof oddFiles>> = [];
test.before(async () => {
  odd = await oddFiles(folder);
});
test.after.always(remove);

async function drain(rows: AsyncIterable<unknown>): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const row of rows) all.push(row);
  return all;
}

const COLUMNS = { required: ['path'], optional: [] } as const;
const READERS: Readonly<Record<string, (file: string) => Promise<unknown>>> = {
  'a file that is read whole': (file) => readBytes(file),
  'the start of a file': (file) => readHead(file, 10),
  'a file that is read piece by piece': (file) => drain(readPieces(file)),
  'a file that is hashed': (file) => hashFile(file),
  'a text that is read at once': async (file) => readTextSync(file),
  'a picture': (file) => decodeImage(file),
  'the header of a picture': (file) => imageSize(file),
  'a picture of a dataset': (path) =>
    verifyImages([{ path, className: 'a', label: 0, defect: 'good', split: 'train' }]),
  'a table of CSV': (file) => drain(readCsv(file, COLUMNS)),
  'a table of JSON lines': (file) => drain(readJsonLines(file, COLUMNS)),
};

for (const [what, read] of Object.entries(READERS)) {
  test(`${what} is no pipe, socket, device or folder, and none is waited for`, async (t) => {
    for (const [words, file] of odd) {
      const error = await t.throwsAsync(read(file), { code: 'FILE_READ', message: words }, file);
      t.true(error?.message.includes(file));
    }
  });
}

test('pipes that nobody writes to keep no other picture from being decoded', async (t) => {
  const [, pipe = ''] = odd[0] ?? [];
  const stuck = Array.from({ length: 40 }, () => decodeImage(pipe));
  const pixel = { data: Buffer.from([1, 2, 3]), info: { width: 1, height: 1, channels: 3 } };
  t.deepEqual([...(await decodeImage(pixel)).data], [1, 2, 3]);
  const ends = await Promise.allSettled(stuck);
  t.true(ends.every(({ status }) => status === 'rejected'));
});

test('a pipe is no dataset, and a list of Real-IAD without bound is refused by its length', async (t) => {
  const [, pipe = ''] = odd[0] ?? [];
  await t.throwsAsync(openDataset(pipe), { code: 'DATASET_LAYOUT', message: /is not a dataset/ });
  const root = path.join(folder, 'real-iad');
  for (const name of ['realiad_jsons', 'realiad_1024/nut']) mkdirSync(path.join(root, name), { recursive: true });
  const list = path.join(root, 'realiad_jsons/nut.json');
  writeFileSync(list, '{"train": [], "test": []}');
  truncateSync(list, 2 ** 29);
  await t.throwsAsync(openDataset(root), {
    code: 'FILE_READ',
    message: /nut\.json: it has more than the 268435456 bytes/,
  });
});

test('a file of more bytes than the bound is refused before and while it is read', async (t) => {
  const file = path.join(folder, 'long.txt');
  writeFileSync(file, 'x'.repeat(100));
  const options = { what: 'the list', limit: 99, remedy: 'cut it' };
  const message = `Cannot read the list ${file}: it has more than the 99 bytes that are read; cut it`;
  await t.throwsAsync(readBytes(file, options), { code: 'FILE_READ', message });
  await t.throwsAsync(drain(readPieces(file, options)), { code: 'FILE_READ', message });
  t.is((await readBytes(file, { limit: 100 })).length, 100);
  // Its size is 0, whatever it holds.
  await t.throwsAsync(readBytes('/proc/self/maps', { limit: 200 }), { code: 'FILE_READ', message: /200 bytes/ });
});

test('a picture file that no picture within pixelLimit needs is refused by its length', async (t) => {
  const file = path.join(folder, 'sparse.png');
  writeFileSync(file, '');
  truncateSync(file, 2 ** 24 + 1601);
  const message = /sparse\.png: it has more than the 16778816 bytes that are read; raise the option pixelLimit/;
  await t.throwsAsync(decodeImage(file, { pixelLimit: 100 }), { code: 'FILE_READ', message });
  await t.throwsAsync(imageSize(file, { pixelLimit: 100 }), { code: 'FILE_READ', message });
});

test('files in /proc, whose size is 0, are read to their end', async (t) => {
  t.regex(await readText('/proc/self/maps'), /\n.*\n$/);
  t.true((await readBytes('/proc/self/maps')).length > 4097);
});

test('a file of several pieces comes whole, and its hash is that of all of it', async (t) => {
  const file = path.join(folder, 'pieces');
  const bytes = Buffer.alloc(3 * 2 ** 19 + 5, 'dinomaly');
  writeFileSync(file, bytes);
  t.true(bytes.equals(await readBytes(file)));
  const pieces = (await drain(readPieces(file))) as Buffer[];
  t.is(pieces.length, 4);
  t.true(bytes.equals(Buffer.concat(pieces)));
  t.is((await readHead(file, 7)).toString(), 'dinomal');
  writeFileSync(file, 'abc');
  t.is(await hashFile(file), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

test('an abort ends the reading between two pieces with its reason', async (t) => {
  const file = path.join(folder, 'aborted');
  writeFileSync(file, Buffer.alloc(2 ** 21));
  const reason = new Error('enough');
  const picture = (path: string, options: { signal: AbortSignal }) => decodeImage(path, options);
  for (const read of [readBytes, hashFile, picture, imageSize]) {
    t.is(await t.throwsAsync(read(file, { signal: AbortSignal.abort(reason) })), reason);
    const controller = new AbortController();
    const reading = read(file, { signal: controller.signal });
    controller.abort(reason);
    t.is(await t.throwsAsync(reading), reason);
  }
});

test('a letter that lies across two pieces of a table is whole', async (t) => {
  const file = path.join(folder, 'letters.jsonl');
  const line = (letter: string, count: number): string => `${JSON.stringify({ path: letter.repeat(count) })}\n`;
  // Two bytes each: one of them ends the first piece.
  writeFileSync(file, line('a', 2 ** 18) + line('ä', 2 ** 17 + 1) + line('ä', 2 ** 17));
  const rows = (await drain(readJsonLines(file, COLUMNS))) as { cells: { path: string } }[];
  t.deepEqual(
    rows.map(({ cells }) => new Set(cells.path).size),
    [1, 1, 1],
  );
});

test('a file that is not there is named with the cause', async (t) => {
  const file = path.join(folder, 'absent');
  t.false(existsSync(file));
  await t.throwsAsync(readText(file), { code: 'FILE_READ', message: /^Cannot read .*absent: ENOENT/ });
  await t.throwsAsync(hashFile(file, { what: 'the weights file' }), {
    message: /^Cannot read the weights file .*ENOENT/,
  });
});
