/** The commands and options as the program itself tells them. */
import test from 'ava';
import type { Argument, Command, Option } from 'commander';
import { asTyped, OTHER_NAMES } from '../../lib/cli/option-names.js';
import { createProgram } from '../../lib/cli/program.js';
import { wordsOf } from '../../lib/cli/words.js';

/** The program and all its commands, by what a person types. */
function* commands(command: Command = createProgram(() => undefined), name = ''): Generator<[string, Command]> {
  yield [name, command];
  for (const sub of command.commands) yield* commands(sub, `${name} ${sub.name()}`.trim());
}

function* wordTakers(): Generator<[name: string, target: Option | Argument, words: readonly string[]]> {
  for (const [name, command] of commands()) {
    for (const target of [...command.options, ...command.registeredArguments]) {
      const words = wordsOf(target);
      if (words !== undefined) yield [`${name} ${target.name()}`, target, words];
    }
  }
}

test('options and arguments that take words take each of them, and suggest the nearest one for a mistyped one', (t) => {
  const takers = [...wordTakers()];
  for (const name of ['train encoder', 'evaluate map-format', 'inspect preset', 'reproduce table', 'pull encoder']) {
    t.true(
      takers.some(([each]) => each.endsWith(name)),
      name,
    );
  }
  for (const [name, { parseArg }, words] of takers) {
    for (const word of words) {
      t.deepEqual([parseArg?.(word, undefined)].flat(), [word], name);
      // A letter is near every other one, and cuda:00 is nearer to cuda.
      if (word.length < 3 || word.includes(':')) continue;
      const typed = `${word}${word.at(-1)}`;
      t.throws(() => parseArg?.(typed, undefined), {
        instanceOf: RangeError,
        message: new RegExp(`^\\S+ ${typed}: there is no such .*\\. Did you mean ${word}\\?`),
      });
    }
  }
});

test("the library's names of options are those of the command line in its messages", (t) => {
  const known = new Set([...commands()].flatMap(([, { options }]) => options.map(({ long }) => long)));
  for (const name of Object.values(OTHER_NAMES)) t.true(known.has(name), name);
  t.is(asTyped('for options.batchSize, options.split.seed'), 'for --batch-size, --split-seed');
  t.is(asTyped('options.data[1].benchmark VISA: leave out options.encoder.dim.'), '--benchmark VISA: leave out --dim.');
});
