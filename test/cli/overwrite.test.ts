/** No command replaces what it reads. */
import { copyFileSync, existsSync, linkSync, mkdirSync, readFileSync, renameSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { openDataset, Trainer } from '../../lib/index.js';
import { NETWORK, start } from '../helpers/command.js';
import { TINY, TINY_SIZE, temporaryFolder, writeModel } from '../helpers/drawn-set.js';

const { folder, remove } = temporaryFolder();
const DATA = path.join(folder, 'data');
const MODEL = path.join(folder, 'model.safetensors');
const PICTURE = path.join(DATA, 'disc/test/good/0.png');
const TRAINING = path.join(DATA, 'disc/train/good/0.png');
const MASK = path.join(DATA, 'disc/ground_truth/square/0_mask.png');
const WEIGHTS = path.join(folder, 'weights.safetensors');
test.before(async () => {
  await writeModel(folder);
  copyFileSync(MODEL, WEIGHTS);
  linkSync(MODEL, path.join(folder, 'hard'));
  symlinkSync(TRAINING, path.join(folder, 'link.png'));
});
test.after.always(remove);

/** Runs a command that must not touch `kept`. */
async function refused(t: import('ava').ExecutionContext, kept: string, args: readonly string[]): Promise<void> {
  const before = readFileSync(kept);
  const run = start(args);
  const words = args.join(' ');
  t.deepEqual(await run.ended, { status: 1, signal: null }, `${words}: ${run.text.stderr}`);
  t.regex(run.text.stderr, /dinomaly: OUTPUT_CLASH .* are one file; choose another name\n$/, words);
  t.notRegex(run.text.stderr, /picture \d|step \d/, 'before any work');
  t.is(run.text.stdout, '');
  t.true(readFileSync(kept).equals(before), words);
}

test.serial('evaluate --json replaces neither model, picture, mask nor its own report', async (t) => {
  const evaluate = ['evaluate', '--model', MODEL, '--data', DATA];
  for (const kept of [MODEL, path.join(folder, 'hard'), PICTURE, MASK, TRAINING]) {
    await refused(t, kept, [...evaluate, '--json', kept]);
  }
  const report = path.join(folder, 'report');
  mkdirSync(report);
  await refused(t, MODEL, [...evaluate, '--report', report, '--json', path.join(report, 'metrics.json')]);
  t.false(existsSync(path.join(report, 'metrics.json')));
});

test.serial('evaluate --maps and --report replace no picture and no model', async (t) => {
  const maps = path.join(folder, 'maps');
  mkdirSync(maps);
  symlinkSync(DATA, path.join(maps, 'anomaly_maps'));
  const evaluate = ['evaluate', '--model', MODEL, '--data', DATA];
  await refused(t, PICTURE, [...evaluate, '--maps', maps, '--map-format', 'png16']);
  const report = path.join(folder, 'clash');
  mkdirSync(report);
  const inside = path.join(report, 'index.html');
  copyFileSync(MODEL, inside);
  await refused(t, inside, ['evaluate', '--model', inside, '--data', DATA, '--report', report]);
});

test.serial('train --out replaces neither weights nor pictures, through links too', async (t) => {
  const network = NETWORK.filter((word) => word !== '--untrained');
  const train = ['train', '--data', DATA, ...network, '--iterations', '1'];
  await refused(t, WEIGHTS, [...train, '--weights', WEIGHTS, '--out', WEIGHTS]);
  await refused(t, TRAINING, [...train, '--untrained', '--out', path.join(folder, 'link.png')]);
  await refused(t, PICTURE, [...train, '--untrained', '--out', PICTURE]);
});

test.serial('calibrate --out replaces no picture', async (t) => {
  await refused(t, PICTURE, ['calibrate', '--model', MODEL, '--data', DATA, '--f1', '--out', PICTURE]);
});

test.serial('predict and attention replace no picture whose name is that of an output', async (t) => {
  const pictures = path.join(folder, 'pictures');
  mkdirSync(pictures);
  const [part, heatmap, map] = ['part.png', 'part-heatmap.png', 'part-map.png'].map((name) =>
    path.join(pictures, name),
  );
  for (const file of [part, heatmap, map]) copyFileSync(PICTURE, file ?? '');
  const predict = ['predict', '--model', MODEL, part ?? '', heatmap ?? '', map ?? ''];
  await refused(t, heatmap ?? '', [...predict, '--heatmaps', pictures]);
  await refused(t, map ?? '', [...predict, '--maps', pictures, '--map-format', 'png16']);
  const drawn = path.join(pictures, 'part-attention-0-0-layer-0.png');
  renameSync(part ?? '', drawn);
  symlinkSync(drawn, part ?? '');
  await refused(t, drawn, ['attention', '--model', MODEL, '--query', '0,0', '--out', pictures, part ?? '']);
});

test.serial('reproduce replaces no weights that have the name of a report', async (t) => {
  const out = path.join(folder, 'reproduced');
  mkdirSync(out);
  const weights = path.join(out, 'table-3.json');
  copyFileSync(WEIGHTS, weights);
  const network = NETWORK.filter((word) => word !== '--untrained');
  const set = ['--data', DATA, '--benchmark', 'MVTec-AD', '--out', out, '--weights', weights];
  await refused(t, weights, ['reproduce', '3', ...set, ...network]);
});

test.serial(
  'trainer.save replaces neither weights nor training pictures, and may replace the model it went on from',
  async (t) => {
    const dataset = await openDataset(DATA);
    const own = { encoder: TINY, ...TINY_SIZE, device: 'cpu' } as const;
    await using trainer = await Trainer.create({ ...own, weights: WEIGHTS });
    await trainer.train(dataset, { iterations: 1, batchSize: 4 });
    for (const kept of [WEIGHTS, TRAINING]) {
      await t.throwsAsync(trainer.save(kept), { code: 'OUTPUT_CLASH', message: /^save would replace / });
    }
    const before = path.join(folder, 'before.safetensors');
    await trainer.save(before);
    await using further = await Trainer.create({ ...own, weights: before, initial: before });
    await t.notThrowsAsync(further.save(before));
  },
);
