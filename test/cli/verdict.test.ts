/** What `dinomaly predict` says of parts whose class it is not told. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import test from 'ava';
import { Evaluator, Model } from '../../lib/index.js';
import { temporaryFolder } from '../helpers/drawn-set.js';
import { STRANGER, trainedOnKinds, writeKind } from '../helpers/kinds-set.js';

const { folder, remove } = temporaryFolder();
const file = path.join(folder, 'model.safetensors');
const stranger = path.join(folder, 'stranger.png');
const picture = (name: string): string => path.join(folder, 'kinds', name);

test.before(async () => {
  const { trainer, normals } = await trainedOnKinds(folder);
  await trainer.save(file);
  trainer.dispose();
  await using model = await Model.load(file);
  await new Evaluator().calibrate(model, normals, { falseRejectRate: 0.1 });
  await model.save(file);
  await writeKind(stranger, STRANGER, 1);
});
test.after.always(remove);

interface Line {
  readonly className: string | null;
  readonly known: boolean | null;
  readonly isAnomalous: boolean | null;
  readonly threshold: number | null;
  readonly pixelThreshold: number | null;
  readonly regions?: readonly unknown[];
}

function predict(...args: string[]): { status: number | null; lines: Line[]; stderr: string } {
  const run = spawnSync(process.execPath, ['dist/cli/main.js', 'predict', '--model', file, ...args], {
    encoding: 'utf8',
  });
  const lines = run.stdout.split('\n').filter((line) => line !== '');
  return { status: run.status, lines: lines.map((line) => JSON.parse(line) as Line), stderr: run.stderr };
}

test('each picture is decided by the thresholds of the class that it is found to be', (t) => {
  const names = ['cloud', 'disc', 'stripes'];
  const { status, lines, stderr } = predict('--regions', ...names.map((name) => picture(`${name}/test/square/0.png`)));
  t.is(status, 0, stderr);
  t.deepEqual(
    lines.map(({ className, known }) => [className, known]),
    names.map((name) => [name, true]),
  );
  t.is(new Set(lines.map(({ threshold }) => threshold)).size, 3);
  for (const { isAnomalous, regions } of lines) t.is((regions?.length ?? 0) > 0, isAnomalous === true);
  t.true(lines.some(({ isAnomalous }) => isAnomalous === true));
});

test('a part of no known class is said to be unknown, has no verdict, and ends the command with 4', (t) => {
  const good = picture('disc/test/good/0.png');
  const heatmaps = path.join(folder, 'heat');
  const { status, lines, stderr } = predict('--regions', '--heatmaps', heatmaps, '--legend', stranger, good);
  t.is(status, 4, stderr);
  t.regex(stderr, /UNKNOWN PART .*stranger\.png: it looks like none of cloud, disc, stripes/);
  t.deepEqual([lines[0]?.known, lines[0]?.isAnomalous, lines[0]?.pixelThreshold], [false, null, null]);
  t.deepEqual(lines[0]?.regions, []);
  t.deepEqual([lines[1]?.className, lines[1]?.known], ['disc', true]);
});

test('a class that is given is not asked for, and a picture that fails counts for more than an unknown one', (t) => {
  const given = predict('--class-name', 'disc', stranger);
  t.is(given.status, 0, given.stderr);
  t.not(given.lines[0]?.isAnomalous, null);
  t.is(predict(stranger, path.join(folder, 'absent.png')).status, 1);
});
