/** The command line as a user runs it: in processes of its own, on the built package. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { imageSize } from '../../lib/image.js';
import { temporaryFolder, writeDataset } from '../helpers/drawn-set.js';

const MAIN = path.join(__dirname, '../../dist/cli/main.js');
const { folder, remove } = temporaryFolder();
const model = path.join(folder, 'model.safetensors');
const data = path.join(folder, 'data');
test.after.always(remove);

function dinomaly(...args: string[]): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8', timeout: 200_000 });
}

const ENCODER = ['--dim', '16', '--depth', '4', '--heads', '2', '--patch', '8', '--size', '40', '--crop', '32'];

test.serial('train writes a model, with plain progress lines off a terminal', async (t) => {
  await writeDataset(data);
  const run = ['--iterations', '4', '--batch-size', '4', '--seed', '3', '--out', model];
  const { status, stdout, stderr } = dinomaly('train', '--data', data, '--untrained', ...ENCODER, ...run);
  t.is(status, 0, stderr);
  t.regex(stderr, /step 4\/4 loss \d/);
  t.regex(stderr, /images\/s/);
  t.false(stderr.includes('\u001b'), 'no control sequences');
  t.regex(stdout, /saved/);
});

test.serial('an encoder of your own is taken untrained, and a plain line says so', (t) => {
  const out = path.join(folder, 'implied.safetensors');
  const run = ['--iterations', '1', '--batch-size', '4', '--out', out];
  const { status, stderr } = dinomaly('train', '--data', data, ...ENCODER, ...run);
  t.is(status, 0, stderr);
  t.regex(stderr, /^no weights: the encoder is random/m);
});

test('--version prints the version of the package', (t) => {
  const { version } = JSON.parse(readFileSync(path.join(__dirname, '../../package.json'), 'utf8')) as {
    version: string;
  };
  t.is(dinomaly('--version').stdout.trim(), version);
});

test('a named encoder without weights ends with 2 and the address of the official ones', (t) => {
  const run = ['--encoder', 'dinov2_vit_small_14', '--out', path.join(folder, 'never')];
  const { status, stdout, stderr } = dinomaly('train', '--data', data, ...run);
  t.is(status, 2);
  t.is(stdout, '');
  t.regex(
    stderr,
    /needs its weights: --weights FILE; they are at https:\S+dinov2_vits14_pretrain\.pth\n.*weights pull.*\n.*--untrained/,
  );
});

test.serial('a picture past --pixel-limit is named', (t) => {
  const good = path.join(data, 'disc/test/square/0.png');
  const { status, stderr } = dinomaly('predict', '--model', model, '--pixel-limit', '100', good);
  t.is(status, 1);
  t.regex(stderr, /^dinomaly: IMAGE_TOO_LARGE .*0\.png.*\(100\)/m);
});

test.serial('an SVG is refused with the remedy, and scored with --svg', (t) => {
  const file = path.join(folder, 'drawn.svg');
  writeFileSync(file, '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><circle r="9"/></svg>');
  const refused = dinomaly('predict', '--model', model, file);
  t.is(refused.status, 1);
  t.regex(refused.stderr, /^dinomaly: IMAGE_DECODE .*drawn\.svg: it is an SVG/m);
  const { status, stdout, stderr } = dinomaly('predict', '--model', model, '--svg', '--class-name', 'disc', file);
  t.is(status, 0, stderr);
  t.regex(stdout, /drawn\.svg/);
});

test.serial('evaluate prints the table and writes JSON', (t) => {
  const json = path.join(folder, 'metrics.json');
  const { status, stdout, stderr } = dinomaly('evaluate', '--model', model, '--data', data, '--json', json);
  t.is(status, 0, stderr);
  t.regex(stdout, /I-AUROC.*AUPRO/);
  const { classes, mean } = JSON.parse(readFileSync(json, 'utf8'));
  t.deepEqual(
    classes.map(({ name }: { name: string }) => name),
    ['disc', 'ring'],
  );
  for (const key of ['imageAuroc', 'imageAp', 'imageF1Max', 'pixelAuroc', 'pixelAp', 'pixelF1Max', 'aupro']) {
    t.true(mean[key] >= 0 && mean[key] <= 1, key);
  }
});

test.serial(
  "predict writes a JSON line a picture, heatmaps of the picture's own size, and goes on after a bad one",
  async (t) => {
    const good = path.join(data, 'disc/test/square/0.png');
    const bad = path.join(folder, 'bad.png');
    writeFileSync(bad, 'no picture');
    const out = path.join(folder, 'heat');
    const { status, stdout, stderr } = dinomaly('predict', '--model', model, '--heatmaps', out, good, bad, good);
    t.is(status, 1);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    t.is(lines.length, 2);
    t.is(lines[0].image, good);
    t.true(Number.isFinite(lines[0].score));
    t.deepEqual(await imageSize(lines[0].heatmap), await imageSize(good));
    t.not(lines[0].heatmap, lines[1].heatmap);
    t.regex(stderr, /IMAGE_DECODE.*bad\.png/);
  },
);

test.serial("predict writes maps in the picture's pixels and lists the regions above the threshold", async (t) => {
  const good = path.join(data, 'disc/test/square/0.png');
  const { width, height } = await imageSize(good);
  const out = path.join(folder, 'maps');
  const run = ['predict', '--model', model, '--maps', out, '--heatmaps', out, '--legend'];
  const low = dinomaly(...run, '--map-format', 'png16', '--regions', '--pixel-threshold', '-1', good);
  t.is(low.status, 0, low.stderr);
  const line = JSON.parse(low.stdout);
  t.deepEqual(await imageSize(line.map), { width, height });
  t.true((await imageSize(line.heatmap)).height > height);
  t.is(line.pixelThreshold, -1);
  t.is(line.regions.length, 1);
  const { left, top, ...size } = line.regions[0].box;
  const [x, y] = [left + size.width, top + size.height];
  t.deepEqual(line.regions[0].contour, [
    [
      [
        [left, top],
        [x, top],
        [x, y],
        [left, y],
        [left, top],
      ],
    ],
  ]);
  t.is(line.regions[0].area, size.width * size.height);
  const high = dinomaly(...run, '--map-format', 'npy', '--regions', '--pixel-threshold', '3', good);
  t.deepEqual(JSON.parse(high.stdout).regions, []);
  t.is(path.extname(JSON.parse(high.stdout).map), '.npy');
});

test.serial('maps and regions that cannot be had are refused before the first picture', (t) => {
  const good = path.join(data, 'disc/test/square/0.png');
  for (const [args, status, message] of [
    [['--regions'], 2, /--regions needs a pixel threshold: --pixel-threshold/],
    [['--maps', folder, '--map-format', 'mask'], 2, /--map-format mask needs/],
    [['--maps', folder, '--map-format', 'jpeg'], 2, /'tiff16'.*for --map-format/],
    [['--pixel-threshold', 'much'], 2, /pixel-threshold/],
    [['--maps', good], 1, /FILE_WRITE .*0\.png/],
  ] as const) {
    const run = dinomaly('predict', '--model', model, ...args, good);
    t.is(run.status, status, run.stderr);
    t.regex(run.stderr, message);
    t.is(run.stdout, '');
  }
});

test('wrong usage ends with 2 and says what is wrong', (t) => {
  for (const [args, message] of [
    [['train', '--data', data], /--out/],
    [['predict', '--model', 'x', '--heatmap', 'y', 'z'], /--heatmaps/],
    [['train', '--data', data, '--out', model, '--iterations', 'many'], /iterations/],
    [['nonsense'], /nonsense/],
  ] as const) {
    const { status, stderr } = dinomaly(...args);
    t.is(status, 2, stderr);
    t.regex(stderr, message);
  }
});

test('failures end with 1 and one line that has the code', (t) => {
  const { status, stderr } = dinomaly('evaluate', '--model', path.join(folder, 'none'), '--data', folder);
  t.is(status, 1);
  t.regex(stderr, /^dinomaly: (FILE_READ|DATASET_LAYOUT) /);
  t.is(stderr.trim().split('\n').length, 1);
});

test('--help exits with 0', (t) => {
  t.is(dinomaly('--help').status, 0);
  t.is(dinomaly('train', '--help').status, 0);
});
