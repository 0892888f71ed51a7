/** The files of a report: whole, together, or as they were; and what is in the tables. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { writeReport } from '../../lib/index.js';
import { writeTogether } from '../../lib/report/files.js';
import { shownPath } from '../../lib/report/paths.js';
import { temporaryFolder } from '../helpers/drawn-set.js';
import { MADE_PROVENANCE, madeEvaluation } from '../helpers/evaluation.js';
import { testWhere } from '../helpers/where.js';

const { folder, remove } = temporaryFolder();
test.after.always(remove);

const place = (name: string): string => path.join(folder, name);
const read = (...parts: string[]): string => readFileSync(path.join(...parts), 'utf8');

test('a report is a page, JSON and two tables in a folder that is made', async (t) => {
  const evaluation = madeEvaluation([{ name: 'a', normal: 2, anomalous: 3 }]);
  const files = await writeReport(path.join(place('new'), 'deep'), { evaluation, provenance: MADE_PROVENANCE });
  t.deepEqual(readdirSync(path.join(place('new'), 'deep')).sort(), [
    'classes.csv',
    'index.html',
    'metrics.json',
    'pictures.csv',
  ]);
  t.regex(read(files.page), /^<!DOCTYPE html>/);
  const json = JSON.parse(read(files.metrics)) as Record<string, unknown>;
  t.deepEqual(json, JSON.parse(JSON.stringify({ provenance: MADE_PROVENANCE, ...evaluation })));
});

test('what is undefined is an empty field in CSV and null in JSON', async (t) => {
  const evaluation = madeEvaluation([{ name: 'clean', normal: 2, anomalous: 0 }]);
  const files = await writeReport(place('gaps'), { evaluation });
  t.regex(read(files.classes).split('\r\n')[1] ?? '', /^clean,2,0,{8,}$/);
  const json = JSON.parse(read(files.metrics)) as { classes: Record<string, unknown>[]; provenance: unknown };
  t.is(json.classes[0]?.imageAuroc, null);
  t.is(json.provenance, null);
  t.regex(read(files.pictures).split('\r\n')[1] ?? '', /^clean,.*,0,good,0\.\d+,,,$/);
});

test('a name that a spreadsheet would run as a formula is text, and quotes and newlines are quoted', async (t) => {
  const made = madeEvaluation([
    { name: '=SUM(A1)', normal: 1, anomalous: 1 },
    { name: 'a,"b"\nc', normal: 1, anomalous: 1 },
  ]);
  const evaluation = { ...made, pictures: made.pictures.map((one) => ({ ...one, score: -one.score })) };
  const files = await writeReport(place('formula'), { evaluation });
  const text = read(files.classes);
  t.true(text.includes("\r\n'=SUM(A1),2,1,"));
  t.true(text.includes('\r\n"a,""b""\nc",2,1,'));
  t.regex(read(files.pictures), /,good,-0\.\d+,/, 'a negative number stays one');
});

test('paths in a table are told from the dataset, those outside it whole', async (t) => {
  t.is(shownPath('/data/a/test/1.png', '/data'), 'a/test/1.png');
  t.is(shownPath('/data/a/test/1.png', '/elsewhere'), '/data/a/test/1.png');
  t.is(shownPath('/database/1.png', '/data'), '/database/1.png');
  t.is(shownPath('b/1.png', null), 'b/1.png');
  const evaluation = madeEvaluation([{ name: 'a', normal: 1, anomalous: 1 }]);
  const files = await writeReport(place('paths'), { evaluation, provenance: MADE_PROVENANCE });
  t.regex(read(files.pictures), /^a,a\/test\/good\/0\.png,0,/m);
});

test('a file whose content fails leaves the files as they were, and nothing besides', async (t) => {
  const target = place('kept');
  await writeTogether(target, [
    { name: 'a', text: 'old a' },
    { name: 'b', text: 'old b' },
  ]);
  const failing = function* (): Generator<string> {
    yield 'new';
    throw new Error('no more');
  };
  const write = writeTogether(target, [
    { name: 'a', text: 'new a' },
    { name: 'b', text: failing() },
  ]);
  await t.throwsAsync(write, { code: 'FILE_WRITE', message: /no more/ });
  t.deepEqual([read(target, 'a'), read(target, 'b')], ['old a', 'old b']);
  t.deepEqual(readdirSync(target).sort(), ['a', 'b']);
});

test('a file that cannot be replaced gives those before it their content back', async (t) => {
  const target = place('undone');
  await writeTogether(target, [{ name: 'a', text: 'old a' }]);
  // The name becomes a folder once all has been looked at: when its content is asked for.
  const late = function* (): Generator<string> {
    mkdirSync(path.join(target, 'c'));
    yield 'new c';
  };
  const write = writeTogether(target, [
    { name: 'a', text: 'new a' },
    { name: 'b', text: 'new b' },
    { name: 'c', text: late() },
  ]);
  await t.throwsAsync(write, { code: 'FILE_WRITE', message: /undone\/c/ });
  t.is(read(target, 'a'), 'old a');
  t.deepEqual(readdirSync(target).sort(), ['a', 'c']);
});

test('a folder that is a file, and a name that a folder has, are refused by name', async (t) => {
  const evaluation = madeEvaluation([{ name: 'a', normal: 1, anomalous: 1 }]);
  writeFileSync(place('file'), '');
  await t.throwsAsync(writeReport(place('file'), { evaluation }), { code: 'FILE_WRITE', message: /file/ });
  mkdirSync(path.join(place('taken'), 'index.html'), { recursive: true });
  await t.throwsAsync(writeReport(place('taken'), { evaluation }), { code: 'FILE_WRITE', message: /index\.html/ });
  t.deepEqual(readdirSync(place('taken')), ['index.html']);
});

testWhere(process.getuid?.() !== 0, 'a user other than root')('a read-only folder is refused', async (t) => {
  const evaluation = madeEvaluation([{ name: 'a', normal: 1, anomalous: 1 }]);
  mkdirSync(place('locked'));
  chmodSync(place('locked'), 0o500);
  await t.throwsAsync(writeReport(place('locked'), { evaluation }), { code: 'FILE_WRITE', message: /locked/ });
});

test('wrong options are refused by name', async (t) => {
  const evaluation = madeEvaluation([{ name: 'a', normal: 1, anomalous: 1 }]);
  const write = (options: object): Promise<unknown> => writeReport(place('never'), options as never);
  await t.throwsAsync(write({}), { instanceOf: TypeError, message: /options\.evaluation/ });
  await t.throwsAsync(write({ evaluation: { classes: [] } }), {
    instanceOf: TypeError,
    message: /options\.evaluation/,
  });
  await t.throwsAsync(write({ evaluation, galery: 1 }), { instanceOf: TypeError, message: /Did you mean gallery/ });
  await t.throwsAsync(write({ evaluation, gallery: {} }), { instanceOf: TypeError, message: /options\.gallery/ });
  await t.throwsAsync(write({ evaluation, provenance: {} }), { instanceOf: TypeError, message: /options\.provenance/ });
  await t.throwsAsync(write({ evaluation, title: '' }), { instanceOf: RangeError, message: /options\.title/ });
  await t.throwsAsync(writeReport(3 as never, { evaluation }), { instanceOf: TypeError, message: /folder/ });
});
