/**
 * Options from `dinomaly.config.json`: they stand in for options that the command line does not give. Keys are the names of
 * options in camel case, for every command that has them; those in the object of a command's name are for that command.
 */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Command, Option } from 'commander';
import { isRecord, isUsageError } from '../check.js';
import { isError, reasonOf } from '../kinds.js';
import { readText } from '../read.js';
import { suggestion } from '../words.js';
import { isStdout } from './output.js';
import { leaves } from './tree.js';
import { takesPath } from './words.js';

export const CONFIG_NAME = 'dinomaly.config.json';

const MOST_BYTES = 2 ** 20;

/** Options that say how this file is found; it cannot say so itself. */
const OUTSIDE = ['config', 'version', 'help'];

/** What a file gives. */
export interface Config {
  readonly file: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** The file in a folder, or in the nearest one above it, up to that of a repository; `undefined` where there is none. */
export function findConfig(folder: string): string | undefined {
  const file = join(folder, CONFIG_NAME);
  if (existsSync(file)) {
    return file;
  }
  const above = dirname(folder);
  return above === folder || existsSync(join(folder, '.git')) ? undefined : findConfig(above);
}

type Fail = (message: string) => never;

/**
 * Reads a file of options.
 *
 * @throws DinomalyError `FILE_READ`; `fail` where it holds no object
 */
export async function readConfig(file: string, fail: Fail): Promise<Config> {
  const text = await readText(file, { limit: MOST_BYTES });
  let values: unknown;
  try {
    values = JSON.parse(text);
  } catch (error) {
    return fail(`${file} is not JSON: ${reasonOf(error)}`);
  }
  return isRecord(values) ? { file, values } : fail(`${file} must hold an object of options`);
}

function optionsOf(command: Command): Option[] {
  return command.options.filter((option) => !OUTSIDE.includes(option.attributeName()));
}

/** A value as the text that the command line would have for it. */
function textOf(value: unknown, path: string, fail: Fail): string {
  if (typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value))) {
    return String(value);
  }
  return fail(`${path} must be a text or a number, as on the command line, but is ${JSON.stringify(value)}`);
}

function parseText(option: Option, text: string, before: unknown, place: string, fail: Fail): unknown {
  try {
    return option.parseArg === undefined ? text : option.parseArg(text, before);
  } catch (error) {
    if (isUsageError(error) || (isError(error) && error.code === 'commander.invalidArgument')) {
      return fail(`${place}: ${error.message}`);
    }
    throw error;
  }
}

/** Where a value stands. */
interface Place {
  readonly file: string;
  /** What of its key stands before the name of the option. */
  readonly prefix: string;
  readonly fail: Fail;
}

/** The value of an option, by the parser of the command line; paths are relative to the file. */
function readValue(option: Option, given: unknown, { file, prefix, fail }: Place): unknown {
  const place = `${file}, ${prefix}${option.attributeName()}`;
  if (option.isBoolean()) {
    return typeof given === 'boolean' ? given : fail(`${place} must be true or false, but is ${JSON.stringify(given)}`);
  }
  const path = takesPath(option);
  const texts = (option.variadic && Array.isArray(given) ? given : [given])
    .map((each) => textOf(each, place, fail))
    .map((text) => (path && !isStdout(text) ? resolve(dirname(file), text) : text));
  if (option.parseArg === undefined) {
    return option.variadic ? texts : texts[0];
  }
  return texts.reduce<unknown>((before, text) => parseText(option, text, before, place, fail), undefined);
}

/** Values as the defaults of options: what the command line gives takes their place. */
function setDefaults(command: Command, values: Config['values'], place: Place): void {
  for (const option of optionsOf(command)) {
    const key = option.attributeName();
    if (Object.hasOwn(values, key) && !isRecord(values[key])) {
      const value = readValue(option, values[key], place);
      option.default(value);
      // Options of the program itself have been read from the command line by now.
      if (command.getOptionValueSource(key) !== 'cli') {
        command.setOptionValueWithSource(key, value, 'default');
      }
    }
  }
}

function keysOf(...commands: readonly Command[]): string[] {
  return [...new Set(commands.flatMap(optionsOf).map((option) => option.attributeName()))];
}

function refuseUnknown(key: string, known: readonly string[], { file, prefix, fail }: Place): void {
  if (!known.includes(key)) {
    fail(
      `${file}, ${prefix}${key}: there is no such option. ${suggestion(key, known) ?? `It can be ${known.join(', ')}.`}`,
    );
  }
}

/** Refuses what no command has. */
function checkKeys(
  values: Config['values'],
  program: Command,
  commands: ReadonlyMap<string, Command>,
  place: Place,
): void {
  const { file, fail } = place;
  const options = keysOf(program, ...commands.values());
  for (const [key, value] of Object.entries(values)) {
    const named = commands.get(key);
    refuseUnknown(key, [...options, ...commands.keys()], place);
    if (isRecord(value)) {
      const known =
        named === undefined ? fail(`${file}, ${key} is an option, and must not be an object`) : keysOf(program, named);
      for (const own of Object.keys(value)) {
        refuseUnknown(own, known, { ...place, prefix: `${key}.` });
      }
    } else if (!options.includes(key)) {
      fail(`${file}, ${key} is a command, and must be an object of its options`);
    }
  }
}

let used: string | undefined;

/** The command line that does the same from any folder: with the file that options were taken from. */
export function commandLine(): string[] {
  const args = process.argv.slice(2);
  return ['dinomaly', ...args, ...(used === undefined || args.includes('--config') ? [] : ['--config', used])];
}

/**
 * Takes the options of a file for a command that is about to run.
 *
 * @param program - the whole program, whose commands and options the file may name
 * @param command - the command, or the group that it is in
 * @param fail - ends the command as a usage error
 */
export function applyConfig({ file, values }: Config, program: Command, command: Command, fail: Fail): void {
  const commands = new Map(leaves(program));
  const place = { file, prefix: '', fail };
  checkKeys(values, program, commands, place);
  used = file;
  setDefaults(program, values, place);
  for (const [name, leaf] of commands) {
    if (leaf === command || leaf.parent === command) {
      setDefaults(leaf, values, place);
      const own = values[name];
      for (const each of isRecord(own) ? [program, leaf] : []) {
        setDefaults(each, own as Config['values'], { ...place, prefix: `${name}.` });
      }
    }
  }
}
