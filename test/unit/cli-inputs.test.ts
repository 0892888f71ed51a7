/** Which pictures the arguments of a command name. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { expandGlob, isGlob } from '../../lib/cli/glob.js';
import { listPictures, OutputFolders } from '../../lib/cli/inputs.js';
import { Folders } from '../../lib/datasets/files.js';
import { temporaryFolder } from '../helpers/drawn-set.js';

const { folder, remove } = temporaryFolder();
test.before(() => {
  for (const file of [
    'a1.png',
    'a2.jpg',
    'b1.png',
    'notes.txt',
    '.hidden.png',
    'in/a1.png',
    'in/deep/c(1).png',
    'x[1].png',
  ]) {
    mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(folder, file), 'x');
  }
  symlinkSync(folder, path.join(folder, 'in/loop'));
});
test.after.always(remove);

const inside = (files: readonly string[]): string[] => files.map((file) => path.relative(folder, file)).sort();
const glob = async (pattern: string): Promise<string[]> =>
  inside(await expandGlob(path.join(folder, pattern), new Folders()));

test('patterns know stars, question marks, sets and braces, and leave hidden files alone', async (t) => {
  t.deepEqual(await glob('*.png'), ['a1.png', 'b1.png', 'x[1].png']);
  t.deepEqual(await glob('a?.*'), ['a1.png', 'a2.jpg']);
  t.deepEqual(await glob('[a-a]1.png'), ['a1.png']);
  t.deepEqual(await glob('[!a]1.png'), ['b1.png']);
  t.deepEqual(await glob('{a1,b1}.{png,jpg}'), ['a1.png', 'b1.png']);
  t.deepEqual(await glob('in/deep/c(1).*'), ['in/deep/c(1).png']);
  t.deepEqual(await glob('*.bmp'), []);
  t.false(isGlob('c(1).png'));
});

test('a folder is read with all below it, once where a link leads back to it, and files that are no pictures are left out', async (t) => {
  const found = await listPictures([folder], await OutputFolders.of([]));
  t.deepEqual(inside(found), ['a1.png', 'a2.jpg', 'b1.png', 'in/a1.png', 'in/deep/c(1).png', 'x[1].png']);
});

test('a file whose name looks like a pattern is that file, and a missing file stays in the list', async (t) => {
  const odd = path.join(folder, 'x[1].png');
  const gone = path.join(folder, 'gone.png');
  t.deepEqual(await listPictures([odd, gone], await OutputFolders.of([])), [odd, gone]);
});

test('folders of outputs are left out where they are below, and refused where they are named', async (t) => {
  const outputs = await OutputFolders.of([path.join(folder, 'in'), undefined]);
  t.deepEqual(inside(await listPictures([folder], outputs)), ['a1.png', 'a2.jpg', 'b1.png', 'x[1].png']);
  await t.throwsAsync(listPictures([path.join(folder, 'in/deep')], outputs), {
    instanceOf: RangeError,
    message: /^Expected a folder apart from the pictures/,
  });
});
