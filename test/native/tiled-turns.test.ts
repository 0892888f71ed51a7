/** Pictures in tiles among other callers: deadlines, aborts, dispose, and counts that add up. No test waits for a clock. */
import path from 'node:path';
import { mock } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import test from 'ava';
import { DisposedError, Model, type ModelStats, type ScoreResult } from '../../lib/index.js';
import { tileCount } from '../../lib/maps/tiles.js';
import { discPixels, temporaryFolder, writeDisc, writeModel } from '../helpers/drawn-set.js';

const { folder, remove } = temporaryFolder();
const TILES = { device: 'cpu', tiles: { size: 40, overlap: 8 } } as const;
/** A batch of eight waits for as long as it is not full. */
const PATIENT = { ...TILES, maxBatch: 8, maxDelayMs: 10_000 } as const;
let file = '';

/** So many rows and columns of tiles. */
function picture(down: number, across: number, seed = 5) {
  const [height, width] = [16 + 24 * down, 16 + 24 * across];
  return { data: discPixels(width, height, seed, true), info: { width, height, channels: 3 as const } };
}

function counts({ scored, failed, aborted, expired, queued, decoding, running }: ModelStats) {
  return { scored, failed, aborted, expired, queued, decoding, running };
}

const NONE = { scored: 0, failed: 0, aborted: 0, expired: 0, queued: 0, decoding: 0, running: 0 };

/** Turns the event loop until the model's counts are so; fails where the score has ended before. */
async function until(model: Model, score: Promise<unknown>, holds: (stats: ModelStats) => boolean): Promise<void> {
  let ended = false;
  const end = (): void => {
    ended = true;
  };
  score.then(end, end);
  while (!holds(model.stats())) {
    if (ended) throw new Error('The score has ended before');
    await turn();
  }
}

/** Lets the time of a score that waits run out, and more where its first tile is being resized. */
async function expire(model: Model, score: Promise<unknown>): Promise<void> {
  await until(model, score, ({ expired }) => {
    if (expired === 0) mock.timers.tick(1000);
    return expired > 0;
  });
}

function same(one: ScoreResult | undefined, other: ScoreResult | undefined): boolean {
  return (
    one !== undefined && one.score === other?.score && Buffer.from(one.map.buffer).equals(Buffer.from(other.map.buffer))
  );
}

test.before(async () => {
  file = (await writeModel(folder)).model;
});
test.afterEach.always(() => mock.timers.reset());
test.after.always(remove);

test.serial(
  'a picture none of whose tiles has started by its deadline ends with DEADLINE and leaves its place',
  async (t) => {
    await using model = await Model.load(file, { ...PATIENT, maxQueued: 1 });
    t.is(tileCount(picture(2, 3).info, model.geometry), 6);
    mock.timers.enable({ apis: ['setTimeout'] });
    const late = model.score(picture(2, 3), { deadlineMs: 1000 });
    await until(model, late, ({ queued }) => queued === 6);
    mock.timers.tick(999);
    await turn();
    t.deepEqual(counts(model.stats()), { ...NONE, queued: 6 });
    await expire(model, late);
    await t.throwsAsync(late, { code: 'DEADLINE', message: /the raw picture waited for 1000 ms/ });
    t.deepEqual(counts(model.stats()), { ...NONE, expired: 1 });
    // As many tiles as a batch: it is full, with none of the tiles that have left.
    const next = await model.score(picture(2, 4), { deadlineMs: 1000 });
    t.is(next.timing.batch, 8);
    t.deepEqual(counts(model.stats()), { ...NONE, scored: 1, expired: 1 });
  },
);

test.serial('a picture whose first tile has started by its deadline goes on to its result', async (t) => {
  await using model = await Model.load(file, { ...TILES, maxBatch: 1 });
  const expected = await model.score(picture(6, 6));
  mock.timers.enable({ apis: ['setTimeout'] });
  const begun = model.score(picture(6, 6), { deadlineMs: 1000 });
  await until(model, begun, ({ running }) => running > 0);
  mock.timers.tick(5000);
  t.true(same(await begun, expected));
  t.deepEqual(counts(model.stats()), { ...NONE, scored: 2 });
});

test.serial('a stream goes on after a picture in tiles that is past its deadline', async (t) => {
  await using model = await Model.load(file, PATIENT);
  mock.timers.enable({ apis: ['setTimeout'] });
  const codes: string[] = [];
  const onError = (error: unknown): void => void codes.push((error as { code: string }).code);
  const pictures = [picture(2, 3), picture(2, 4), picture(4, 4)];
  const stream = model.scoreMany(pictures, { deadlineMs: 1000, lookAhead: 1, onError });
  const first = stream.next();
  await until(model, first, ({ queued }) => queued === 6);
  await expire(model, first);
  const indices = [(await first).value?.index];
  for await (const { index } of stream) indices.push(index);
  t.deepEqual([codes, indices], [['DEADLINE'], [1, 2]]);
  t.deepEqual(counts(model.stats()), { ...NONE, scored: 2, expired: 1 });
});

test.serial(
  'an abort amid the tiles of a picture ends it with its reason, and the others are scored as ever',
  async (t) => {
    await using model = await Model.load(file, TILES);
    const pictures = [picture(1, 1, 1), picture(3, 4, 2), picture(1, 1, 3)];
    const alone: ScoreResult[] = [];
    for (const one of pictures) alone.push(await model.score(one));
    const abort = new AbortController();
    const reason = new Error('enough');
    const given = model.score(picture(30, 30), { signal: abort.signal });
    await until(model, given, ({ running }) => running > 0);
    // Scored after the tiles that stood before it, and before those that did not.
    await model.score(picture(1, 1));
    const others = Promise.all(pictures.map((one) => model.score(one)));
    abort.abort(reason);
    t.is(await t.throwsAsync(given), reason);
    t.true((await others).every((one, at) => same(one, alone[at])));
    t.deepEqual(counts(model.stats()), { ...NONE, scored: 7, aborted: 1 });
  },
);

test.serial('a consumer that leaves a stream stops the tiles of its next picture', async (t) => {
  await using model = await Model.load(file, { ...TILES, maxBatch: 1 });
  for await (const { index } of model.scoreMany([picture(1, 1), picture(60, 60)], { lookAhead: 2 })) {
    t.is(index, 0);
    break;
  }
  t.deepEqual(counts(model.stats()), { ...NONE, scored: 1, aborted: 1 });
});

test.serial(
  'dispose amid the tiles of a picture ends it, and what is in the network or of another model is scored',
  async (t) => {
    const [model, other] = [await Model.load(file, TILES), await Model.load(file, TILES)];
    const given = model.score(picture(30, 30));
    await until(model, given, ({ running }) => running > 0);
    const [queued, neighbour] = [model.score(picture(1, 1)), other.score(picture(3, 4))];
    await until(model, queued, ({ decoding }) => decoding === 0);
    model.dispose();
    await t.throwsAsync(given, { instanceOf: DisposedError });
    t.true(same(await queued, await other.score(picture(1, 1))));
    t.true(same(await neighbour, await other.score(picture(3, 4))));
    other.dispose();
  },
);

test.serial('stats: the tiles that wait hide no picture that is decoded meanwhile', async (t) => {
  await using model = await Model.load(file, PATIENT);
  await writeDisc(path.join(folder, 'one.png'), 1);
  const abort = new AbortController();
  const tiled = model.score(picture(2, 3), { signal: abort.signal });
  await until(model, tiled, ({ queued }) => queued === 6);
  const read = [1, 2].map(() => model.score(path.join(folder, 'one.png'), { signal: abort.signal }));
  // No turn of the event loop: no file has been read.
  for (let at = 0; at < 20; at++) await null;
  t.deepEqual(counts(model.stats()), { ...NONE, queued: 6, decoding: 2 });
  abort.abort(new Error('enough'));
  await Promise.allSettled([tiled, ...read]);
  t.deepEqual(counts(model.stats()), { ...NONE, aborted: 3 });
});

test.serial('the tiles of a picture fill a batch, however large', async (t) => {
  await using model = await Model.load(file, { ...TILES, maxBatch: 16, maxDelayMs: 10_000 });
  t.is((await model.score(picture(4, 8))).timing.batch, 16);
});
