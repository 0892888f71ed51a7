/** The commands and options as the program itself tells them, and docs/command-line.md. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import type { Argument, Command, Option } from 'commander';
import { SIGNAL_CODES } from '../../lib/cli/interrupt.js';
import { asTyped, OTHER_NAMES } from '../../lib/cli/option-names.js';
import { EXIT } from '../../lib/cli/output.js';
import { createProgram } from '../../lib/cli/program.js';
import { leaves } from '../../lib/cli/tree.js';
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

/** What `--help` of a command prints. */
function helpOf(command: Command): string {
  const parts: string[] = [];
  command.configureOutput({ writeOut: (part) => void parts.push(part) });
  command.outputHelp();
  return parts.join('');
}

/** The arguments of an example, as a shell gives them. */
function argumentsOf(example: string): string[] {
  const line = example.replace(/^(?:\w+=\S+ )+/, '').replace(/ (?:\|\||>).*$/, '');
  return [...line.matchAll(/'([^']*)'|\S+/g)].map(([whole, inner]) => inner ?? whole).slice(1);
}

/** The program with commands that do nothing but take their arguments. */
function idle(): { readonly program: Command; readonly ran: string[] } {
  const ran: string[] = [];
  const program = createProgram(() => undefined);
  for (const [name, command] of commands(program)) {
    command.exitOverride().configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
    if (command.commands.length === 0) command.action(() => void ran.push(name));
  }
  return { program, ran };
}

for (const [name, command] of commands()) {
  test(`dinomaly ${name} --help has examples that the program takes, and the exit codes`, async (t) => {
    const [, examples = '', codes = ''] = helpOf(command).match(/^Examples:\n(.*?)\n\nExit codes:\n(.*)/ms) ?? [];
    for (const example of examples.trim().split(/\n */)) {
      const { program, ran } = idle();
      t.regex(example, /(?:^| )dinomaly /);
      const run = program.parseAsync(argumentsOf(example), { from: 'user' });
      if (example === 'dinomaly help train') {
        await t.throwsAsync(run, { code: 'commander.help' }, example);
      } else {
        await t.notThrowsAsync(run, example);
        t.is(ran.length, 1, example);
      }
    }
    t.true(examples.includes(`dinomaly ${name}`));
    for (const code of [0, 1, 2]) t.regex(codes, new RegExp(`^ *${code} +\\w`, 'm'));
    t.regex(codes, /130 .* 143 .*129/);
  });
}

test('docs/command-line.md has every command and every exit code', (t) => {
  const text = readFileSync(path.join(__dirname, '../../docs/command-line.md'), 'utf8');
  for (const [name] of leaves(createProgram(() => undefined)))
    t.regex(text, new RegExp(`^\\| \`dinomaly ${name}\\b`, 'm'));
  for (const code of Object.values(EXIT)) t.regex(text, new RegExp(`^\\| ${code} \\| `, 'm'));
  for (const code of Object.values(SIGNAL_CODES)) t.regex(text, new RegExp(`^\\| [\\d, ]*\\b${code}\\b`, 'm'));
});

test("the library's names of options are those of the command line in its messages", (t) => {
  const known = new Set([...commands()].flatMap(([, { options }]) => options.map(({ long }) => long)));
  for (const name of Object.values(OTHER_NAMES)) t.true(known.has(name), name);
  t.is(asTyped('for options.batchSize, options.split.seed'), 'for --batch-size, --split-seed');
  t.is(asTyped('for options.tiles.size[1], options.tiles.overlap'), 'for --tiles, --tiles');
  t.is(asTyped('options.data[1].benchmark VISA: leave out options.encoder.dim.'), '--benchmark VISA: leave out --dim.');
});
