/** The one message grammar of argument errors. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import test from 'ava';
import {
  checkArray,
  checkBoolean,
  checkExtent,
  checkFunction,
  checkInteger,
  checkNumber,
  checkOneOf,
  checkOptions,
  checkPath,
  checkSignal,
  checkString,
  isRecord,
  nearest,
} from '../../lib/check.js';

type Refusal = readonly [title: string, run: () => unknown, kind: new () => Error, message: string];

const expected = (what: string, received: string): string => `Expected ${what} for options.x but received ${received}`;

const refusals: readonly Refusal[] = [
  ['text for a number', () => checkNumber('3', 'options.x'), TypeError, expected('a number', "'3' of type string")],
  ['NaN', () => checkNumber(Number.NaN, 'options.x'), RangeError, expected('a number', 'NaN of type number')],
  [
    'a number below its range',
    () => checkNumber(-1, 'options.x', { min: 0, max: 1 }),
    RangeError,
    expected('a number between 0 and 1', '-1 of type number'),
  ],
  [
    'the open end of a range',
    () => checkNumber(0, 'options.x', { min: 0, above: true }),
    RangeError,
    expected('a number above 0', '0 of type number'),
  ],
  [
    'a number above its range',
    () => checkNumber(2, 'options.x', { max: 1 }),
    RangeError,
    expected('a number of at most 1', '2 of type number'),
  ],
  ['a fraction for an integer', () => checkInteger(1.5, 'options.x'), RangeError, expected('an integer', '1.5 of type number')],
  ['a bigint for an integer', () => checkInteger(1n, 'options.x'), TypeError, expected('an integer', '1n of type bigint')],
  ['null', () => checkInteger(null, 'options.x'), TypeError, expected('an integer', 'null of type null')],
  ['a number for a boolean', () => checkBoolean(1, 'options.x'), TypeError, expected('a boolean', '1 of type number')],
  ['an empty string', () => checkString('', 'options.x'), RangeError, expected('a non-empty string', "'' of type string")],
  ['a map for a string', () => checkString(new Map(), 'options.x'), TypeError, expected('a non-empty string', 'Map(0) {} of type Map')],
  [
    'a web URL for a path',
    () => checkPath(new URL('https://example.org/a'), 'options.x'),
    RangeError,
    expected('a path or a file: URL', "'https://example.org/a' of type string"),
  ],
  ['a number for a path', () => checkPath(7, 'options.x'), TypeError, expected('a path or a file: URL', '7 of type number')],
  ['an unknown word', () => checkOneOf('c', 'options.x', ['a', 'b']), RangeError, expected("one of 'a', 'b'", "'c' of type string")],
  ['no word', () => checkOneOf(0, 'options.x', ['a', 'b']), TypeError, expected("one of 'a', 'b'", '0 of type number')],
  ['text for a function', () => checkFunction('f', 'options.x'), TypeError, expected('a function', "'f' of type string")],
  [
    'an object for a signal',
    () => checkSignal({ aborted: false }, 'options.x'),
    TypeError,
    expected('an AbortSignal', '{ aborted: false } of type object'),
  ],
  ['an object for an array', () => checkArray({}, 'options.x', String), TypeError, expected('an array', '{} of type object')],
  [
    'three sides',
    () => checkExtent([1, 2, 3], 'options.x'),
    RangeError,
    expected('an integer or [height, width]', '[ 1, 2, 3 ] of type array'),
  ],
  [
    'an array for options',
    () => checkOptions([], 'options.x', ['a']),
    TypeError,
    expected('a plain object', '[] of type array'),
  ],
  [
    'a class instance for options',
    () => checkOptions(new Date(0), 'options.x', ['a']),
    TypeError,
    expected('a plain object', '1970-01-01T00:00:00.000Z of type Date'),
  ],
];

for (const [title, run, kind, message] of refusals) {
  test(`${title} is refused as ${kind.name}, naming what, where and which`, (t) => {
    t.is(t.throws(run, { instanceOf: kind })?.message, message);
  });
}

test('an item at fault is named by its index', (t) => {
  t.throws(() => checkArray([1, 'two'], 'options.list', checkInteger), {
    message: "Expected an integer for options.list[1] but received 'two' of type string",
  });
  t.throws(() => checkExtent([8, 0], 'options.size'), { message: /for options\.size\[1\] but received 0/ });
});

test('an unknown option names the nearest known one, or all when none is near', (t) => {
  const known = ['batchSize', 'iterations', 'signal'];
  t.throws(() => checkOptions({ batchsize: 4 }, 'options', known), {
    instanceOf: TypeError,
    message: 'Expected a known option (did you mean batchSize?) for options.batchsize but received 4 of type number',
  });
  t.throws(() => checkOptions({ zzzzzzzzzz: 4 }, 'options', known), { message: /one of batchSize, iterations, signal/ });
});

test('a long value is cut in the message', (t) => {
  const error = t.throws(() => checkNumber('x'.repeat(10_000), 'options.x'));
  t.true((error?.message.length ?? 0) < 250);
});

test('nearest is undefined for a name far from all', (t) => {
  t.is(nearest('iteration', ['iterations', 'seed']), 'iterations');
  t.is(nearest('SEED', ['iterations', 'seed']), 'seed');
  t.is(nearest('quantum', ['iterations', 'seed']), undefined);
});

test('a plain object is one without a class, also without a prototype', (t) => {
  t.true(isRecord({}));
  t.true(isRecord(Object.create(null)));
  t.false(isRecord([]));
  t.false(isRecord(new URL('file:///a')));
  t.false(isRecord(null));
});

test('paths become absolute, file: URLs too', (t) => {
  t.is(checkPath('a/b', 'path'), path.resolve('a/b'));
  t.is(checkPath(pathToFileURL('/a b/ä'), 'path'), '/a b/ä');
});

test('one number is a square', (t) => {
  t.deepEqual([...checkExtent(8, 'options.size')], [8, 8]);
  t.deepEqual([...checkExtent([8, 9], 'options.size')], [8, 9]);
});
