/** Hostile and broken files: each is a typed error that names the file and the cause, and loses nothing. */

import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { Model, openDataset, Trainer } from '../../lib/index.js';
import { TINY, TINY_SIZE, temporaryFolder, trainedTrainer, writeDisc, writeModel } from '../helpers/drawn-set.js';
import { mountDisk, testWithDisk } from '../helpers/where.js';

const { folder, remove } = temporaryFolder();
let modelFile = '';
let data = '';

test.before(async () => {
  ({ model: modelFile, data } = await writeModel(folder));
});
test.after.always(remove);

interface Header {
  [name: string]: { dtype: string; shape: number[]; data_offsets: [number, number] };
}

/** The model file with its header, or its bytes, changed. */
function damaged(name: string, change: (header: Header, body: Buffer) => Buffer | undefined): string {
  const bytes = readFileSync(modelFile);
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Header;
  const body = bytes.subarray(8 + length);
  const whole = change(header, body);
  const text = Buffer.from(JSON.stringify(header));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(text.length));
  const file = path.join(folder, `${name}.safetensors`);
  writeFileSync(file, whole ?? Buffer.concat([size, text, body]));
  return file;
}

const TENSOR = 'decoder.0.attn.proj.bias';
const cases: [title: string, code: string, cause: RegExp, make: () => string][] = [
  [
    'truncated',
    'WEIGHTS_FORMAT',
    /truncated/,
    () => damaged('truncated', () => readFileSync(modelFile).subarray(0, -64)),
  ],
  [
    'renamed tensor',
    'WEIGHTS_MISMATCH',
    /decoder\.0\.attn\.proj\.bias/,
    () =>
      damaged('wrong-key', (header) => {
        Object.assign(header, { stranger: header[TENSOR] });
        delete header[TENSOR];
        return undefined;
      }),
  ],
  [
    'misshapen tensor',
    'WEIGHTS_MISMATCH',
    /decoder\.0\.attn\.proj\.bias/,
    () =>
      damaged('wrong-shape', (header) => {
        const tensor = header[TENSOR];
        if (tensor) tensor.shape = [4, 4];
        return undefined;
      }),
  ],
  [
    'not finite',
    'WEIGHTS_NOT_FINITE',
    /decoder\.0\.attn\.proj\.bias/,
    () =>
      damaged('nan', (header, body) => {
        body.writeFloatLE(Number.NaN, header[TENSOR]?.data_offsets[0] ?? 0);
        return undefined;
      }),
  ],
  [
    'header longer than the file',
    'WEIGHTS_FORMAT',
    /header/,
    () =>
      damaged('long-header', () => {
        const size = Buffer.alloc(8);
        size.writeBigUInt64LE(2n ** 40n);
        return Buffer.concat([size, Buffer.from('{}')]);
      }),
  ],
  [
    'text',
    'WEIGHTS_FORMAT',
    /text\.safetensors/,
    () => damaged('text', () => Buffer.from('no weights in here at all')),
  ],
  ['empty', 'WEIGHTS_FORMAT', /empty\.safetensors/, () => damaged('empty', () => Buffer.alloc(0))],
];

for (const [title, code, cause, make] of cases) {
  test(`a model file that is damaged (${title}) is refused by name`, async (t) => {
    const file = make();
    const error = await t.throwsAsync(Model.load(file), { code });
    t.true(error?.message.includes(path.basename(file)), error?.message);
    t.regex(error?.message ?? '', cause);
  });
}

test('an absent file, a folder and a .pth that is no zip are refused by name', async (t) => {
  const pth = path.join(folder, 'fake.pth');
  writeFileSync(pth, 'PK\u0003\u0004 but nothing more');
  await t.throwsAsync(Model.load(path.join(folder, 'absent')), { code: 'FILE_READ', message: /absent/ });
  await t.throwsAsync(Model.load(folder), { code: 'FILE_READ' });
  await t.throwsAsync(Model.load(pth), { code: 'WEIGHTS_FORMAT', message: /fake\.pth/ });
  const options = { encoder: TINY, ...TINY_SIZE, weights: pth };
  await t.throwsAsync(Trainer.create(options), { code: 'WEIGHTS_FORMAT', message: /fake\.pth/ });
});

test('text as a picture, a zero-byte picture and one past the pixel limit are refused by name', async (t) => {
  await using model = await Model.load(modelFile, { pixelLimit: 1000 });
  const text = path.join(folder, 'text.png');
  const empty = path.join(folder, 'empty.png');
  const large = path.join(folder, 'large.png');
  writeFileSync(text, 'this is no picture');
  writeFileSync(empty, '');
  await writeDisc(large, 1);
  await t.throwsAsync(model.score(text), { code: 'IMAGE_DECODE', message: /text\.png/ });
  await t.throwsAsync(model.score(empty), { code: 'IMAGE_DECODE', message: /empty\.png/ });
  await t.throwsAsync(model.score(large), { code: 'IMAGE_TOO_LARGE', message: /large\.png.*pixelLimit/s });
});

test('a zero-byte training picture is found before training starts', async (t) => {
  const root = path.join(folder, 'zero');
  await writeDisc(path.join(root, 'disc/train/good/0.png'), 1);
  await writeDisc(path.join(root, 'disc/test/good/0.png'), 1);
  writeFileSync(path.join(root, 'disc/train/good/1.png'), '');
  await using trainer = await Trainer.create({ encoder: TINY, weights: null, ...TINY_SIZE });
  let steps = 0;
  const run = trainer.train(await openDataset(root), { iterations: 3, batchSize: 1, onProgress: () => void steps++ });
  await t.throwsAsync(run, { code: 'IMAGE_DECODE', message: /1\.png/ });
  t.is(steps, 0);
});

testWithDisk('a full disk while saving leaves the previous file whole and nothing beside it', async (t) => {
  using disk = mountDisk(path.join(folder, 'disk'), 'size=256k');
  const file = path.join(disk.folder, 'model.safetensors');
  writeFileSync(file, 'the previous file');
  await using trainer = await trainedTrainer(await openDataset(data), 1);
  await using large = await Trainer.create({ encoder: { ...TINY, dim: 64 }, weights: null, ...TINY_SIZE });
  await t.throwsAsync(large.save(file), { code: 'FILE_WRITE', message: /model\.safetensors/ });
  t.is(readFileSync(file, 'utf8'), 'the previous file');
  t.deepEqual(readdirSync(disk.folder), ['model.safetensors']);
  copyFileSync(modelFile, path.join(folder, 'again.safetensors'));
  await t.notThrowsAsync(trainer.save(path.join(folder, 'again.safetensors')));
});
