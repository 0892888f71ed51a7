/** `dinomaly inspect`: one command from a folder of photos to a verdict, that goes on where it was interrupted. */
import { copyFileSync, existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { Model } from '../../lib/index.js';
import { dinomaly, NETWORK, start } from '../helpers/command.js';
import { temporaryFolder, writeDisc } from '../helpers/drawn-set.js';

const { folder, remove } = temporaryFolder();
const photos = path.join(folder, 'photos');
const line = path.join(folder, 'line');
const model = path.join(line, 'model.safetensors');
const TINY = [...NETWORK, '--iterations', '12', '--device', 'cpu'];

function inspect(out: string, ...more: string[]): ReturnType<typeof dinomaly> {
  return dinomaly(['inspect', photos, '--out', out, ...TINY, ...more]);
}

test.before(async () => {
  for (let i = 0; i < 20; i++) await writeDisc(path.join(photos, 'good', `${i}.png`), i);
  for (let i = 0; i < 4; i++) await writeDisc(path.join(photos, 'bad', `${i}.png`), 50 + i, true);
});
test.after.always(remove);

test.serial('photos become a model with a threshold, a report and heatmaps, and a sentence on stdout', async (t) => {
  const { status, stdout, stderr } = inspect(line);
  t.is(status, 0, stderr);
  t.regex(stderr, /preset fast|preset balanced|preset accurate/);
  t.regex(stderr, /training takes about \d+ seconds? on this machine/);
  const last = stdout.trimEnd().split('\n').at(-1) ?? '';
  t.regex(last, /Of 4 bad parts \d (was|were) found; of 4 good parts (none|\d) would be rejected\./);
  t.regex(last, /The threshold is from 4 good pictures: expect [\d.]+-60 % of new good parts to be rejected\./);
  t.true(existsSync(path.join(line, 'report/index.html')));
  t.is(readdirSync(path.join(line, 'heatmaps')).length, 8);
  await using loaded = await Model.load(model);
  t.is(loaded.thresholds?.image.images, 4);
  t.is(loaded.thresholds?.falseRejectRate, 0.05);
  t.is(loaded.training?.images, 12);
});

test.serial(
  'an untrained encoder is a trial, which the model, the report, the sentence and every prediction say',
  async (t) => {
    await using loaded = await Model.load(model);
    t.is(loaded.encoder.sha256, null);
    t.regex(readFileSync(path.join(line, 'report/index.html'), 'utf8'), /A trial: the encoder is untrained/);
    t.regex(inspect(line).stdout, /^TRIAL with an untrained encoder, not an inspection: /);
    const { stdout, stderr } = dinomaly(['predict', line, path.join(photos, 'bad')]);
    t.regex(stderr, /^warning: This model is a trial/m);
    for (const each of stdout.trimEnd().split('\n')) t.regex(each, /TRIAL: the encoder is untrained$/);
  },
);

test.serial(
  'the same command does nothing twice, and repeats from the stage on that something has changed for',
  (t) => {
    const before = statSync(model).mtimeMs;
    const again = inspect(line);
    t.regex(again.stderr, /trained already.*threshold is measured already.*evaluated already/s);
    t.is(statSync(model).mtimeMs, before);
    const rate = inspect(line, '--false-reject-rate', '0.2');
    t.regex(rate.stderr, /trained already.*measuring the threshold on 4 good pictures/s);
    t.notRegex(rate.stderr, /evaluated already/);
    const bad = path.join(photos, 'bad/0.png');
    utimesSync(bad, new Date(), new Date());
    const tested = inspect(line, '--false-reject-rate', '0.2');
    t.regex(tested.stderr, /measured already/);
    t.notRegex(tested.stderr, /evaluated already/);
    const longer = inspect(line, '--iterations', '14');
    t.regex(longer.stderr, /the photos or the settings have changed since: training anew/);
  },
);

test.serial(
  'training that is interrupted keeps its weights, and the same command goes on from there and says what it repeats',
  async (t) => {
    const out = path.join(folder, 'interrupted');
    const args = ['inspect', photos, '--out', out, ...NETWORK, '--device', 'cpu', '--iterations', '100000'];
    const { child, ended, said } = start(args);
    await said(/training takes/);
    child.kill('SIGINT');
    t.is((await ended).status, 130);
    const { trained } = JSON.parse(readFileSync(path.join(out, 'inspect.json'), 'utf8')) as {
      trained: { steps: number };
    };
    t.true(trained.steps > 0 && trained.steps < 100_000);
    const second = start(args);
    await second.said(/training takes/);
    second.child.kill('SIGINT');
    await second.ended;
    t.true(second.text.stderr.includes(`going on at step ${trained.steps} of 100000`), second.text.stderr);
    t.regex(second.text.stderr, /Repeated: the photos are read again, and the optimiser starts anew/);
    const later = JSON.parse(readFileSync(path.join(out, 'inspect.json'), 'utf8')) as { trained: { steps: number } };
    t.true(later.trained.steps > trained.steps);
  },
);

test('without weights and a network it says what to fetch, from where, to where and its SHA-256, and offers a trial', (t) => {
  const out = path.join(folder, 'offline');
  const cache = path.join(folder, 'cache');
  const env = { ...process.env, XDG_CACHE_HOME: cache, HTTPS_PROXY: 'http://127.0.0.1:9', NO_PROXY: '' };
  const run = start(['inspect', photos, '--out', out, '--preset', 'fast', '--device', 'cpu'], { env });
  return run.ended.then(({ status }) => {
    const { stderr } = run.text;
    t.is(status, 1);
    t.regex(stderr, /WEIGHTS_DOWNLOAD dinov2reg_vit_small_14 needs its trained weights/);
    t.regex(
      stderr,
      /from +https:\/\/dl\.fbaipublicfiles\.com\/dinov2\/dinov2_vits14\/dinov2_vits14_reg4_pretrain\.pth/,
    );
    t.true(stderr.includes(path.join(cache, 'dinomaly/weights/dinov2reg_vit_small_14.pth')));
    t.regex(stderr, /SHA-256 f433177089a681826f849f194ece3bb48f4d63fb38d32fc837e3dc7a4e5641fb/);
    t.regex(stderr, /--untrained/);
    t.false(existsSync(path.join(out, 'model.safetensors')));
  });
});

test('good photos alone are enough, and the sentence says what they cannot tell', async (t) => {
  const flat = path.join(folder, 'flat');
  for (let i = 0; i < 8; i++) await writeDisc(path.join(flat, `${i}.png`), i);
  const { status, stdout, stderr } = dinomaly(['inspect', flat, '--out', path.join(folder, 'flat-line'), ...TINY]);
  t.is(status, 0, stderr);
  t.regex(stdout, /Of \d good parts? .*There were no bad pictures to find: add some in a folder named bad/);
});

test('too few photos, a wrong preset and a folder for outputs among the photos are told before any work', async (t) => {
  const few = path.join(folder, 'few');
  for (let i = 0; i < 2; i++) await writeDisc(path.join(few, `${i}.png`), i);
  const scarce = dinomaly(['inspect', few, '--out', path.join(folder, 'few-line'), ...TINY]);
  t.is(scarce.status, 1);
  t.regex(scarce.stderr, /CALIBRATION_DATA .*too few good pictures/);
  t.is(inspect(path.join(folder, 'x'), '--preset', 'quick').status, 2);
  const inside = inspect(path.join(photos, 'line'));
  t.is(inside.status, 2);
  t.regex(inside.stderr, /Expected a folder outside of the photos for --out/);
  t.false(existsSync(path.join(photos, 'line')));
});

test('a picture that cannot be judged is named, the others are judged, and the command ends with 1', async (t) => {
  const some = path.join(folder, 'some');
  for (let i = 0; i < 8; i++) await writeDisc(path.join(some, 'good', `${i}.png`), i);
  await writeDisc(path.join(some, 'bad/0.png'), 50, true);
  const broken = path.join(some, 'bad/1.png');
  copyFileSync(path.join(some, 'bad/0.png'), broken);
  const whole = readFileSync(broken);
  writeFileSync(broken, whole.subarray(0, whole.length - 40));
  const { status, stdout, stderr } = dinomaly(['inspect', some, '--out', path.join(folder, 'some-line'), ...TINY]);
  t.is(status, 1);
  t.regex(stderr, /bad\/1\.png/);
  t.regex(stdout, /Of 1 bad part/);
});
