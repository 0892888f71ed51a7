/** Files that are whole or not there. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { writeOutput } from '../../lib/cli/output.js';
import { makeFolder, writeWhole } from '../../lib/files.js';
import { temporaryFolder } from '../helpers/drawn-set.js';

const { folder, remove } = temporaryFolder();
test.after.always(remove);

function place(name: string): string {
  mkdirSync(path.join(folder, name));
  return path.join(folder, name);
}

test('text, bytes and pieces of both are written one after the other', async (t) => {
  const file = path.join(place('kinds'), 'file');
  for (const content of ['abc', Buffer.from('abc'), ['a', Buffer.from('b'), 'c']]) {
    await writeWhole(file, content);
    t.is(readFileSync(file, 'utf8'), 'abc');
  }
  t.deepEqual(readdirSync(path.dirname(file)), ['file']);
});

test('content that fails half way leaves the previous file, and nothing beside it', async (t) => {
  const file = path.join(place('half'), 'file');
  await writeWhole(file, 'before');
  const failing = function* (): Generator<string> {
    yield 'after';
    throw new Error('no more');
  };
  await t.throwsAsync(writeWhole(file, failing()), { code: 'FILE_WRITE', message: /half.file: no more/ });
  t.is(readFileSync(file, 'utf8'), 'before');
  t.deepEqual(readdirSync(path.dirname(file)), ['file']);
});

test('a replaced file keeps its permissions, and a link stays one', async (t) => {
  const inside = place('links');
  const file = path.join(inside, 'file');
  await writeWhole(file, 'old');
  chmodSync(file, 0o640);
  symlinkSync('file', path.join(inside, 'link'));
  await writeWhole(path.join(inside, 'link'), 'new');
  t.is(readFileSync(file, 'utf8'), 'new');
  t.is(statSync(file).mode & 0o777, 0o640);
  t.true(lstatSync(path.join(inside, 'link')).isSymbolicLink());
});

test('a name may be as long as the file system allows', async (t) => {
  const file = path.join(place('long'), 'x'.repeat(255));
  await writeWhole(file, 'long');
  t.true(existsSync(file));
});

test('what cannot be written is named with its remedy', async (t) => {
  const inside = place('refused');
  const refused: readonly (readonly [string, RegExp])[] = [
    [path.join(inside, 'missing', 'file'), /missing.file.*create its folder first/],
    [inside, /refused: it is a folder/],
    [path.join(inside, 'x'.repeat(256)), /xxx/],
  ];
  for (const [target, message] of refused) {
    await t.throwsAsync(writeWhole(target, ''), { code: 'FILE_WRITE', message });
  }
  await writeWhole(path.join(inside, 'file'), '');
  await t.throwsAsync(makeFolder(path.join(inside, 'file', 'deep')), { code: 'FILE_WRITE', message: /file.deep/ });
});

test('a pipe takes the output of a command as it comes, and a file is replaced whole', async (t) => {
  const inside = place('output');
  const pipe = path.join(inside, 'pipe');
  t.is(spawnSync('mkfifo', [pipe]).status, 0);
  const [text] = await Promise.all([readFile(pipe, 'utf8'), writeOutput(pipe, 'through')]);
  t.is(text, 'through');
  t.true(lstatSync(pipe).isFIFO());
  const file = path.join(inside, 'file');
  await writeFile(file, 'a longer text from before');
  await writeOutput(file, 'after');
  t.is(readFileSync(file, 'utf8'), 'after');
  t.deepEqual(readdirSync(inside).sort(), ['file', 'pipe']);
});
