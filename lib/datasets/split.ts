/**
 * Splits that a set lacks. Whole groups are drawn, class by class, in the order of a hash over seed, class and the group's
 * name: no generator's state is involved, so that a class draws the same alone as among others, a copy of the set the same
 * as the set, and a picture more moves no other group in the order.
 */
import { createHash } from 'node:crypto';
import { relative, sep } from 'node:path';
import { outOfRange } from '../check.js';
import { DinomalyError } from '../errors.js';
import { byteOrder } from './files.js';
import type { ClassSamples } from './layout.js';
import { type CheckedSplit, DEFAULT_TRAIN_SHARE } from './options.js';
import type { MadeSplit, Sample, Split } from './types.js';

/** A class that was read, and the folder that its pictures are known by. */
export interface ReadClass extends ClassSamples {
  readonly name: string;
  readonly path: string;
}

/** Pictures of all classes with their splits. */
export interface SplitResult {
  readonly samples: readonly Sample[];
  readonly madeSplit: MadeSplit | null;
  readonly notes: readonly string[];
}

/** Pictures that are drawn together. */
interface Group {
  readonly order: string;
  readonly normals: number;
  /** Whether one of its pictures is anomalous. */
  readonly mixed: boolean;
  readonly samples: readonly Sample[];
}

function groupName({ group, path }: Sample, folder: string): string {
  return group === undefined ? `file ${relative(folder, path).split(sep).join('/')}` : `group ${group}`;
}

function groupsOf({ name, path }: ReadClass, samples: readonly Sample[], seed: number): Group[] {
  const byName = new Map<string, Sample[]>();
  for (const sample of samples) {
    const key = groupName(sample, path);
    const same = byName.get(key);
    if (same === undefined) {
      byName.set(key, [sample]);
    } else {
      same.push(sample);
    }
  }
  const groups = [...byName].map(([key, own]): Group => {
    const order = createHash('sha256')
      .update(JSON.stringify([seed, name, key]))
      .digest('hex');
    const normals = own.filter(({ label }) => label === 0).length;
    return { order, normals, mixed: normals < own.length, samples: own };
  });
  // Objects with a defect are drawn last: what is trained on costs as few anomalous pictures as can be.
  return groups.sort((a, b) => Number(a.mixed) - Number(b.mixed) || byteOrder(a.order, b.order));
}

/**
 * Takes groups off the front until another would lead further from a share of `total` normal pictures, or fewer would be
 * left than `others` more uses need; of a share above 0 at least one group, where there are enough.
 */
function take(groups: Group[], share: number, total: number, others: number): Group[] {
  const wanted = Math.round(share * total);
  const taken: Group[] = [];
  let count = 0;
  for (let next = groups[0]; next !== undefined && groups.length > others; next = groups[0]) {
    const due = share > 0 && taken.length === 0;
    if (!due && Math.abs(count + next.normals - wanted) >= Math.abs(count - wanted)) {
      break;
    }
    count += next.normals;
    taken.push(next);
    groups.shift();
  }
  return taken;
}

function withSplit(groups: readonly Group[], split: Split): Sample[] {
  const samples = groups.flatMap((group) => group.samples);
  return samples.filter(({ label }) => label === 0 || split === 'test').map((sample) => ({ ...sample, split }));
}

/** Divides the pictures of a class that has no split. */
function drawAll(read: ReadClass, made: MadeSplit, notes: string[]): Sample[] {
  const groups = groupsOf(read, read.samples, made.seed).filter(({ normals }) => normals > 0);
  const onlyAnomalous = groupsOf(read, read.samples, made.seed).filter(({ normals }) => normals === 0);
  const normals = groups.reduce((sum, group) => sum + group.normals, 0);
  const train = take(groups, made.train, normals, 0);
  const validation = take(groups, made.validation, normals, 1);
  const drawn = [
    ...withSplit(train, 'train'),
    ...withSplit(validation, 'validation'),
    ...withSplit([...groups, ...onlyAnomalous], 'test'),
  ];
  const left = read.samples.length - drawn.length;
  if (left > 0) {
    notes.push(
      `The class '${read.name}': ${left} anomalous pictures are left out, as they show objects whose normal pictures are trained on or held out.`,
    );
  }
  return drawn;
}

/** Holds pictures out of the training pictures of a class. */
function drawFromTrain(read: ReadClass, made: MadeSplit): Sample[] {
  const train = read.samples.filter(({ split }) => split === 'train');
  const groups = groupsOf(read, train, made.seed);
  const held = take(groups, made.validation, train.length, 1);
  const others = read.samples.filter(({ split }) => split !== 'train');
  return [...withSplit(groups, 'train'), ...withSplit(held, 'validation'), ...others];
}

/** Whether the classes bring a split: all or none, but for those without a normal picture. */
function bringsSplit(classes: readonly ReadClass[]): boolean {
  const divided = classes.filter(({ samples }) => samples.some(({ label }) => label === 0));
  const [first] = divided;
  const other = divided.find(({ hasSplit }) => hasSplit !== first?.hasSplit);
  if (first !== undefined && other !== undefined) {
    const [having, lacking] = first.hasSplit ? [first, other] : [other, first];
    const message = `The class '${having.name}' brings a split and the class '${lacking.name}' does not: give both one, or open them apart`;
    throw new DinomalyError('DATASET_LAYOUT', message);
  }
  return (first ?? classes[0])?.hasSplit ?? true;
}

function madeSplitOf(classes: readonly ReadClass[], split: CheckedSplit): MadeSplit | null {
  const { seed, train, validation } = split;
  if (!bringsSplit(classes)) {
    const share = train ?? DEFAULT_TRAIN_SHARE;
    if (share + validation >= 1) {
      throw outOfRange(
        `a share below ${Number((1 - share).toFixed(9))}, beside ${share} to train on,`,
        'options.split.validation',
        validation,
      );
    }
    return { seed, from: 'all', train: share, validation };
  }
  if (train !== undefined) {
    throw outOfRange('nothing, as the set brings its training pictures,', 'options.split.train', train);
  }
  if (validation === 0) {
    return null;
  }
  if (classes.some(({ samples }) => samples.some((sample) => sample.split === 'validation'))) {
    throw outOfRange('nothing, as the set brings its validation pictures,', 'options.split.validation', validation);
  }
  return { seed, from: 'train', train: Number((1 - validation).toFixed(9)), validation };
}

/**
 * Gives each picture its split.
 *
 * @throws RangeError for a share of what the set brings by itself
 */
export function applySplit(classes: readonly ReadClass[], split: CheckedSplit): SplitResult {
  const madeSplit = madeSplitOf(classes, split);
  const notes: string[] = [];
  const samples = classes.flatMap((read) => {
    if (madeSplit === null) {
      return read.samples;
    }
    return madeSplit.from === 'all' ? drawAll(read, madeSplit, notes) : drawFromTrain(read, madeSplit);
  });
  return { samples, madeSplit, notes };
}
