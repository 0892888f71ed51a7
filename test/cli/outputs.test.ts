/** What the command does when one of its outputs, or one of its pictures, fails. */
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, statSync, truncateSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { dinomaly } from '../helpers/command.js';
import { temporaryFolder, writeDataset, writeModel } from '../helpers/drawn-set.js';

const { folder, remove } = temporaryFolder();
let model: string;
let data: string;
const picture = (name: string): string => path.join(data, 'disc/test/square', name);
test.before(async () => {
  ({ model, data } = await writeModel(folder));
});
test.after.always(remove);

/** A folder of results where one name is taken, so that its file cannot be written. */
function blocked(name: string, taken: string): string {
  const out = path.join(folder, name);
  mkdirSync(path.join(out, taken), { recursive: true });
  return out;
}

test('predict goes on after a heatmap that cannot be written: all are scored, the file is named, the status is 1', (t) => {
  const out = blocked('heat', '0-heatmap.png');
  const images = ['0.png', '1.png', '2.png'].map(picture);
  const { status, stdout, stderr } = dinomaly(['predict', '--model', model, '--heatmaps', out, ...images]);
  t.is(status, 1);
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.deepEqual(
    lines.map(({ image }) => image),
    images,
  );
  t.true(lines.every(({ score }) => Number.isFinite(score)));
  t.deepEqual(
    lines.map(({ heatmap }) => heatmap && path.basename(heatmap)),
    [undefined, '1-heatmap.png', '2-heatmap.png'],
  );
  t.regex(stderr, /^dinomaly: FILE_WRITE .*0-heatmap\.png.*\n$/m);
});

test('predict gives the other outputs of a picture whose map cannot be written', (t) => {
  const out = blocked('maps', '0-map.tiff');
  const args = ['--maps', out, '--heatmaps', out, '--regions', '--pixel-threshold', '-1', picture('0.png')];
  const { status, stdout, stderr } = dinomaly(['predict', '--model', model, ...args]);
  t.is(status, 1);
  const { map, heatmap, regions } = JSON.parse(stdout);
  t.is(map, undefined);
  t.is(statSync(heatmap).isFile(), true);
  t.is(regions.length, 1);
  t.regex(stderr, /^dinomaly: FILE_WRITE .*0-map\.tiff.*\n$/m);
});

test('attention goes on after a block whose picture cannot be written', (t) => {
  const out = blocked('attention', '0-attention-1-2-layer-0.png');
  const { status, stdout, stderr } = dinomaly([
    'attention',
    '--model',
    model,
    '--query',
    '1,2',
    '--out',
    out,
    picture('0.png'),
  ]);
  t.is(status, 1);
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.deepEqual(
    lines.map(({ file }) => file !== undefined),
    lines.map(({ layer }) => layer !== 0),
  );
  t.true(lines.length > 1 && lines.every(({ entropy }) => Number.isFinite(entropy)));
  t.regex(stderr, /^dinomaly: FILE_WRITE .*layer-0\.png.*\n$/);
});

test('evaluate goes on after a map that cannot be written, with the same figures and the status 1', (t) => {
  const out = blocked('evaluated', 'anomaly_maps/disc/test/square/1.tiff');
  const whole = dinomaly(['evaluate', '--model', model, '--data', data]);
  const { status, stdout, stderr } = dinomaly(['evaluate', '--model', model, '--data', data, '--maps', out]);
  t.is(status, 1);
  t.is(stdout, whole.stdout);
  t.regex(stderr, /^dinomaly: FILE_WRITE .*disc\/test\/square\/1\.tiff/m);
  t.deepEqual(readdirSync(path.join(out, 'anomaly_maps/ring/test/square')), ['0.tiff', '1.tiff', '2.tiff']);
});

test('evaluate leaves out a picture that cannot be decoded, says so everywhere, and ends with 1', async (t) => {
  const damaged = await writeDataset(path.join(folder, 'damaged'), ['disc']);
  const bad = path.join(damaged, 'disc/test/square/1.png');
  // The header is whole.
  truncateSync(bad, Math.floor(statSync(bad).size / 2));
  const out = path.join(folder, 'report');
  const { status, stdout, stderr } = dinomaly(['evaluate', '--model', model, '--data', damaged, '--report', out]);
  t.is(status, 1);
  t.regex(stderr, /^dinomaly: IMAGE_DECODE .*square\/1\.png/m);
  t.regex(stdout, /^Left out, as they could not be scored: 1 picture\.$/m);
  const { images, pictures, leftOut } = JSON.parse(readFileSync(path.join(out, 'metrics.json'), 'utf8'));
  t.deepEqual([images, pictures.length], [4, 4]);
  t.like(leftOut, [{ path: bad, className: 'disc' }]);
  t.regex(readFileSync(path.join(out, 'index.html'), 'utf8'), /4 test pictures of 1 class.*1 picture left out/);
});

test('evaluate ends with the error of a class that has no picture left', async (t) => {
  const damaged = await writeDataset(path.join(folder, 'all-damaged'), ['disc']);
  for (const name of ['good/0', 'good/1', 'square/0', 'square/1', 'square/2']) {
    const bad = path.join(damaged, `disc/test/${name}.png`);
    truncateSync(bad, Math.floor(statSync(bad).size / 2));
  }
  const { status, stdout, stderr } = dinomaly(['evaluate', '--model', model, '--data', damaged]);
  t.is(status, 1);
  t.is(stdout, '');
  t.is(stderr.match(/^dinomaly: IMAGE_DECODE /gm)?.length, 5);
});

test('--json - writes the JSON to stdout and nothing else there; the table goes to stderr', (t) => {
  const cwd = path.join(folder, 'here');
  mkdirSync(cwd);
  const { status, stdout, stderr } = dinomaly(
    ['evaluate', '--model', model, '--data', data, '--json', '-'],
    'pipe',
    cwd,
  );
  t.is(status, 0, stderr);
  t.deepEqual(
    JSON.parse(stdout).classes.map(({ name }: { name: string }) => name),
    ['disc', 'ring'],
  );
  t.regex(stderr, /I-AUROC.*AUPRO/);
  t.deepEqual(readdirSync(cwd), []);
});

test('- is refused where a model or a folder is written, and the way to a file of that name is told', (t) => {
  const cwd = path.join(folder, 'there');
  mkdirSync(cwd);
  const known = ['--model', model];
  const shape = ['--untrained', '--dim', '16', '--depth', '4', '--heads', '2', '--patch', '8', '--iterations', '1'];
  for (const args of [
    ['train', '--data', data, ...shape, '--out', '-'],
    ['train', '--class-separated', '--data', data, ...shape, '--out', '-'],
    ['calibrate', ...known, '--data', data, '--f1', '--out', '-'],
    ['evaluate', ...known, '--data', data, '--maps', '-'],
    ['evaluate', ...known, '--data', data, '--report', '-'],
    ['predict', ...known, '--heatmaps', '-', picture('0.png')],
    ['predict', ...known, '--maps', '-', picture('0.png')],
    ['attention', ...known, '--query', '0,0', '--out', '-', picture('0.png')],
    ['reproduce', '1', '--data', data, ...shape, '--out', '-'],
  ]) {
    const { status, stdout, stderr } = dinomaly(args, 'pipe', cwd);
    t.is(status, 2, `${args.join(' ')}\n${stderr}`);
    t.regex(stderr, /^dinomaly: INVALID_OPTION Expected .*'\.\/-'/);
    t.is(stdout, '');
  }
  t.deepEqual(readdirSync(cwd), []);
});

test('a full standard output ends each command with 1 and one line that says so', (t) => {
  for (const args of [
    ['--help'],
    ['--version'],
    ['encoders'],
    ['encoders', '--json'],
    ['dataset', 'check', data],
    ['predict', '--model', model, picture('0.png'), picture('1.png')],
    ['attention', '--model', model, '--query', '0,0', '--out', path.join(folder, 'full'), picture('0.png')],
    ['calibrate', '--model', model, '--data', data, '--f1', '--out', path.join(folder, 'calibrated')],
    ['evaluate', '--model', model, '--data', data],
    ['evaluate', '--model', model, '--data', data, '--json', '-'],
  ]) {
    const full = openSync('/dev/full', 'w');
    const { status, stderr } = dinomaly(args, ['ignore', full, 'pipe']);
    closeSync(full);
    t.is(status, 1, `${args.join(' ')}\n${stderr}`);
    t.is(stderr.match(/^dinomaly: .*$/gm)?.length, 1, stderr);
    t.regex(stderr, /^dinomaly: FILE_WRITE Cannot write to the standard output: ENOSPC.*; free some space/m);
    t.notRegex(stderr, /^\s+at /m, 'no stack');
  }
});

test('files are whole before a full standard output ends the command', (t) => {
  const json = path.join(folder, 'kept.json');
  const full = openSync('/dev/full', 'w');
  t.is(dinomaly(['evaluate', '--model', model, '--data', data, '--json', json], ['ignore', full, 'pipe']).status, 1);
  closeSync(full);
  t.is(JSON.parse(readFileSync(json, 'utf8')).images, 10);
});

test('a command goes on without a place for its notes', (t) => {
  const full = openSync('/dev/full', 'w');
  const { status, stdout } = dinomaly(['evaluate', '--model', model, '--data', data], ['ignore', 'pipe', full]);
  closeSync(full);
  t.is(status, 0);
  t.regex(stdout, /I-AUROC/);
});
