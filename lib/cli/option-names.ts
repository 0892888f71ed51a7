/** The names that options have on the command line, in place of those that the library has for them. */

/** Those that are not the same word with hyphens. */
export const OTHER_NAMES: Readonly<Record<string, string>> = {
  bottleneckDropout: '--dropout',
  classes: '--class',
  column: '--query',
  row: '--query',
  rows: '--row',
  views: '--view',
  'tiles.overlap': '--tiles',
  'tiles.size': '--tiles',
  'split.seed': '--split-seed',
  'split.train': '--train-share',
  'split.validation': '--validation',
  root: '--data',
};

function optionOf(path: string): string {
  const names = path.replaceAll(/\[\d+\]/g, '').split('.');
  const last = names.at(-1) ?? path;
  const other = OTHER_NAMES[names.slice(-2).join('.')] ?? OTHER_NAMES[last];
  return other ?? `--${last.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** A message of the library with `--batch-size` where it has `options.batchSize`. */
export function asTyped(message: string): string {
  return message.replaceAll(/\boptions((?:\.[a-z]\w*|\[\d+\])+)/gi, (_, path: string) => optionOf(path.slice(1)));
}
