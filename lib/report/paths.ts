/** Paths of pictures as reports show them. */
import { isAbsolute, relative } from 'node:path';

/** A path from `root` where it lies in it; else the path as it is. Nothing of the machine is told that need not be. */
export function shownPath(path: string, root: string | null): string {
  if (root === null) {
    return path;
  }
  const inside = relative(root, path);
  return inside === '' || inside.startsWith('..') || isAbsolute(inside) ? path : inside;
}
