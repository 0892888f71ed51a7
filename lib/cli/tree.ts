/** The commands of a program, by what a person types. */
import type { Command } from 'commander';

/** All commands below one, groups among them: `['dataset check', ...]`. */
export function* descendants(command: Command, above = ''): Generator<[name: string, command: Command]> {
  for (const each of command.commands) {
    const name = `${above} ${each.name()}`.trim();
    yield [name, each];
    yield* descendants(each, name);
  }
}

/** The commands that run: no groups. */
export function leaves(program: Command): [name: string, command: Command][] {
  return [...descendants(program)].filter(([, { commands }]) => commands.length === 0);
}
