/** The completion scripts, run by the shells that they are for. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { completionScript, type Shell } from '../../lib/cli/completion.js';
import { createProgram } from '../../lib/cli/program.js';
import { dinomalyHere } from '../helpers/command-here.js';
import { temporaryFolder } from '../helpers/drawn-set.js';
import { testWhere } from '../helpers/where.js';

const { folder, remove } = temporaryFolder();
test.after.always(remove);
writeFileSync(path.join(folder, 'zzz-part.png'), '');

/** What is typed, the last word of it at the cursor; and what is offered for that. */
const ASKED: readonly (readonly [typed: string, offered: string])[] = [
  ['tra', 'train'],
  ['hel', 'help'],
  ['--no-', '--no-config'],
  ['--vers', '--version'],
  ['train --vers', ''],
  ['train --enc', '--encoder --encoder-groups'],
  ['train --verb', '--verbose'],
  ['train --encoder dinov3_vit_b', 'dinov3_vit_base_16'],
  ['train --iterations 5 --attention s', 'softmax'],
  ['train --seed z', ''],
  ['--quiet predict --map-format t', 'tiff tiff16'],
  ['dataset c', 'check'],
  ['dataset check --form', '--format'],
  ['weights pull mae_vit', 'mae_vit_base_16 mae_vit_large_16'],
  ['weights pull mae_vit_base_16 sam', 'sam2_hiera_tiny_16'],
  ['reproduce fig', 'figure5'],
  ['completion f', 'fish'],
  ['help pred', 'predict'],
  ['train --data zzz', 'zzz-part.png'],
  ['predict model zzz', 'zzz-part.png'],
  ['train --config zzz', 'zzz-part.png'],
  ['encoders zzz', ''],
];

// What a shell does around the script while a person types stands in for it here; each answer is a line.
const PROGRAMS: Readonly<Record<Shell, string>> = {
  bash: `compopt() { files=no; }
ask() {
  COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=() files=yes
  _dinomaly
  if [ $files = yes ]; then COMPREPLY=($(compgen -f -- "\${@: -1}")); fi
  echo "\${COMPREPLY[*]}"
}`,
  zsh: `compdef() { : }
compadd() { shift; print -rn -- \${(M)@:#$current*} }
_files() { print -rn -- $current*(N) }
ask() { words=("$@") CURRENT=$#; _dinomaly; print }`,
  fish: `function ask
  set -l found (complete -C "$argv" | string split -f 1 \\t)
  echo "$found"
end`,
};

function answers(shell: Shell): string[] {
  const script = path.join(folder, `script.${shell}`);
  writeFileSync(
    script,
    completionScript(
      createProgram(() => undefined),
      shell,
    ),
  );
  const asks = ASKED.map(([typed]) => `ask dinomaly ${typed}`);
  // The shell's functions first: Zsh's stand-in for compdef is called by the script.
  const text = [PROGRAMS[shell], `source ${script}`, ...asks].join('\n');
  const bare = { bash: ['--norc'], zsh: ['-f'], fish: ['--no-config'] }[shell];
  const { status, stdout, stderr } = spawnSync(shell, [...bare, '-c', text], { encoding: 'utf8', cwd: folder });
  if (status !== 0 || stderr !== '') throw new Error(`${shell} ended with ${status}: ${stderr}`);
  return stdout.replace(/\n$/, '').split('\n');
}

for (const shell of ['bash', 'zsh', 'fish'] as const) {
  const there = spawnSync(shell, ['--version']).status === 0;
  testWhere(there, shell)(`${shell} completes commands, options, their words, and files where they take files`, (t) => {
    const offered = answers(shell);
    t.deepEqual(
      ASKED.map(([typed], at) => [typed, offered[at]]),
      ASKED.map((each) => [...each]),
    );
  });
}

test('the command prints the script, whatever the folder has for options', async (t) => {
  const config = path.join(folder, 'broken.json');
  writeFileSync(config, '{');
  const { status, stdout, stderr } = await dinomalyHere(['completion', 'bash', '--config', config]);
  t.is(status, 0, stderr);
  t.is(
    stdout,
    completionScript(
      createProgram(() => undefined),
      'bash',
    ),
  );
});
