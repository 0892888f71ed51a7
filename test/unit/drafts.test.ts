/** Drafts: files under a passing name, and what becomes of them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { nameDraft, settleDraft } from '../../lib/drafts.js';
import { writeWhole, writeWholeBy } from '../../lib/files.js';
import { temporaryFolder } from '../helpers/drawn-set.js';

const CHILD = path.join(__dirname, '../helpers/draft-child.cjs');
const { folder, remove } = temporaryFolder();
test.after.always(remove);

function place(name: string): string {
  mkdirSync(path.join(folder, name));
  return path.join(folder, name);
}

/** Writes the half of a file in a process of its own, which ends as `end` says; with 'stay' it is ended by a signal. */
async function half(end: string, file: string, signal?: NodeJS.Signals): Promise<void> {
  const child = spawn(process.execPath, [CHILD, end, file], { stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = once(child, 'exit');
  await once(child.stdout, 'data');
  if (signal !== undefined) child.kill(signal);
  await ended;
}

for (const end of ['exit', 'throw', 'reject', 'worker-exit', 'worker-throw']) {
  test(`a thread that ends by ${end} in the middle of a file leaves nothing`, async (t) => {
    const inside = place(end);
    await half(end, path.join(inside, 'file'));
    t.deepEqual(readdirSync(inside), []);
  });
}

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  test(`what a process ended by ${signal} has left is swept by the next that writes there`, async (t) => {
    const inside = place(signal);
    await half('stay', path.join(inside, 'file'), signal);
    t.is(readdirSync(inside).length, 1, 'a signal without a listener leaves the draft');
    await writeWhole(path.join(inside, 'next'), 'whole');
    t.deepEqual(readdirSync(inside), ['next']);
  });
}

test('drafts of a process that is alive stay, and those of another machine until they are a day old', async (t) => {
  const inside = place('others');
  const own = path.basename(nameDraft(path.join(inside, 'file')));
  settleDraft(path.join(inside, own));
  const [, where = ''] = /^\.dinomaly-(.*)-\d+-[0-9a-f]+\.tmp$/.exec(own) ?? [];
  const gone = 2 ** 22 + 1; // above the largest process id
  const stay = [
    `.dinomaly-${where}-${process.pid}-0123456789ab.tmp`,
    `.dinomaly-${where}-1-0123456789ab.tmp`,
    `.dinomaly-00000000-1-${gone}-0123456789ab.tmp`,
    `.dinomaly-${gone}-7.tmp`,
    '.dinomaly-notes.tmp',
    'data.tmp',
  ];
  const go = [
    `.dinomaly-${where}-${gone}-0123456789ab.tmp`,
    `.dinomaly-00000000-1-${gone}-0123456789cd.tmp`,
    `.dinomaly-${gone}-8.tmp`,
  ];
  for (const name of [...stay, ...go]) writeFileSync(path.join(inside, name), '');
  const yesterday = Date.now() / 1000 - 25 * 60 * 60;
  for (const name of [...go.slice(1), '.dinomaly-notes.tmp', 'data.tmp']) {
    utimesSync(path.join(inside, name), yesterday, yesterday);
  }
  await writeWhole(path.join(inside, 'file'), 'x');
  t.deepEqual(readdirSync(inside).sort(), [...stay, 'file'].sort());
});

test.serial('a listener of the end is there only while files are written', async (t) => {
  const file = path.join(place('listener'), 'file');
  const before = process.listenerCount('exit');
  const during: number[] = [];
  const write = async (): Promise<void> => {
    during.push(process.listenerCount('exit') - before);
  };
  await Promise.all([writeWholeBy(file, write), writeWholeBy(`${file}2`, write)]);
  await t.throwsAsync(writeWholeBy(file, () => Promise.reject(new Error('no'))));
  t.deepEqual(during, [1, 1]);
  t.is(process.listenerCount('exit'), before);
  t.is(readFileSync(file, 'utf8'), '');
});
