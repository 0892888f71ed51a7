/** Pictures decoded ahead of training steps: what is needed, once, and within memory. */
import test from 'ava';
import type { NativeImage } from '../../lib/binding/types.js';
import { spread, spreadClasses } from '../../lib/training/calibrate.js';
import { Feed } from '../../lib/training/feed.js';
import { ProgressMeter } from '../../lib/training/progress.js';

const picture = (index: number): NativeImage => ({ data: new Uint8Array([index]), width: 1, height: 1, channels: 1 });

interface Fixture {
  readonly feed: Feed;
  readonly decoded: number[];
  /** Moves on to the next batch. */
  step(): void;
}

function fixture(batches: readonly (readonly number[])[], lookAhead: number, bytes: number): Fixture {
  const decoded: number[] = [];
  let at = 0;
  const decode = async (index: number): Promise<NativeImage> => {
    decoded.push(index);
    if (index < 0) {
      throw new Error(`picture ${index}`);
    }
    return picture(index);
  };
  const feed = new Feed(
    (ahead) => batches[at + ahead],
    decode,
    () => 10,
    { lookAhead, bytes },
  );
  return { feed, decoded, step: () => at++ };
}

test('each batch comes with its pictures in order, and the end is undefined', async (t) => {
  const { feed, step } = fixture([[2, 0], [], [1]], 2, 1000);
  for (const indices of [[2, 0], [], [1]]) {
    const batch = await feed.next();
    t.deepEqual(batch?.indices, indices);
    t.deepEqual(
      batch?.images.map(({ data }) => data[0]),
      indices,
    );
    step();
  }
  t.is(await feed.next(), undefined);
});

test('coming batches are decoded ahead, each picture once', async (t) => {
  const { feed, decoded, step } = fixture([[0, 1], [2, 3], [4], [5]], 2, 1000);
  await feed.next();
  t.deepEqual(decoded, [0, 1, 2, 3, 4]);
  step();
  await feed.next();
  t.deepEqual(decoded, [0, 1, 2, 3, 4, 5]);
});

test('the look-ahead ends where memory does, but the present batch is always decoded', async (t) => {
  const { feed, decoded, step } = fixture(
    [
      [0, 1],
      [2, 3],
      [4, 5],
    ],
    2,
    30,
  );
  await feed.next();
  t.deepEqual(decoded, [0, 1, 2]);
  const small = fixture([[0, 1], [2]], 2, 5);
  t.is((await small.feed.next())?.images.length, 2);
  t.deepEqual(small.decoded, [0, 1]);
  step();
  t.is((await feed.next())?.images.length, 2);
});

test('a picture that fails ahead rejects at the step that needs it, not before', async (t) => {
  const { feed, step } = fixture([[0], [-1]], 1, 1000);
  t.is((await feed.next())?.images.length, 1);
  step();
  await t.throwsAsync(feed.next(), { message: 'picture -1' });
});

test('progress tells speed and remaining time over the last steps', (t) => {
  let now = 0;
  const meter = new ProgressMeter(100, () => now);
  const step = { loss: 1, gradNorm: 1, learningRate: 1, easyFraction: 0, skipped: false, images: 8, computeMs: 1 };
  let last = meter.measure({ ...step, step: 0 });
  for (let index = 1; index < 50; index++) {
    now += 2000;
    last = meter.measure({ ...step, step: index });
  }
  t.true(Math.abs(last.imagesPerSecond - 4) < 1e-9, `${last.imagesPerSecond}`);
  t.true(Math.abs(last.remainingSeconds - 100) < 1e-9, `${last.remainingSeconds}`);
  t.deepEqual([last.step, last.iterations], [49, 100]);
});

test('calibration pictures are spread over the whole set', (t) => {
  t.deepEqual(spread(3, 256), [0, 1, 2]);
  t.deepEqual(spread(10, 4), [0, 2, 5, 7]);
  t.is(new Set(spread(1000, 256)).size, 256);
  t.deepEqual(spread(0, 256), []);
});

test('of a large class and small ones as many pictures are taken as there are, and the rest of the large one', (t) => {
  const names = [
    ...Array.from({ length: 300 }, () => 'large'),
    'a',
    'b',
    'a',
    ...Array.from({ length: 50 }, () => 'c'),
  ];
  const taken = spreadClasses(names, 90);
  const count = (name: string): number => taken.filter((at) => names[at] === name).length;
  t.deepEqual(['a', 'b', 'c', 'large'].map(count), [2, 1, 43, 44]);
  t.deepEqual(
    taken,
    [...new Set(taken)].sort((a, b) => a - b),
  );
  t.deepEqual(spreadClasses(['x', 'x', 'x'], 256), [0, 1, 2]);
  const many = Array.from({ length: 1000 }, (_, at) => `class ${at % 100}`);
  t.is(spreadClasses(many, 256).length, 800, 'eight of each');
  t.deepEqual(spreadClasses([], 256), []);
});
