/** Names that would steer a terminal, as the command shows them. */
import { renameSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { dinomaly } from '../helpers/command.js';
import { temporaryFolder, writeDataset, writeModel } from '../helpers/drawn-set.js';

const { folder, remove } = temporaryFolder();
const EVIL = 'nut\u001b[2J\u202e\ndinomaly: all is well';
let model: string;
let data: string;
test.before(async () => {
  ({ model } = await writeModel(folder));
  data = await writeDataset(path.join(folder, 'evil'), [EVIL]);
});
test.after.always(remove);

/** No control character but line ends, no mark of direction, and no line that only a name wrote. */
function tame(text: string): boolean {
  return !/[^\P{Cc}\n]|\p{Bidi_Control}/u.test(text) && !/^dinomaly: all is well/m.test(text);
}

test('no name of a class or picture reaches the terminal as it is', (t) => {
  const gone = path.join(folder, EVIL);
  for (const [args, status] of [
    [['dataset', 'check', data], 0],
    [['evaluate', '--model', model, '--data', data], 0],
    [['evaluate', '--model', model, '--data', data, '--class', 'other'], 2],
    [['predict', '--model', model, gone], 1],
    [['predict', '--model', gone, gone], 1],
    [['dataset', 'check', gone], 1],
    [[EVIL], 2],
    [['encoders', `--${EVIL}`], 2],
  ] as const) {
    const run = dinomaly(args);
    t.is(run.status, status, run.stderr);
    t.true(tame(run.stdout), JSON.stringify(run.stdout));
    t.true(tame(run.stderr), JSON.stringify(run.stderr));
    t.regex(run.stdout + run.stderr, /nut\\(?:u001b|x1B)\[2J/);
  }
});

test('JSON lines have the exact name', (t) => {
  const odd = path.join(data, EVIL, 'test/square', 'a\u001b[31m\u202e\n.png');
  renameSync(path.join(data, EVIL, 'test/square/0.png'), odd);
  const { status, stdout, stderr } = dinomaly(['predict', '--model', model, odd]);
  t.is(status, 0, stderr);
  t.true(tame(stdout), JSON.stringify(stdout));
  t.is(JSON.parse(stdout).image, odd);
});

test('an argument of a megabyte is told in a line of a readable length', (t) => {
  const long = 'x'.repeat(100_000);
  for (const args of [
    [long],
    ['encoders', `--${long}`],
    ['train', '--data', data, '--out', path.join(folder, 'm'), '--iterations', long],
    ['train', '--data', data, '--out', path.join(folder, 'm'), '--encoder', long, '--untrained'],
    ['dataset', 'check', path.join(folder, long)],
    ['dataset', 'check', data, '--class', long],
    ['predict', '--model', path.join(folder, long), 'a.png'],
    ['predict', '--model', model, path.join(folder, long)],
    ['predict', '--model', model, '--class-name', long, path.join(folder, 'a.png')],
  ]) {
    const { status, stderr } = dinomaly(args);
    t.true(status === 1 || status === 2, stderr.slice(0, 200));
    t.true(stderr.length < 1500, `${args[0]}: ${stderr.length} ${stderr.slice(0, 200)}`);
  }
});
