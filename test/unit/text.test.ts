/** Names that others chose, as they are shown; values that are too long to be. */
import test from 'ava';
import { checkOneOf, checkOptions } from '../../lib/check.js';
import { DinomalyError, formatTable } from '../../lib/index.js';
import { shorten, visible, visibleLines } from '../../lib/text.js';
import { madeEvaluation } from '../helpers/evaluation.js';

test('what a terminal obeys, ends a line or turns the writing is written out; all else stays', (t) => {
  t.is(
    visible('a\u001b[2Jb\rc\nd\u007f\u009b\u202ee\u2066\u2028'),
    'a\\u001b[2Jb\\u000dc\\nd\\u007f\\u009b\\u202ee\\u2066\\u2028',
  );
  for (const plain of ['Schraube Größe 3.png', '部品', '😀', 'a\\b', '']) t.is(visible(plain), plain);
});

test('JSON is the same JSON when it is made visible', (t) => {
  const value = { path: 'a\u001b\n\u009b\u202e.png', score: 1 };
  for (const indent of [undefined, 2]) {
    const text = visibleLines(JSON.stringify(value, null, indent));
    t.deepEqual(JSON.parse(text), value);
    t.notRegex(text, /[^\n -~]/);
  }
});

test('a word of a megabyte becomes 80 characters, in whatever message it stands', (t) => {
  const long = 'x'.repeat(2 ** 20);
  t.is(shorten(long).length, 80);
  const messages = [
    t.throws(() => checkOneOf(long, 'options.loss', ['loose']))?.message,
    t.throws(() => checkOptions({ [long]: 1 }, 'options', ['loss']))?.message,
    new DinomalyError('FILE_READ', `Cannot read /data/${long}/a.png: ENAMETOOLONG`).message,
  ];
  for (const message of messages) {
    t.true(message !== undefined && message.length < 300, `${message?.length}`);
    t.regex(message ?? '', /x…/);
  }
  t.regex(messages[2] ?? '', /^Cannot read \/data\/x+…x+\/a\.png: ENAMETOOLONG$/);
});

test('a message of many words loses its middle; one of a usual length stays as it is', (t) => {
  const short = shorten('word '.repeat(100_000));
  t.true(short.length < 4100 && short.includes('…'));
  const path = `Cannot read ${'/folder with a name'.repeat(40)}.png`;
  t.is(shorten(path), path);
});

test('the table shows the name of a class on one line, without what a terminal obeys', (t) => {
  const text = formatTable(madeEvaluation([{ name: 'nut\u001b[31m\nmean 100', normal: 2, anomalous: 2 }]));
  t.false(text.includes('\u001b'));
  t.regex(text, /^nut\\u001b\[31m\\nmean 100 /m);
});
