/** `dinomaly completion`: scripts that let a shell complete commands, options and the words that they take. */
import type { Argument, Command, Option } from 'commander';
import { descendants } from './tree.js';
import { takesPath, wordsOf } from './words.js';

/** Shells that scripts are made for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;

export type Shell = (typeof SHELLS)[number];

/** What may stand in a place: some words, a file or folder, or something that no list has. */
type Choice = readonly string[] | 'files' | 'other';

interface Flag {
  readonly long: string;
  readonly about: string;
  /** `undefined` for a flag that takes nothing. */
  readonly takes: Choice | undefined;
}

/** A place in the command line: the commands so far, and what may follow. */
interface Place {
  /** E.g. `dataset check`; empty before the first command. */
  readonly at: string;
  readonly about: string;
  readonly flags: readonly Flag[];
  /** Commands, or what the arguments are. */
  readonly next: Choice;
}

function flagOf(option: Option): Flag {
  const { long, description, flags } = option;
  const value = takesPath(option) ? 'files' : 'other';
  const takes = option.isBoolean() || option.negate ? undefined : (wordsOf(option) ?? value);
  return { long: long ?? flags, about: description, takes };
}

function nextOf(command: Command): Choice {
  const [argument]: readonly (Argument | undefined)[] = command.registeredArguments;
  if (command.commands.length > 0) {
    return command.commands.map((each) => each.name());
  }
  return argument === undefined ? [] : (wordsOf(argument) ?? 'files');
}

/** All places of a program. */
function placesOf(program: Command): Place[] {
  const help = { long: '--help', about: 'display help for command', takes: undefined };
  const all: [string, Command][] = [['', program], ...descendants(program)];
  const places = all.map(([at, command]) => {
    const options = command === program ? command.options : [...command.options, ...program.options];
    const flags = options.filter((option) => command === program || option.long !== '--version').map(flagOf);
    const next = nextOf(command);
    return {
      at,
      about: command.description(),
      flags: [...flags, help],
      next: command === program && typeof next !== 'string' ? [...next, 'help'] : next,
    };
  });
  const commands = program.commands.map((each) => each.name());
  return [...places, { at: 'help', about: 'display help for command', flags: [], next: commands }];
}

/** Sets `found` to the words of a choice, or to a word for the kind. */
function assign(choice: Choice): string {
  return `kind=${typeof choice === 'string' ? choice : 'words'} found='${typeof choice === 'string' ? '' : choice.join(' ')}'`;
}

/** What Bash and Zsh have in common: finds `kind` and `found` for `words`, `current` and `previous`. */
function finding(places: readonly Place[]): string {
  const known = places.filter(({ at }) => at !== '').map(({ at }) => `'${at.includes(' ') ? at : ` ${at}`}'`);
  const values = places.flatMap(({ at, flags }) =>
    flags.flatMap(({ long, takes }) => (takes === undefined ? [] : [`      '${at} ${long}') ${assign(takes)} ;;`])),
  );
  const flags = places.map(({ at, flags: own }) => `        '${at}') ${assign(own.map(({ long }) => long))} ;;`);
  const next = places.map(({ at, next: own }) => `        '${at}') ${assign(own)} ;;`);
  return `  for word in "\${before[@]}"; do
    case "$at $word" in
      ${known.join('|')}) at="\${at:+$at }$word" ;;
    esac
  done
  case "$at $previous" in
${values.join('\n')}
  esac
  if [ -z "$kind" ]; then
    case "$current" in
      -*) case "$at" in
${flags.join('\n')}
      esac ;;
      *) case "$at" in
${next.join('\n')}
      esac ;;
    esac
  fi`;
}

function bash(places: readonly Place[]): string {
  return `# Completion of dinomaly in Bash. In ~/.bashrc: source <(dinomaly completion bash)
_dinomaly() {
  local at='' kind='' found='' word
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]}
  local before=("\${COMP_WORDS[@]:1:COMP_CWORD - 1}")
${finding(places)}
  COMPREPLY=()
  if [ "$kind" != files ]; then
    compopt +o default 2>/dev/null
    COMPREPLY=($(compgen -W "$found" -- "$current"))
  fi
}
complete -o default -F _dinomaly dinomaly
`;
}

function zsh(places: readonly Place[]): string {
  return `#compdef dinomaly
# Completion of dinomaly in Zsh. In ~/.zshrc, after compinit: source <(dinomaly completion zsh)
_dinomaly() {
  local at='' kind='' found='' word
  local current=\${words[CURRENT]} previous=\${words[CURRENT-1]}
  local -a before=(\${words[2,CURRENT-1]})
${finding(places)}
  case "$kind" in
    files) _files ;;
    words) compadd -- \${=found} ;;
  esac
}
# Loaded from a file of that name, this is the function itself, called for the first time.
if [ "\${funcstack[1]}" = _dinomaly ]; then
  _dinomaly "$@"
else
  compdef _dinomaly dinomaly
fi
`;
}

function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, '\\$&')}'`;
}

function fishLines({ at, flags, next }: Place, all: readonly Place[]): string[] {
  const start = `complete -c dinomaly -n ${quoted(`__dinomaly_at ${quoted(at)}`)}`;
  const ways = (choice: Choice): string =>
    choice === 'files' ? '-r -F' : choice === 'other' ? '-x' : `-x -a ${quoted(choice.join(' '))}`;
  const options = flags.map(
    ({ long, about, takes }) =>
      `${start} -l ${long.slice(2)} ${takes === undefined ? '' : `${ways(takes)} `}-d ${quoted(about)}`,
  );
  if (typeof next === 'string') {
    return [...options, `${start} -F`];
  }
  const aboutOf = (name: string): string => all.find((each) => each.at === `${at} ${name}`.trim())?.about ?? '';
  return [...options, ...next.map((name) => `${start} -a ${quoted(name)} -d ${quoted(aboutOf(name))}`)];
}

function fish(places: readonly Place[]): string {
  const known = places.filter(({ at }) => at !== '').map(({ at }) => quoted(at.includes(' ') ? at : ` ${at}`));
  return `# Completion of dinomaly in fish: dinomaly completion fish > ~/.config/fish/completions/dinomaly.fish
function __dinomaly_at
    set -l at ''
    set -l typed (commandline -opc)
    for word in $typed[2..]
        switch "$at $word"
            case ${known.join(' ')}
                set at (string trim "$at $word")
        end
    end
    test "$at" = "$argv[1]"
end
complete -c dinomaly -f
${places.flatMap((place) => fishLines(place, places)).join('\n')}
`;
}

/** The script for a shell: it holds all names of a program, and asks nobody when it runs. */
export function completionScript(program: Command, shell: Shell): string {
  return { bash, zsh, fish }[shell](placesOf(program));
}
