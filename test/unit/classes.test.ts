/** How classes are described by features, and found by them. */
import test from 'ava';
import { type ClassSample, describeClasses } from '../../lib/classes/describe.js';
import { findClass } from '../../lib/classes/find.js';
import type { ClassDescription } from '../../lib/classes/types.js';
import { normal } from '../helpers/random.js';

const SIZE = 64;

/** Pictures around a place, `noise` from it on each axis. */
function around(className: string, place: Float32Array, noise: number, count = 12, seed = 1): ClassSample[] {
  const next = normal(seed);
  return Array.from({ length: count }, () => ({
    className,
    features: place.map((value) => value + noise * next()),
  }));
}

/** A place of length 1 on an axis. */
const axis = (at: number): Float32Array => Float32Array.from({ length: SIZE }, (_, index) => (index === at ? 1 : 0));

function between(a: Float32Array, b: Float32Array, share: number): Float32Array {
  return a.map((value, at) => value + share * ((b[at] ?? 0) - value));
}

function described(...samples: ClassSample[][]): readonly ClassDescription[] {
  const all = samples.flat();
  return describeClasses([...new Set(all.map(({ className }) => className))], all) ?? [];
}

test('the spread is how far pictures are from the mean of the others', (t) => {
  const [line] = described([0, 3, 6].map((value) => ({ className: 'line', features: Float32Array.of(value, 100) })));
  t.deepEqual([...(line?.mean ?? [])], [3, 100]);
  // From 4.5, 3 and 1.5: 4.5, 0 and 4.5.
  t.is(line?.spread, Math.sqrt((4.5 ** 2 * 2) / 3));
  t.is(line?.images, 3);
});

test('the limit is three times the furthest picture, or half the length where pictures are alike', (t) => {
  const [wide] = described([0, 0, 30].map((value) => ({ className: 'a', features: Float32Array.of(value, 1) })));
  t.is(wide?.limit, 3 * 30);
  const [alike] = described([1, 1, 1].map(() => ({ className: 'a', features: Float32Array.of(3, 4) })));
  t.is(alike?.limit, 0.5 * 5);
});

test('classes of fewer than three pictures, or of features that are not finite, are not described', (t) => {
  const many = around('a', axis(0), 0.01);
  t.is(describeClasses(['a', 'b'], [...many, ...around('b', axis(1), 0.01, 2)]), null);
  t.is(describeClasses(['a', 'b'], many), null);
  t.is(describeClasses([], []), null);
  t.is(describeClasses(['a'], [...many, { className: 'a', features: axis(0).fill(Number.NaN) }]), null);
});

test('descriptions stand in the order of the classes, not of the pictures', (t) => {
  const samples = [...around('a', axis(0), 0.01), ...around('b', axis(1), 0.01)];
  t.deepEqual(
    describeClasses(['b', 'a'], samples)?.map(({ name }) => name),
    ['b', 'a'],
  );
});

test('new pictures of each class are found, the sureness falling towards the border', (t) => {
  const places = { a: axis(0), b: between(axis(0), axis(1), 0.3), c: axis(2) };
  const entries = Object.entries(places);
  const classes = described(...entries.map(([name, place]) => around(name, place, 0.02)));
  for (const [name, place] of entries) {
    for (const { features } of around(name, place, 0.02, 20, 99)) {
      const found = findClass(classes, features);
      t.deepEqual([found.className, found.known], [name, true]);
      t.true((found.classConfidence ?? 0) > 0.6);
    }
  }
  const shares = [0, 0.1, 0.2, 0.3, 0.4, 0.5].map(
    (share) => findClass(classes, between(places.a, places.b, share)).classConfidence ?? 0,
  );
  t.true(
    shares.every((value, at) => at === 0 || value < (shares[at - 1] ?? 0)),
    shares.join(),
  );
  t.true((shares.at(-1) ?? 1) < 0.55);
});

test('a class of many looks does not take the pictures of a narrow one', (t) => {
  const wide = around('wide', axis(0), 0.2, 40);
  const narrow = around('narrow', between(axis(0), axis(1), 0.6), 0.005, 40, 2);
  const classes = described(wide, narrow);
  for (const { className, features } of [...around('wide', axis(0), 0.2, 20, 7), ...narrow]) {
    t.is(findClass(classes, features).className, className);
  }
});

test('what is beyond every limit is of no known class, and the surer the further it is', (t) => {
  const classes = described(around('a', axis(0), 0.01), around('b', axis(1), 0.01));
  const far = [0.51, 0.6, 1, 5].map((share) => findClass(classes, between(axis(0), axis(5), share)));
  t.true(far.every(({ className, known }) => className === null && known === false));
  const sure = far.map(({ classConfidence }) => classConfidence ?? 0);
  t.true(
    sure.every((value, at) => value >= 0.5 && value < 1 && value > (sure[at - 1] ?? 0)),
    sure.join(),
  );
  const near = findClass(classes, between(axis(0), axis(5), 0.2));
  t.deepEqual([near.className, near.known], ['a', true]);
});

test('one class alone is not asked for, but a picture of something else is not taken for it', (t) => {
  const classes = described(around('a', axis(0), 0.01));
  t.is(findClass(classes, axis(0)).className, 'a');
  t.is(findClass(classes, axis(3)).known, false);
});

test('a picture whose features are not finite is of no known class', (t) => {
  const found = findClass(described(around('a', axis(0), 0.01)), axis(0).fill(Number.NaN));
  t.deepEqual([found.className, found.known, found.classConfidence], [null, false, 1]);
});
