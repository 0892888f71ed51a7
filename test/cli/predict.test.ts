/** `dinomaly predict MODEL PICTURES`: from folders, patterns and a watched folder to verdicts that people and programs read. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { Evaluator, Model } from '../../lib/index.js';
import { dinomaly, start } from '../helpers/command.js';
import { temporaryFolder } from '../helpers/drawn-set.js';
import { KINDS, STRANGER, trainedOnKinds, writeKind } from '../helpers/kinds-set.js';

const { folder, remove } = temporaryFolder();
// A folder with the model in it, as inspect makes one.
const line = path.join(folder, 'line');
const model = path.join(line, 'model.safetensors');
const fresh = path.join(folder, 'fresh');
const good = path.join(fresh, 'a/good.png');
const bad = path.join(fresh, 'b/bad.png');

test.before(async () => {
  mkdirSync(line);
  const { trainer, normals } = await trainedOnKinds(folder);
  await trainer.save(model);
  trainer.dispose();
  await using loaded = await Model.load(model);
  await new Evaluator().calibrate(loaded, normals, { falseRejectRate: 0.1 });
  await loaded.save(model);
  const disc = KINDS.disc;
  if (disc === undefined) throw new Error('no disc');
  await writeKind(good, disc, 1);
  await writeKind(bad, disc, 301, true);
  await writeKind(path.join(folder, 'strange/part.png'), STRANGER, 1);
});
test.after.always(remove);

const wordOf = (text: string): string => text.split('  ')[0] ?? '';
const lines = (text: string): string[] => text.split('\n').filter((each) => each !== '');

test('a folder is judged with all below it, a line a picture with the verdict first, and a sentence at the end', (t) => {
  const { status, stdout, stderr } = dinomaly(['predict', line, fresh]);
  t.is(status, 0, stderr);
  const [first = '', second = ''] = lines(stdout);
  t.is(lines(stdout).length, 2);
  t.regex(
    first,
    /^(GOOD|NOT SURE) +\S*good\.png {2}score [\d.e-]+, threshold [\d.e-]+, class disc, TRIAL: the encoder is untrained$/,
  );
  t.regex(second, /^BAD +\S*bad\.png {2}score /);
  t.regex(stderr, /Of 2 pictures 1 is bad/);
});

test('a model of an untrained encoder says so before the verdicts, and in every JSON line', (t) => {
  const people = dinomaly(['predict', line, good]);
  t.regex(people.stderr, /^warning: This model is a trial: its encoder is untrained/m);
  const programs = dinomaly(['predict', line, good, '--json', '-']);
  t.notRegex(programs.stderr, /trial/);
  t.true(JSON.parse(programs.stdout).untrained);
});

test('a pattern that the shell left alone names the pictures that fit it', (t) => {
  const { status, stdout, stderr } = dinomaly(['predict', line, path.join(fresh, '**/{g,x}*d.p[mn]?')]);
  t.is(status, 0, stderr);
  t.is(lines(stdout).length, 1);
  t.regex(stdout, /good\.png/);
  const none = dinomaly(['predict', line, path.join(fresh, '*.tiff')]);
  t.is(none.status, 1);
  t.regex(none.stderr, /FILE_READ No picture fits the pattern .*\*\.tiff/);
});

test('CSV begins with the mark of UTF-8 and has a row a picture, JSON a line a picture', (t) => {
  const csv = path.join(folder, 'verdicts.csv');
  const json = path.join(folder, 'verdicts.jsonl');
  t.is(dinomaly(['predict', line, fresh, '--csv', csv, '--json', json]).status, 0);
  const rows = readFileSync(csv, 'utf8').split('\r\n');
  t.is(rows[0], '\uFEFFverdict,path,class,score,threshold,heatmap,note');
  t.regex(rows[2] ?? '', /^BAD,\S*bad\.png,disc,[\d.e-]+,[\d.e-]+,,TRIAL/);
  const told = lines(readFileSync(json, 'utf8')).map((each) => JSON.parse(each) as { verdict: string });
  t.is(told[1]?.verdict, 'BAD');
  t.is(Object.keys(told[1] ?? {})[0], 'verdict');
});

test('--fail-on-anomaly ends with 3 for a picture above its threshold, and needs a threshold to do so', (t) => {
  t.is(dinomaly(['predict', line, bad, '--fail-on-anomaly']).status, 3);
  t.is(dinomaly(['predict', line, bad]).status, 0);
  t.is(dinomaly(['predict', line, good, '--fail-on-anomaly', '--threshold', '9']).status, 0);
  const failed = dinomaly(['predict', line, bad, path.join(folder, 'absent.png'), '--fail-on-anomaly']);
  t.is(failed.status, 1, 'a picture that was not judged counts for more');
});

test('the report shows judged pictures, the most suspicious first, and lists all of them', (t) => {
  const report = path.join(folder, 'report');
  const strange = path.join(folder, 'strange');
  const { status, stderr } = dinomaly(['predict', line, fresh, strange, '--report', report]);
  t.is(status, 4, stderr);
  const page = readFileSync(path.join(report, 'index.html'), 'utf8');
  t.regex(page, /<p class="lead">Of 3 pictures 1 is bad, 1 is of no known part and 1 is (good|not sure)\.<\/p>/);
  t.regex(page, /This model is a trial/);
  const order = [...page.matchAll(/<li data-verdict="([A-Z ]+)"/g)].map((found) => found[1]);
  t.deepEqual(order.slice(0, 2), ['UNKNOWN PART', 'BAD']);
  t.is(page.match(/data:image\/webp/g)?.length, 6);
  t.regex(page, /<button type="button" data-filter="verdict" value="BAD" aria-pressed="false">BAD \(1\)/);
  t.is(readFileSync(path.join(report, 'pictures.csv'), 'utf8').split('\r\n').length, 5);
});

test('outputs are no pictures: folders for them in a folder of pictures are passed over, the same folder is refused', (t) => {
  const photos = path.join(folder, 'photos');
  mkdirSync(photos);
  copyFileSync(bad, path.join(photos, '1.png'));
  const heat = path.join(photos, 'heat');
  for (const _ of [1, 2]) {
    const { status, stdout, stderr } = dinomaly(['predict', line, photos, '--heatmaps', heat]);
    t.is(status, 0, stderr);
    t.is(lines(stdout).length, 1);
  }
  const clash = dinomaly(['predict', line, photos, '--heatmaps', photos]);
  t.is(clash.status, 2);
  t.regex(clash.stderr, /Expected a folder apart from the pictures/);
});

test('outlines are drawn on request only', (t) => {
  const picture = (name: string, ...more: string[]): Buffer => {
    const heat = path.join(folder, name);
    t.is(dinomaly(['predict', line, bad, '--heatmaps', heat, ...more]).status, 0);
    return readFileSync(path.join(heat, 'bad-heatmap.png'));
  };
  t.false(picture('plain').equals(picture('outlined', '--outlines')));
});

test('a folder or model that is not named, or has nothing in it, is told before anything is scored', (t) => {
  t.is(dinomaly(['predict']).status, 2);
  const none = dinomaly(['predict', line]);
  t.is(none.status, 2);
  t.regex(none.stderr, /name the pictures after the model/);
  const empty = path.join(folder, 'empty');
  mkdirSync(empty);
  const { status, stderr } = dinomaly(['predict', line, empty]);
  t.is(status, 1);
  t.regex(stderr, /There are no pictures in .*empty/);
});

test('a watched folder: new pictures are judged once they are whole, replaced ones anew, and Ctrl-C ends it well', async (t) => {
  const camera = path.join(folder, 'camera');
  mkdirSync(camera);
  copyFileSync(good, path.join(camera, 'old.png'));
  const report = path.join(folder, 'day');
  const { child, ended, said, text } = start(['predict', line, '--watch', camera, '--report', report]);
  const told = async (what: RegExp): Promise<void> => {
    while (!what.test(text.stdout)) {
      if ((child.exitCode ?? child.signalCode) !== null) throw new Error(text.stderr);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  await said(/watching .*camera for new pictures; pictures there already: 1, not judged/);
  copyFileSync(bad, path.join(camera, '.part'));
  renameSync(path.join(camera, '.part'), path.join(camera, 'last.png'));
  await told(/^BAD .*last\.png/m);
  copyFileSync(good, path.join(camera, 'last.png'));
  await told(/^(GOOD|NOT SURE) .*last\.png/m);
  child.kill('SIGINT');
  t.deepEqual(await ended, { status: 0, signal: null });
  t.deepEqual(lines(text.stdout).map(wordOf).length, 2);
  t.notRegex(text.stdout, /old\.png/);
  t.true(existsSync(path.join(report, 'index.html')));
  t.deepEqual(readdirSync(camera).sort(), ['last.png', 'old.png']);
});
