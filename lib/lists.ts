/** What many files ask of lists. */

/** The largest number; `undefined` for an empty list. NaN is passed over. */
export function max(values: Iterable<number>): number | undefined {
  let found: number | undefined;
  for (const value of values) {
    if (value >= (found ?? value)) found = value;
  }
  return found;
}

/** The smallest number; `undefined` for an empty list. NaN is passed over. */
export function min(values: Iterable<number>): number | undefined {
  let found: number | undefined;
  for (const value of values) {
    if (value <= (found ?? value)) found = value;
  }
  return found;
}

/** The number in the middle, of two the larger; `undefined` for an empty list. */
export function median(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** The items under each key, keys and items in the order in which they come. */
export function group<Item, Key>(items: Iterable<Item>, keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const same = groups.get(key);
    if (same === undefined) {
      groups.set(key, [item]);
    } else {
      same.push(item);
    }
  }
  return groups;
}

/** The first few names, and how many more there are. */
export function listed(names: readonly string[], most = 4): string {
  const rest = names.length - most;
  return rest > 0 ? `${names.slice(0, most).join(', ')} and ${rest} more` : names.join(', ');
}

/** `1 class`, `2 classes`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
}
