/** What no threshold can be measured on or asked of: refused by name. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { type CalibrationSample, Evaluator, Model, openDataset } from '../../lib/index.js';
import { temporaryFolder, writeModel } from '../helpers/drawn-set.js';
import { writeHeldOut } from '../helpers/held-out.js';

const { folder, remove } = temporaryFolder();
const evaluator = new Evaluator();
let file = '';
let data = '';
let normals: CalibrationSample[] = [];

test.before(async () => {
  ({ data, model: file } = await writeModel(folder));
  normals = await writeHeldOut(folder, 10);
});
test.after.always(remove);

test('a class that the model does not know is refused, with the nearest one that it does', async (t) => {
  await using model = await Model.load(file);
  const picture = normals[0]?.path ?? '';
  const unknown = {
    instanceOf: RangeError,
    message: /^options\.className dics: there is no such class name\. Did you mean disc\?/,
  };
  await t.throwsAsync(model.score(picture, { className: 'dics' }), unknown);
  t.throws(() => model.scoreMany([picture], { className: 'dics' }), unknown);
  await t.throwsAsync(model.score(picture, { className: 5 as never }), { instanceOf: TypeError });
  await t.throwsAsync(model.score(picture, { className: '' }), { instanceOf: RangeError });
  await t.throwsAsync(model.score(picture, { threshold: Number.NaN }), { instanceOf: RangeError });
  await t.throwsAsync(model.score(picture, { threshold: '1' as never }), { instanceOf: TypeError });
});

const [FIRST] = [{ path: 'a.png', className: 'disc', label: 0, split: 'validation' }];
const REFUSED: readonly (readonly [title: string, samples: unknown, message: RegExp])[] = [
  ['a test picture', [FIRST, { ...FIRST, path: 'b.png', split: 'test' }], /b\.png is a test picture.*never/],
  ['a training picture', [{ ...FIRST, split: 'train' }], /a\.png is a training picture.*split: \{ validation: 0\.1/],
  ['an anomalous picture', [{ ...FIRST, label: 1 }], /a\.png is anomalous.*calibrateF1/],
  ['a picture that is listed twice', [FIRST, FIRST], /a\.png is listed twice/],
  ['no picture at all', [], /no pictures to calibrate with.*split/],
];
for (const [title, samples, message] of REFUSED) {
  test(`calibrating on ${title} is refused, naming it and what to do`, async (t) => {
    await using model = await Model.load(file);
    const refused = evaluator.calibrate(model, samples as CalibrationSample[]);
    await t.throwsAsync(refused, { code: 'CALIBRATION_DATA', message });
    t.is(model.thresholds, null);
  });
}

test('what are no pictures and options out of range are refused by path', async (t) => {
  await using model = await Model.load(file);
  const samples = (value: unknown): Promise<unknown> => evaluator.calibrate(model, value as never);
  await t.throwsAsync(samples('a.png'), { instanceOf: TypeError, message: /normals/ });
  await t.throwsAsync(samples([{ ...FIRST, className: '' }]), {
    instanceOf: RangeError,
    message: /name of a class for normals\[0\]\.className/,
  });
  await t.throwsAsync(samples([{ ...FIRST, label: 2 }]), { instanceOf: RangeError, message: /normals\[0\]\.label/ });
  await t.throwsAsync(samples([{ ...FIRST, split: 'val' }]), {
    instanceOf: RangeError,
    message: /normals\[0\]\.split/,
  });
  await t.throwsAsync(samples([{ className: 'a' }]), { instanceOf: TypeError, message: /normals\[0\]\.path/ });
  const options = (value: unknown): Promise<unknown> => evaluator.calibrate(model, normals, value as never);
  for (const value of [
    { falseRejectRate: 0 },
    { falseRejectRate: 0.6 },
    { confidenceLevel: 1 },
    { pixelRejectRate: 1 },
  ]) {
    await t.throwsAsync(options(value), { instanceOf: RangeError, message: new RegExp(Object.keys(value)[0] ?? '') });
  }
  for (const value of [{ falseRejectRate: '1' }, { rate: 0.1 }, { onProgress: 1 }, { signal: 1 }]) {
    await t.throwsAsync(options(value), { instanceOf: TypeError });
  }
  await t.throwsAsync(evaluator.calibrate({} as never, normals), { instanceOf: TypeError, message: /a Model/ });
  await t.throwsAsync(evaluator.calibrateF1(model, normals, { falseRejectRate: 0.1 } as never), {
    instanceOf: TypeError,
  });
});

/** The model with a weight so large that its numbers overflow. */
function overflowing(): string {
  const bytes = readFileSync(file);
  const start = 8 + Number(bytes.readBigUInt64LE());
  const header = JSON.parse(bytes.toString('utf8', 8, start)) as Record<string, { data_offsets: number[] }>;
  for (const [name, tensor] of Object.entries(header)) {
    if (/^decoder\.0\.mlp\.fc[12]\.weight$/.test(name)) {
      const [begin = 0, end = 0] = tensor.data_offsets;
      for (let at = begin; at < end; at += 4) bytes.writeFloatLE(3e38, start + at);
    }
  }
  const out = path.join(folder, 'overflowing.safetensors');
  writeFileSync(out, bytes);
  return out;
}

test('scores that are not finite are refused by the name of the picture, and a stream goes on', async (t) => {
  await using sound = await Model.load(file);
  const thresholds = await evaluator.calibrate(sound, normals);
  await using model = await Model.load(overflowing());
  const [picture = ''] = normals.map((sample) => sample.path);
  const refused = { code: 'SCORE_NOT_FINITE', message: /held-out\/0\.png is NaN/ };
  await t.throwsAsync(model.score(picture), refused, 'without thresholds too');
  await t.throwsAsync(model.scoreMany([picture]).next(), refused);
  const tested = normals.map((sample) => ({ ...sample, split: 'test' as const, defect: 'good' }));
  const dataset = { ...(await openDataset(data, { classes: ['disc'] })), test: tested };
  await t.throwsAsync(evaluator.evaluate(model, dataset), refused);
  await t.throwsAsync(evaluator.calibrate(model, normals), refused);
  t.is(model.thresholds, null);
  model.thresholds = thresholds;
  await t.throwsAsync(model.score(picture), refused);
  const failed: number[] = [];
  const onError = (error: unknown, _: unknown, index: number): void => {
    t.like(error, { code: 'SCORE_NOT_FINITE' });
    failed.push(index);
  };
  for await (const _ of model.scoreMany([picture, picture], { onError })) t.fail('there is no result');
  t.deepEqual(failed, [0, 1]);
});
