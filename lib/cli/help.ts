/** What `--help` says after the options: notes, examples, and what the command ends with. */
import type { Command } from 'commander';
import { SIGNAL_CODES } from './interrupt.js';
import { EXIT } from './output.js';

/** How a command is used. */
export interface Use {
  /** Whole command lines, of names that exist. */
  readonly examples: readonly string[];
  /** What there is to know beside the options. */
  readonly notes?: string;
  /** What codes mean for this command, in place of the usual words or beside them. */
  readonly exits?: Partial<Readonly<Record<keyof typeof EXIT, string>>>;
}

/** Codes that any command may end with. */
const USUAL = {
  ok: 'done',
  failure: 'something failed; the standard error says what',
  usage: 'wrong usage: nothing was done',
} as const satisfies Use['exits'];

function exitLines(exits: Use['exits']): string[] {
  const words: Use['exits'] = { ...USUAL, ...exits };
  const names = (Object.keys(EXIT) as (keyof typeof EXIT)[]).filter((name) => words[name] !== undefined);
  const { SIGINT, SIGTERM, SIGHUP } = SIGNAL_CODES;
  return [
    ...names.map((name) => `  ${EXIT[name]}    ${words[name]}`),
    `  ${SIGINT}  ended by Ctrl-C; ${SIGTERM} by SIGTERM, ${SIGHUP} by a terminal that was closed`,
  ];
}

/** Adds to the help of a command how it is used. */
export function describeUse(command: Command, { examples, notes, exits }: Use): Command {
  const lines = [
    ...(notes === undefined ? [] : ['', notes.trim()]),
    ...['', 'Examples:', ...examples.map((line) => `  ${line}`)],
    ...['', 'Exit codes:', ...exitLines(exits)],
  ];
  return command.addHelpText('after', lines.join('\n'));
}
