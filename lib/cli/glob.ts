/** Patterns of file names, for shells that hand them on as they are, and for lists that are too long for a shell. */
import { join, sep } from 'node:path';
import type { Folders } from '../datasets/files.js';

/** Whether a name is a pattern: `*`, `?`, `[a-c]`, `{a,b}`; `**` stands for any folders. */
export function isGlob(name: string): boolean {
  return /[*?[{]/.test(name);
}

/** `a{b,c}` as `ab` and `ac`, however many braces there are. */
function alternatives(pattern: string): string[] {
  const found = /\{([^{}]*,[^{}]*)\}/.exec(pattern);
  if (found === null) {
    return [pattern];
  }
  const [whole, list = ''] = found;
  const [before, after] = [pattern.slice(0, found.index), pattern.slice(found.index + whole.length)];
  return list.split(',').flatMap((one) => alternatives(`${before}${one}${after}`));
}

/** One name between two slashes as a regular expression. */
function expressionOf(part: string): RegExp {
  const source = part.replace(/\[!?[^\]]+\]|[*?]|[\\^$+.()|{}[\]]/g, (token) => {
    if (token === '*') {
      return '[^/]*';
    }
    if (token === '?') {
      return '[^/]';
    }
    return token.length > 1 ? token.replaceAll('\\', '\\\\').replace(/^\[!/, '[^') : `\\${token}`;
  });
  return new RegExp(`^${source}$`, 'u');
}

async function walk(folder: string, parts: readonly string[], folders: Folders): Promise<string[]> {
  const [part, ...rest] = parts;
  const listing = await folders.list(folder === '' ? '.' : folder);
  if (part === undefined || listing === undefined) {
    return [];
  }
  if (part === '**') {
    const below = listing.folders.map((name) => walk(join(folder, name), parts, folders));
    return [...(await walk(folder, rest, folders)), ...(await Promise.all(below)).flat()];
  }
  const fits = (name: string): boolean => (isGlob(part) ? expressionOf(part).test(name) : name === part);
  if (rest.length === 0) {
    return listing.files.filter(fits).map((name) => join(folder, name));
  }
  // A name without a pattern may be one that listings leave out, as `..` and hidden folders.
  const next = isGlob(part) ? listing.folders.filter(fits) : [part];
  return (await Promise.all(next.map((name) => walk(join(folder, name), rest, folders)))).flat();
}

/** The files that fit a pattern, each once, in the order of the folders. Hidden files fit none. */
export async function expandGlob(pattern: string, folders: Folders): Promise<string[]> {
  const found: string[] = [];
  for (const one of alternatives(pattern)) {
    const rooted = one.startsWith(sep);
    const parts = one.split(sep).filter((part) => part !== '' && part !== '.');
    found.push(...(await walk(rooted ? sep : '', parts, folders)));
  }
  return [...new Set(found)];
}
