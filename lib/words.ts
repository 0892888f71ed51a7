/** Words that a person has mistyped, and what they most likely meant. Imports nothing. */

/**
 * Edits that turn one word into the other: a letter left out, added or exchanged, or two neighbours swapped (Damerau and
 * Levenshtein, optimal string alignment).
 */
function editDistance(a: string, b: string): number {
  let older: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const exchanged = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      current.push(
        Math.min(
          exchanged,
          (previous[j] ?? 0) + 1,
          (current[j - 1] ?? 0) + 1,
          swapped ? (older[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    [older, previous] = [previous, current];
  }
  return previous[b.length] ?? 0;
}

/** Beyond this length a text is not a mistyped word, and comparing it would take long. */
const LONGEST = 100;

/** The name among `known` that a person most likely meant by `name`, if any is near enough. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  // Every letter is within one edit of every other.
  if (name.length < 2 || name.length > LONGEST) {
    return undefined;
  }
  let best: string | undefined;
  // Most words of three letters are within two edits of each other.
  let bestDistance = (name.length <= 3 ? 1 : Math.max(2, Math.ceil(name.length / 3))) + 1;
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** `Did you mean 'softmax'?`, if one of the known words is near. */
export function suggestion(name: string, known: readonly string[]): string | undefined {
  const near = nearest(name, known);
  return near === undefined ? undefined : `Did you mean ${/^[\w:.-]+$/.test(near) ? near : `'${near}'`}?`;
}

/** What a value at a path is, in words: `--map-format` and `options.mapFormat` are a map format, `options.classes[0]` a class. */
export function nounOf(path: string): string {
  const item = /\[\d+\]$/.test(path);
  const last = path.replace(/\[\d+\]$/, '').replace(/^.*\./, '');
  const words = last
    .replace(/^-+/, '')
    .replaceAll('-', ' ')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase();
  return item ? words.replace(/(?:(?<=ss)es|s)$/, '') : words;
}
