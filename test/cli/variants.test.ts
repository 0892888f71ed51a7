/** Variants, class-separated runs and attention maps on the command line, in processes of their own. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { imageSize } from '../../lib/image.js';
import { Model } from '../../lib/index.js';
import { temporaryFolder, writeDataset } from '../helpers/drawn-set.js';

const MAIN = path.join(__dirname, '../../dist/cli/main.js');
const { folder, remove } = temporaryFolder();
const data = path.join(folder, 'data');
const models = path.join(folder, 'models');
test.after.always(remove);

function dinomaly(...args: string[]): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8', timeout: 200_000 });
}

const ENCODER = ['--untrained', '--dim', '16', '--depth', '4', '--heads', '2', '--patch', '8', '--size', '40'];
const train = (...args: string[]): SpawnSyncReturns<string> =>
  dinomaly('train', '--data', data, ...ENCODER, '--crop', '32', '--iterations', '3', '--batch-size', '4', ...args);

test.before(async () => {
  await writeDataset(data);
});

test.serial('every axis of the ablations is an option of train', async (t) => {
  const file = path.join(folder, 'variant.safetensors');
  const network = ['--target-layers', '0,1,3', '--decoder-depth', '2', '--decoder-heads', '4', '--dropout', '0'];
  const groups = ['--encoder-groups', '0,1/2', '--decoder-groups', '0/1'];
  const attention = ['--attention', 'softmax', '--neighbour-mask', '3'];
  const loss = ['--loss', 'per-point', '--easy-fraction', '0.5', '--easy-ramp-steps', '2'];
  const more = ['--easy-gradient-factor', '0.2', '--eps', '1e-8'];
  const { status, stderr } = train('--out', file, ...network, ...groups, ...attention, ...loss, ...more);
  t.is(status, 0, stderr);
  await using model = await Model.load(file, { device: 'cpu' });
  t.like(model.config, {
    targetLayers: [0, 1, 3],
    encoderGroups: [[0, 1], [2]],
    decoderGroups: [[0], [1]],
    fusion: 'mean',
    decoderDepth: 2,
    decoderHeads: 4,
    attention: 'softmax',
    neighbourMask: 3,
    bottleneckDropout: 0,
  });
  t.is(model.training?.loss, 'per-point');
});

test.serial('options that contradict each other end with 2 and a reason', (t) => {
  const out = ['--out', path.join(folder, 'never.safetensors')];
  for (const [args, message] of [
    [['--neighbour-mask', '3'], /no window with linear attention/],
    [['--scheme', 'c', '--decoder-depth', '3'], /3 decoder blocks do not pair/],
    [['--scheme', 'b', '--encoder-groups', '0/1'], /beside a scheme/],
    [['--loss', 'global-cosine', '--easy-fraction', '0.5'], /treats easy and hard points alike/],
    [['--encoder-groups', '0,x'], /'x' is not a number/],
  ] as const) {
    const { status, stderr } = train(...out, ...args);
    t.is(status, 2, stderr);
    t.regex(stderr, message);
  }
  t.false(existsSync(path.join(folder, 'never.safetensors')));
});

test.serial('--class-separated trains one model a class, and evaluate takes their folder', async (t) => {
  const { status, stdout, stderr } = train(
    '--class-separated',
    '--scheme',
    'b',
    '--target-layers',
    '0,1,2,3',
    '--out',
    models,
  );
  t.is(status, 0, stderr);
  t.regex(stderr, /class 1 of 2: disc[\s\S]*6 pictures of 1 class,[\s\S]*class 2 of 2: ring/);
  t.is(stdout.match(/saved/g)?.length, 2);
  t.deepEqual(readdirSync(models).sort(), ['disc.safetensors', 'ring.safetensors']);
  await using model = await Model.load(path.join(models, 'ring.safetensors'), { device: 'cpu' });
  t.deepEqual(model.classes, ['ring']);
  const json = path.join(folder, 'separated.json');
  const evaluated = dinomaly('evaluate', '--model', models, '--data', data, '--json', json);
  t.is(evaluated.status, 0, evaluated.stderr);
  t.regex(evaluated.stdout, /I-AUROC[\s\S]*disc[\s\S]*ring[\s\S]*mean/);
  const whole = JSON.parse(readFileSync(json, 'utf8'));
  t.is(whole.images, 10);
  t.deepEqual(
    whole.classes.map(({ name }: { name: string }) => name),
    ['disc', 'ring'],
  );
  t.is(whole.mean.imageAuroc, (whole.classes[0].imageAuroc + whole.classes[1].imageAuroc) / 2);
});

test.serial('a class without its model is named before any is scored', (t) => {
  rmSync(path.join(models, 'ring.safetensors'));
  const { status, stderr } = dinomaly('evaluate', '--model', models, '--data', data);
  t.is(status, 1);
  t.regex(stderr, /FILE_READ .*no model of the class 'ring'/);
});

test.serial('attention draws each decoder block beside the picture and tells the entropy', async (t) => {
  const model = path.join(folder, 'variant.safetensors');
  const picture = path.join(data, 'disc/test/square/0.png');
  const out = path.join(folder, 'maps');
  const query = ['attention', '--model', model, '--query', '1,2', '--out', out, picture];
  const { status, stdout, stderr } = dinomaly(...query);
  t.is(status, 0, stderr);
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.deepEqual(
    lines.map(({ layer }) => layer),
    [0, 1],
  );
  const { width, height } = await imageSize(picture);
  for (const { entropy, uniform, file } of lines) {
    t.true(entropy > 0 && entropy <= uniform && Math.abs(uniform - Math.log(16)) < 1e-9);
    t.deepEqual(await imageSize(file), { width: 2 * width + 1, height });
  }
  const outside = dinomaly('attention', '--model', model, '--query', '4,0', '--out', out, picture);
  t.is(outside.status, 2);
  t.regex(outside.stderr, /--query/);
  t.regex(dinomaly('attention', '--model', model, '--query', '1', '--out', out, picture).stderr, /ROW,COLUMN/);
});
