/** A model file written again with its thresholds: the weights byte for byte, and never half a file. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type CalibrationSample, Evaluator, Model, type Thresholds } from '../../lib/index.js';
import { temporaryFolder, writeModel } from '../helpers/drawn-set.js';
import { writeHeldOut } from '../helpers/held-out.js';
import { mountDisk, testWithDisk } from '../helpers/where.js';

const { folder, remove } = temporaryFolder();
const evaluator = new Evaluator();
let normals: CalibrationSample[] = [];
let original = '';
let thresholds: Thresholds;

test.before(async () => {
  ({ model: original } = await writeModel(folder));
  normals = await writeHeldOut(folder, 10);
  await using model = await Model.load(original);
  thresholds = await evaluator.calibrate(model, normals, { falseRejectRate: 0.2 });
});
test.after.always(remove);

/** A file of the test's own, and the model loaded from it, calibrated. */
async function copyOf(name: string): Promise<{ readonly file: string; readonly model: Model }> {
  const file = path.join(folder, name, 'model.safetensors');
  mkdirSync(path.dirname(file));
  copyFileSync(original, file);
  const model = await Model.load(file);
  model.thresholds = thresholds;
  return { file, model };
}

interface Parts {
  readonly metadata: Record<string, string>;
  readonly tensors: Record<string, unknown>;
  readonly data: Buffer;
}

function partsOf(file: string): Parts {
  const bytes = readFileSync(file);
  const start = 8 + Number(bytes.readBigUInt64LE());
  const { __metadata__, ...tensors } = JSON.parse(bytes.toString('utf8', 8, start));
  return { metadata: __metadata__, tensors, data: bytes.subarray(start) };
}

function alone(t: ExecutionContext, file: string): void {
  t.deepEqual(readdirSync(path.dirname(file)), [path.basename(file)], 'nothing is left beside the file');
}

test('the saved file has the same tensors to the byte, the thresholds, and all else that it told', async (t) => {
  const { file, model } = await copyOf('whole');
  await using _ = model;
  const out = path.join(folder, 'whole-out.safetensors');
  await model.save(out);
  const [before, after] = [partsOf(file), partsOf(out)];
  t.deepEqual(after.data, before.data);
  t.deepEqual(after.tensors, before.tensors);
  const { thresholds: text = '', ...others } = after.metadata;
  t.deepEqual(others, before.metadata);
  t.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(thresholds)));
  t.is((readFileSync(out).length - after.data.length) % 8, 0, 'the data start at a multiple of 8');
  await using loaded = await Model.load(out);
  t.deepEqual(loaded.thresholds, thresholds);
  const picture = normals[0]?.path ?? '';
  t.is((await loaded.score(picture)).score, (await model.score(picture)).score);
});

test('a file may be written over itself, again and again, and thresholds be taken out', async (t) => {
  const { file, model } = await copyOf('itself');
  await using _ = model;
  const { data } = partsOf(file);
  await model.save(file);
  const once = readFileSync(file);
  await model.save(file);
  t.deepEqual(readFileSync(file), once);
  await Promise.all([model.save(file), model.save(file), model.save(file)]);
  t.deepEqual(readFileSync(file), once);
  model.thresholds = null;
  await model.save(file);
  t.deepEqual(partsOf(file).data, data);
  t.is(partsOf(file).metadata.thresholds, undefined);
  await using loaded = await Model.load(file);
  t.is(loaded.thresholds, null);
  alone(t, file);
});

test('permissions stay, and a link stays a link', async (t) => {
  const { file, model } = await copyOf('link');
  await using _ = model;
  chmodSync(file, 0o640);
  const link = path.join(folder, 'link-to-model');
  symlinkSync('link/model.safetensors', link);
  await model.save(link);
  t.is(readlinkSync(link), 'link/model.safetensors');
  t.is(statSync(file).mode & 0o777, 0o640);
  await using loaded = await Model.load(link);
  t.deepEqual(loaded.thresholds, thresholds);
  const dangling = path.join(folder, 'dangling');
  symlinkSync('link/new.safetensors', dangling);
  await model.save(dangling);
  t.true(existsSync(path.join(folder, 'link/new.safetensors')));
});

test('the hash of the weights is that of the tensor bytes, whatever the thresholds', async (t) => {
  const { file, model } = await copyOf('hash');
  await using _ = model;
  const expected = createHash('sha256').update(partsOf(file).data).digest('hex');
  t.is(await model.weightsHash(), expected);
  await model.save(file);
  t.is(await model.weightsHash(), expected);
  await using loaded = await Model.load(file);
  t.is(await loaded.weightsHash(), expected);
  const controller = new AbortController();
  controller.abort(new Error('enough'));
  await using fresh = await Model.load(file);
  await t.throwsAsync(fresh.weightsHash({ signal: controller.signal }), { message: 'enough' });
  fresh.dispose();
  await t.throwsAsync(fresh.weightsHash(), { code: 'DISPOSED' });
});

test('a checkpoint is hashed whole, and has no place for thresholds', async (t) => {
  const file = path.join(__dirname, '../fixtures/cases/checkpoints/dinomaly-official.pth');
  const encoder = { dim: 8, depth: 3, heads: 2, patch: 7 };
  await using model = await Model.load(file, { encoder, size: 32, crop: 28 });
  t.is(await model.weightsHash(), createHash('sha256').update(readFileSync(file)).digest('hex'));
  t.is(model.thresholds, null);
  await evaluator.calibrate(model, normals);
  const out = path.join(folder, 'checkpoint.safetensors');
  await t.throwsAsync(model.save(out), { code: 'MODEL_SOURCE', message: /dinomaly-official\.pth.*trainer\.save/ });
  t.false(existsSync(out));
});

test('a file that is gone or has changed since is refused, and what mends it is told', async (t) => {
  const { file, model } = await copyOf('changed');
  await using _ = model;
  const out = path.join(folder, 'changed-out.safetensors');
  const aside = `${file}.aside`;
  renameSync(file, aside);
  const gone = { code: 'MODEL_SOURCE', message: /model\.safetensors.*ENOENT.*Put it back/ };
  await t.throwsAsync(model.save(out), gone);
  await t.throwsAsync(model.weightsHash(), gone);
  writeFileSync(file, 'something else');
  const changed = { code: 'MODEL_SOURCE', message: /model\.safetensors has changed.*load it again/ };
  await t.throwsAsync(model.save(out), changed);
  await t.throwsAsync(model.save(file), changed);
  t.is(readFileSync(file, 'utf8'), 'something else');
  await t.throwsAsync(model.weightsHash(), changed);
  t.false(existsSync(out));
  renameSync(aside, file);
  await t.notThrowsAsync(model.save(out));
});

test('a second model of the same file sees that the first has written it', async (t) => {
  const { file, model } = await copyOf('second');
  await using _ = model;
  await using second = await Model.load(file);
  await model.save(file);
  await t.throwsAsync(second.save(file), { code: 'MODEL_SOURCE', message: /has changed/ });
});

test('a path that cannot be written is refused, and the file stays', async (t) => {
  const { file, model } = await copyOf('unwritable');
  await using _ = model;
  const before = readFileSync(file);
  const refused: readonly (readonly [string, RegExp])[] = [
    [path.join(folder, 'nowhere', 'model'), /nowhere.*create its folder first/],
    [folder, /it is a folder/],
    ['/dev/null', /not a regular file/],
    [path.join(folder, 'x'.repeat(300)), /xxx/],
  ];
  for (const [target, message] of refused) {
    await t.throwsAsync(model.save(target), { code: 'FILE_WRITE', message });
  }
  const loop = path.join(folder, 'loop');
  symlinkSync('loop', loop);
  await t.throwsAsync(model.save(loop), { code: 'FILE_WRITE' });
  await t.throwsAsync(model.save(5 as never), { instanceOf: TypeError });
  await t.throwsAsync(model.save(file, { thresholds } as never), { instanceOf: TypeError, message: /thresholds/ });
  t.deepEqual(readFileSync(file), before);
  alone(t, file);
  model.dispose();
  await t.throwsAsync(model.save(file), { code: 'DISPOSED' });
});

test('an abort leaves the file as it was, and nothing beside it', async (t) => {
  const { file, model } = await copyOf('abort');
  await using _ = model;
  const before = readFileSync(file);
  const controller = new AbortController();
  const saved = model.save(file, { signal: controller.signal });
  controller.abort(new Error('enough'));
  await t.throwsAsync(saved, { message: 'enough' });
  t.deepEqual(readFileSync(file), before);
  alone(t, file);
});

testWithDisk('a full disk leaves the old file whole and nothing beside it', async (t) => {
  const { file, model } = await copyOf('full');
  await using _ = model;
  const size = Math.ceil((1.5 * statSync(file).size) / 4096) * 4096;
  using disk = mountDisk(path.join(folder, 'full-disk'), `size=${size}`);
  const target = path.join(disk.folder, 'model.safetensors');
  copyFileSync(file, target);
  await using full = await Model.load(target);
  full.thresholds = thresholds;
  await t.throwsAsync(full.save(target), { code: 'FILE_WRITE', message: /model\.safetensors.*free some space/ });
  t.deepEqual(readFileSync(target), readFileSync(file));
  alone(t, target);
});

testWithDisk('a folder that is read-only leaves the old file whole', async (t) => {
  const { file, model } = await copyOf('read-only');
  await using _ = model;
  using disk = mountDisk(path.join(folder, 'read-only-disk'), 'size=1m');
  const target = path.join(disk.folder, 'model.safetensors');
  copyFileSync(file, target);
  t.is(spawnSync('mount', ['-o', 'remount,ro', disk.folder]).status, 0);
  await t.throwsAsync(model.save(target), { code: 'FILE_WRITE', message: /model\.safetensors.*choose a folder/ });
  t.deepEqual(readFileSync(target), readFileSync(file));
});
