/** A folder of photos on the command line: trained, evaluated and judged without masks, sizes or a split. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { Model } from '../../lib/index.js';
import { temporaryFolder, writeDisc } from '../helpers/drawn-set.js';

const MAIN = path.join(__dirname, '../../dist/cli/main.js');
const { folder, remove } = temporaryFolder();
const photos = path.join(folder, 'photos');
const model = path.join(folder, 'model.safetensors');
test.after.always(remove);

function dinomaly(...args: string[]): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8', timeout: 200_000 });
}

const ENCODER = ['--untrained', '--dim', '16', '--depth', '4', '--heads', '2', '--patch', '16'];
const FEW = ['--iterations', '2', '--batch-size', '2'];

test.before(async () => {
  for (let i = 0; i < 4; i++) await writeDisc(path.join(photos, `good/${i}.png`), i, false, 64, 48);
  for (let i = 0; i < 2; i++) await writeDisc(path.join(photos, `bad/${i}.png`), 9 + i, true, 64, 48);
  writeFileSync(path.join(photos, 'good/notes.txt'), '');
});

test.serial('train says what it understood and that pictures are inspected whole, in their own aspect', async (t) => {
  const { status, stderr } = dinomaly('train', '--data', photos, '--out', model, ...ENCODER, ...FEW);
  t.is(status, 0, stderr);
  t.regex(
    stderr,
    /^Class photos: good pictures from good \(4\); bad pictures from bad \(2\), without masks; 1 file that cannot be read as a picture \(\.txt\)\.$/m,
  );
  t.regex(
    stderr,
    /^Pictures are resized to 432 x 576 .* turned as their orientation tag says, and inspected whole\.$/m,
  );
  await using trained = await Model.load(model, { device: 'cpu' });
  t.like(trained.geometry, { resize: [432, 576], crop: [432, 576], orientation: 'exif' });
});

test.serial('evaluate prints image metrics, says why there are none of pixels, and reports', (t) => {
  const report = path.join(folder, 'report');
  const { status, stdout, stderr } = dinomaly('evaluate', '--model', model, '--data', photos, '--report', report);
  t.is(status, 0, stderr);
  t.regex(stdout, /^photos +\d+\.\d +\d+\.\d +\d+\.\d +- +- +- +-$/m);
  t.regex(stdout, /no masks of the anomalous pictures/);
  const page = readFileSync(path.join(report, 'index.html'), 'utf8');
  t.regex(page, /turned as their orientation tag says, and inspected whole/);
  t.notRegex(page, /<span>Mask<\/span>/);
});

test.serial('predict says where it looked, on each line and on stderr where that is not everywhere', (t) => {
  const picture = path.join(photos, 'bad/0.png');
  const whole = dinomaly('predict', '--model', model, picture);
  t.deepEqual(JSON.parse(whole.stdout).inspected, { left: 0, top: 0, width: 64, height: 48 });
  t.notRegex(whole.stderr, /inspected/);
  const cropped = path.join(folder, 'cropped.safetensors');
  const trained = dinomaly(
    'train',
    '--data',
    photos,
    '--out',
    cropped,
    ...ENCODER,
    ...FEW,
    '--size',
    '128',
    '--crop',
    '96',
    '--orientation',
    'ignore',
  );
  t.is(trained.status, 0, trained.stderr);
  t.regex(trained.stderr, /only the middle 96 x 96 of that is inspected, 56 %: a defect at the edge is not found/);
  const { stdout, stderr } = dinomaly('predict', '--model', cropped, picture);
  t.deepEqual(JSON.parse(stdout).inspected, { left: 8, top: 6, width: 48, height: 36 });
  t.regex(stderr, /only the middle 96 x 96 of that is inspected/);
});

test.serial('a folder that tells nothing is refused with what was found and what to do', (t) => {
  const odd = path.join(folder, 'odd');
  mkdirSync(path.join(odd, 'red'), { recursive: true });
  const { status, stderr } = dinomaly('train', '--data', odd, '--out', path.join(folder, 'no.safetensors'), ...ENCODER);
  t.is(status, 1);
  t.regex(
    stderr,
    /DATASET_LAYOUT .*odd is not a dataset in a known layout: it holds the folder red \(0 pictures\)\. Either put good pictures in/,
  );
});
