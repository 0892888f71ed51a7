/**
 * Options and arguments that take one of a few words: those are told by `--help`, offered by completion, and a word that is
 * none of them is refused with the nearest one.
 */
import { Argument, Option } from 'commander';
import { checkOneOf } from '../check.js';
import { resolveDevice } from '../options/device.js';

/** The words that an option or an argument takes. */
const WORDS = new WeakMap<Option | Argument, readonly string[]>();

/** The words that an option or an argument takes; `undefined` where it takes others. */
export function wordsOf(target: Option | Argument): readonly string[] | undefined {
  return WORDS.get(target);
}

/** `'a', 'b' or 'c'`. */
function alternatives(words: readonly string[]): string {
  const quoted = words.map((word) => `'${word}'`);
  return quoted.length < 2 ? quoted.join() : `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`;
}

/** A parser that commander calls for each value, with what it gave for those before or the default. */
function collector(
  target: Option | Argument,
  check: (text: string) => string,
): (text: string, before: unknown) => unknown {
  const given = (before: unknown): unknown[] => (Array.isArray(before) && before !== target.defaultValue ? before : []);
  return (text, before) => (target.variadic ? [...given(before), check(text)] : check(text));
}

/** Whether an option takes the path of a file or a folder. */
export function takesPath({ flags }: Option): boolean {
  return /<(?:file|folder|root)(?:\.\.\.)?>/.test(flags);
}

/**
 * An option that takes one of a few words.
 *
 * @param description - the words stand in place of `%`
 */
export function wordOption(flags: string, description: string, words: readonly string[]): Option {
  const option = new Option(flags, description.replace('%', alternatives(words)));
  WORDS.set(option, words);
  return option.argParser(collector(option, (text) => checkOneOf(text, option.long ?? flags, words)));
}

/** `--device`. */
export function deviceOption(): Option {
  const option = new Option('--device <device>', "'auto' (default), 'cpu', 'cuda' or 'cuda:<index>'");
  WORDS.set(option, ['auto', 'cpu', 'cuda', 'cuda:0']);
  return option.argParser((text) => {
    resolveDevice(text, '--device', () => false);
    return text;
  });
}

/**
 * An argument that takes one of a few words.
 *
 * @param path - its name in messages
 * @param spell - what else a person may write for a word
 */
export function wordArgument(
  flags: string,
  description: string,
  words: readonly string[],
  path: string,
  spell = (text: string): string => text,
): Argument {
  const argument = new Argument(flags, description);
  WORDS.set(argument, words);
  return argument.argParser(collector(argument, (text) => checkOneOf(spell(text), path, words)));
}
