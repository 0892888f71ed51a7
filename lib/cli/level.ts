/** How much a command says on stderr. Errors, and warnings that change what a result means, are said at every level. */

/** `quiet`: results and errors only. `verbose`: also what was chosen and why, how long stages took, and the stacks of errors. */
export type Level = 'quiet' | 'usual' | 'verbose';

let level: Level = 'usual';

export function setLevel(chosen: Level): void {
  level = chosen;
}

export function isQuiet(): boolean {
  return level === 'quiet';
}

export function isVerbose(): boolean {
  return level === 'verbose';
}
