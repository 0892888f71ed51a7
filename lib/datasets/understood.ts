/** What the folders of one's own set were taken for, in one sentence. */
import { counted, listed } from '../lists.js';
import { namedMasks } from './check.js';
import type { ReadClass } from './split.js';

/** Names that a sentence lists before it only counts. */
const MOST_NAMES = 6;

function sum(counts: readonly ReadonlyMap<string, number>[]): Map<string, number> {
  const total = new Map<string, number>();
  for (const [name, count] of counts.flatMap((each) => [...each])) {
    total.set(name, (total.get(name) ?? 0) + count);
  }
  return total;
}

function folders(counts: ReadonlyMap<string, number>): string {
  const words = [...counts].map(([name, count]) => `${name === '.' ? 'the folder itself' : name} (${count})`);
  return listed(words, MOST_NAMES);
}

function maskWords(classes: readonly ReadClass[]): string {
  const bad = classes.flatMap(({ samples }) => samples.filter(({ label }) => label === 1));
  const masked = bad.filter((sample) => namedMasks(sample).length > 0).length;
  if (bad.length === 0) {
    return '';
  }
  return masked === 0
    ? ', without masks'
    : masked === bad.length
      ? ', with masks'
      : `, ${masked} of ${bad.length} with a mask`;
}

/** The sentence, for sets of folders of one's own; none for other sets. */
export function describeUnderstood(classes: readonly ReadClass[]): readonly string[] {
  const understood = classes.flatMap((read) => read.understood ?? []);
  if (understood.length === 0) {
    return [];
  }
  const good = sum(understood.map((each) => each.good));
  const bad = sum(understood.map((each) => each.bad));
  const unread = sum(understood.map((each) => each.unread));
  const others = sum(understood.map((each) => each.others));
  const count = [...others.values()].reduce((total, each) => total + each, 0);
  const names = listed(
    classes.map(({ name }) => name),
    MOST_NAMES,
  );
  const who = classes.length === 1 ? `Class ${names}` : `${classes.length} classes (${names})`;
  const read = [
    `good pictures from ${good.size === 0 ? 'no folder' : folders(good)}`,
    `bad pictures from ${bad.size === 0 ? 'no folder' : folders(bad)}${maskWords(classes)}`,
    ...(unread.size === 0 ? [] : [`not read: pictures in ${folders(unread)}`]),
    ...(count === 0
      ? []
      : [
          `${counted(count, 'file')} that cannot be read as ${count === 1 ? 'a picture' : 'pictures'} (${[...others.keys()].join(', ')})`,
        ]),
  ];
  return [`${who}: ${read.join('; ')}.`];
}
