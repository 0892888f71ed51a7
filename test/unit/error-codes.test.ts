/** One table of error codes: what C++ and TypeScript throw, what the document says, and what tests provoke. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { ERROR_CODES } from '../../lib/errors.js';
import { DinomalyError } from '../../lib/index.js';

const ROOT = path.join(__dirname, '../..');
const CODES = Object.keys(ERROR_CODES);

interface Source {
  readonly name: string;
  readonly text: string;
}

/** Files below folders of the repository. */
function sources(folders: readonly string[], extension: RegExp): Source[] {
  return folders.flatMap((folder) =>
    readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => extension.test(name))
      .map((name) => ({
        name: path.join(folder, name),
        text: readFileSync(path.join(ROOT, folder, name), 'utf8').replaceAll(/\/\/.*$/gm, ''),
      })),
  );
}

const native = sources(['native/core', 'native/addon'], /\.(?:cpp|h)$/);
const library = sources(['lib'], /\.ts$/).filter(({ name }) => name !== 'lib/errors.ts');

/** Where C++ makes an error: from a code and a message. */
const NATIVE_ERRORS = [
  /\bError\(\s*"([^"]*)"/g,
  /\bErrorInfo \w+\{\s*"([^"]*)"/g,
  /\breturn \{\s*"([A-Z_]+)",/g,
  /\bSymptom\{"[^"]*",\s*"([^"]*)"/g,
];
/** Where TypeScript does; elsewhere the compiler refuses a code that is not in the table. */
const LIBRARY_ERRORS = /new DinomalyError\(\s*'([^']*)'/g;

function thrown(from: readonly Source[], patterns: readonly RegExp[]): Set<string> {
  return new Set(
    from.flatMap(({ text }) =>
      patterns.flatMap((pattern) => Array.from(text.matchAll(pattern), ([, code = '']) => code)),
    ),
  );
}

test('every code that C++ throws is in the table', (t) => {
  const found = thrown(native, NATIVE_ERRORS);
  t.deepEqual(
    [...found].filter((code) => !CODES.includes(code)),
    [],
  );
  // Of each pattern, so that one that matches nothing any more is seen.
  for (const code of ['FILE_READ', 'DISPOSED', 'OUT_OF_MEMORY', 'DEVICE_LOST', 'INTERNAL'])
    t.true(found.has(code), code);
});

test('every code of the table is thrown somewhere', (t) => {
  const found = new Set([...thrown(native, NATIVE_ERRORS), ...thrown(library, [LIBRARY_ERRORS])]);
  const named = (code: string): boolean => library.some(({ text }) => text.includes(`'${code}'`));
  t.deepEqual(
    CODES.filter((code) => !found.has(code) && !named(code)),
    [],
  );
});

test('every code of the table is provoked by a test', (t) => {
  const tests = [
    ...sources(['test'], /\.test\.ts$/).filter(({ name }) => name !== 'test/unit/error-codes.test.ts'),
    ...sources(['native/test'], /_test\.cpp$/),
  ];
  const asked = (code: string): RegExp => new RegExp(`['"]${code}\\b`);
  t.deepEqual(
    CODES.filter((code) => !tests.some(({ text }) => asked(code).test(text))),
    [],
  );
});

test('the codes stand in alphabetical order, each with a meaning and a remedy in one sentence or two', (t) => {
  t.deepEqual(CODES, [...CODES].sort());
  for (const [code, { meaning, remedy }] of Object.entries(ERROR_CODES)) {
    for (const line of [meaning, remedy]) t.regex(line, /^\S.*\.$/, code);
  }
});

test('docs/errors.md is what the table says (node scripts/error-codes.mjs writes it)', async (t) => {
  const { renderErrors } = await import('../../scripts/error-codes.mjs');
  t.is(readFileSync(path.join(ROOT, 'docs/errors.md'), 'utf8'), renderErrors(ERROR_CODES));
});

test('an error carries its code, its message and its cause', (t) => {
  const cause = new Error('below');
  const error = new DinomalyError('FILE_READ', 'a message', { cause });
  t.like(error, { name: 'DinomalyError', code: 'FILE_READ', message: 'a message', cause });
});
