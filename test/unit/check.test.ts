/** The one message grammar and the kinds of value it speaks of. */
import test from 'ava';
import {
  checkExtent,
  checkInteger,
  checkNumber,
  checkOneOf,
  checkOptions,
  checkPath,
  isRecord,
  isUsageError,
} from '../../lib/check.js';

test('a wrong kind is a TypeError that names what, path, value and type', (t) => {
  const cases: [value: unknown, shown: string][] = [
    ['7', "'7' of type string"],
    [null, 'null of type null'],
    [[7], '[ 7 ] of type array'],
    [new Date(0), '1970-01-01T00:00:00.000Z of type Date'],
    [undefined, 'undefined of type undefined'],
  ];
  for (const [value, shown] of cases) {
    t.throws(() => checkInteger(value, 'options.seed', { min: 0 }), {
      instanceOf: TypeError,
      message: `Expected an integer of at least 0 for options.seed but received ${shown}`,
    });
  }
});

test('a value out of range is a RangeError that names the range', (t) => {
  const range = { min: 0, max: 1 };
  t.throws(() => checkNumber(2, 'o.x', range), {
    instanceOf: RangeError,
    message: 'Expected a number between 0 and 1 for o.x but received 2 of type number',
  });
  t.throws(() => checkNumber(0, 'o.x', { min: 0, above: true }), { instanceOf: RangeError, message: /above 0/ });
  t.throws(() => checkNumber(Number.NaN, 'o.x'), { instanceOf: RangeError });
  t.throws(() => checkNumber(Number.POSITIVE_INFINITY, 'o.x'), { instanceOf: RangeError });
  t.is(checkNumber(1, 'o.x', range), 1);
});

test('an unknown key is refused with the nearest one, or with all when none is near', (t) => {
  t.throws(() => checkOptions({ batchsize: 3 }, 'options', ['batchSize', 'signal']), {
    instanceOf: TypeError,
    message: 'options.batchsize: there is no such option. Did you mean batchSize?',
  });
  t.throws(() => checkOptions({ zzzzzz: 3 }, 'options', ['batchSize', 'signal']), {
    message: /one of batchSize, signal/,
  });
});

test('a word that is nearly a known one is refused with that one first, and with the others where they are few', (t) => {
  const attention = (value: unknown) => () => checkOneOf(value, 'options.attention', ['linear', 'softmax']);
  t.throws(attention('sotfmax'), {
    instanceOf: RangeError,
    message:
      "options.attention sotfmax: there is no such attention. Did you mean softmax? It can be 'linear', 'softmax'.",
  });
  t.throws(attention('flash'), { message: /^Expected one of 'linear', 'softmax' for options\.attention but received/ });
  const many = Array.from({ length: 20 }, (_, at) => `word_${at}_more`);
  t.throws(() => checkOneOf('wrod_7_more', 'options.encoder', many), {
    message: /encoder\. Did you mean word_7_more\?$/,
  });
  for (const wrong of ['sotfmax', 'flash', 7]) t.true(isUsageError(t.throws(attention(wrong))));
  t.false(isUsageError(new TypeError('x is not a function')));
});

test('options may be left out, and must otherwise be a plain object', (t) => {
  t.deepEqual(checkOptions(undefined, 'options', ['a']), {});
  for (const value of [null, 3, 'a', [], new Map(), () => 0]) {
    t.throws(() => checkOptions(value, 'options', ['a']), { instanceOf: TypeError, message: /a plain object/ });
  }
  t.true(isRecord(Object.create(null)));
});

test('an extent is a side or [height, width]', (t) => {
  t.deepEqual(checkExtent(5, 'o.size'), [5, 5]);
  t.deepEqual(checkExtent([5, 6], 'o.size'), [5, 6]);
  t.throws(() => checkExtent([5], 'o.size'), { instanceOf: RangeError });
  t.throws(() => checkExtent([5, '6'], 'o.size'), { instanceOf: TypeError, message: /o\.size\[1\]/ });
  t.throws(() => checkExtent('5', 'o.size'), { instanceOf: TypeError, message: /\[height, width\]/ });
  t.throws(() => checkExtent(0, 'o.size'), { instanceOf: RangeError });
});

test('a word is one of the few, and a path is a string or a file: URL', (t) => {
  t.throws(() => checkOneOf('most', 'o.rule', ['any', 'half']), { instanceOf: RangeError, message: /'any', 'half'/ });
  t.throws(() => checkOneOf(1, 'o.rule', ['any', 'half']), { instanceOf: TypeError });
  t.is(checkPath(new URL('file:///a/b%20c'), 'path'), '/a/b c');
  t.throws(() => checkPath(new URL('https://a.example/b'), 'path'), { instanceOf: RangeError, message: /https/ });
  t.throws(() => checkPath('', 'path'), { instanceOf: RangeError });
  for (const url of ['file://elsewhere/a', 'file:///a%2fb']) {
    t.throws(() => checkPath(new URL(url), 'path'), { instanceOf: RangeError, message: /^Expected .* for path / });
  }
});

test('a long value is cut in the message', (t) => {
  const error = t.throws(() => checkInteger('x'.repeat(10_000), 'o.seed'));
  t.true((error?.message.length ?? 1000) < 300);
});

test('a message is one line, whatever the value', (t) => {
  for (const value of [new Float32Array(100), { a: [1, 2, 3], b: { c: new Uint8Array(9) } }]) {
    t.notRegex(t.throws(() => checkInteger(value, 'o.seed'))?.message ?? '\n', /\n/);
  }
});
