/** Scores that wait for their turn: given up, refused, answered once. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { DisposedError, Model } from '../../lib/index.js';
import { discPixels, temporaryFolder, writeModel } from '../helpers/drawn-set.js';

const { folder, remove } = temporaryFolder();
const picture = { data: discPixels(48, 44, 5, true), info: { width: 48, height: 44, channels: 3 } };
let file = '';

test.before(async () => {
  file = (await writeModel(folder)).model;
});
test.after.always(remove);

test('dispose rejects the scores that wait before their pictures are read', async (t) => {
  const model = await Model.load(file);
  const absent = path.join(folder, 'absent.png');
  const scores = Array.from({ length: 500 }, (_, index) => model.score(index < 100 ? picture : absent));
  const settled = Promise.allSettled(scores);
  model.dispose();
  const late = (await settled).slice(100);
  const errors = late.map((one) => (one.status === 'rejected' ? one.reason : one.value));
  t.true(errors.every((error) => error instanceof DisposedError));
});

test('an abort of thousands of waiting scores rejects each with the reason, and the others are scored', async (t) => {
  await using model = await Model.load(file);
  const controller = new AbortController();
  const reason = new Error('enough');
  const given = Array.from({ length: 3000 }, () => model.score(picture, { signal: controller.signal }));
  const kept = model.score(picture);
  const settled = Promise.allSettled(given);
  controller.abort(reason);
  const ends = await settled;
  t.true(ends.every((one) => one.status === 'rejected' && one.reason === reason));
  t.true(Number.isFinite((await kept).score));
});

test('beyond maxQueued a score rejects with OVERLOADED, and there is room again once others are done', async (t) => {
  await using model = await Model.load(file, { maxQueued: 3 });
  const running = Array.from({ length: 3 }, () => model.score(picture));
  const error = await t.throwsAsync(model.score(picture), { code: 'OVERLOADED' });
  t.regex(error?.message ?? '', /3 scores .* maxQueued/);
  const [first] = await Promise.all(running);
  const again = await model.score(picture);
  t.deepEqual(again.score, first?.score);
});

test('the thread that does the work has a name', async (t) => {
  await using model = await Model.load(file, { device: 'cpu' });
  await model.score(picture);
  const names = readdirSync('/proc/self/task').map((id) => readFileSync(`/proc/self/task/${id}/comm`, 'utf8').trim());
  t.true(names.includes('dinomaly-cpu'), names.join());
});

test('scoreMany waits where score would be refused', async (t) => {
  await using model = await Model.load(file, { maxQueued: 1 });
  let count = 0;
  for await (const { score } of model.scoreMany(Array.from({ length: 8 }, () => picture))) {
    t.true(Number.isFinite(score));
    count += 1;
  }
  t.is(count, 8);
});

test('maxQueued: a wrong kind is a TypeError, a value out of range a RangeError', async (t) => {
  await t.throwsAsync(Model.load(file, { maxQueued: '3' as never }), { instanceOf: TypeError });
  await t.throwsAsync(Model.load(file, { maxQueued: 0 }), { instanceOf: RangeError });
});
