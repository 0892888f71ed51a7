/** What --quiet leaves out, and what --verbose adds. */
import path from 'node:path';
import test from 'ava';
import { NETWORK } from '../helpers/command.js';
import { dinomalyHere } from '../helpers/command-here.js';
import { temporaryFolder, writeDataset } from '../helpers/drawn-set.js';

const { folder, remove } = temporaryFolder();
const data = path.join(folder, 'data');
const model = path.join(folder, 'model.safetensors');
const TRAIN = ['train', '--data', data, '--iterations', '2', '--batch-size', '4', '--out', model, ...NETWORK];
test.before(() => writeDataset(data));
test.after.always(remove);

test.serial('--verbose says what was chosen, the libtorch in use, and how long the stages took', async (t) => {
  const { status, stdout, stderr } = await dinomalyHere([...TRAIN, '--verbose']);
  t.is(status, 0, stderr);
  t.is(stdout, `saved ${model}\n`);
  for (const line of [
    /^- dinomaly \d.*Node\.js/m,
    /^- opened .*data in .* s: layout mvtec, pictures: 12 to train on, 0 held out, 10 to test$/m,
    /^- libtorch \d+\.\d+.* build, in \//m,
    /^- threads: OMP_NUM_THREADS=1$/m,
    /^- device cpu/m,
    /^- weights none: random$/m,
    /^- 2 steps of 4 pictures, seed 1$/m,
    /^- cache of features: up to \d/m,
    /^- trained 2 steps in \d+\.\d\d s$/m,
    /^step 2\/2 /m,
    /^- ended after /m,
  ]) {
    t.regex(stderr, line);
  }
});

test.serial('--verbose tells of a model that is loaded, and what the time of all pictures went into', async (t) => {
  const { status, stderr } = await dinomalyHere(['--verbose', 'evaluate', '--model', model, '--data', data]);
  t.is(status, 0, stderr);
  t.regex(stderr, /^- loaded .*model\.safetensors in .* s: custom at 32 x 32, fp32 on cpu$/m);
  t.regex(stderr, /^- scored 10 pictures, .*: decoding .* s, waiting .* s, network .* s$/m);
  t.is(stderr.match(/^- evaluated in /gm)?.length, 1, 'the run before has ended its telling');
});

test.serial('--quiet leaves the results and the warnings that change what they mean', async (t) => {
  const trained = await dinomalyHere([...TRAIN, '--quiet']);
  t.is(trained.status, 0, trained.stderr);
  t.is(trained.stdout, `saved ${model}\n`);
  t.regex(
    trained.stderr,
    /^no weights: the encoder is random.*\nPictures are resized .* a defect at the edge is not found\.\n$/,
  );
  const measured = await dinomalyHere(['calibrate', '--model', model, '--data', data, '--f1', '--quiet']);
  t.is(measured.status, 0, measured.stderr);
  t.regex(measured.stdout, /^saved /m);
  t.regex(measured.stderr, /^the thresholds are chosen on the test pictures.*\n$/);
});

test.serial('an error is said with --quiet, and with --verbose where it comes from and what caused it', async (t) => {
  const wrong = ['evaluate', '--data', data, '--model', path.join(folder, 'none')];
  const quiet = await dinomalyHere([...wrong, '--quiet']);
  t.is(quiet.status, 1);
  t.regex(quiet.stderr, /^dinomaly: FILE_READ [^\n]*none[^\n]*\n$/);
  const { status, stderr } = await dinomalyHere([...wrong, '--verbose']);
  t.is(status, 1);
  t.regex(stderr, /^dinomaly: FILE_READ .*\n(?:- at .*\n)+- caused by /m);
});

test.serial('--quiet and --verbose cannot be combined', async (t) => {
  const { status, stderr } = await dinomalyHere(['encoders', '--quiet', '--verbose']);
  t.is(status, 2);
  t.regex(stderr, /--quiet.* cannot be used with .*--verbose/);
});
