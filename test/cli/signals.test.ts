/** SIGINT, SIGTERM and SIGHUP end every command alike, and a training that cannot be saved where it should is not lost. */
import { copyFileSync, mkdirSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { constants, homedir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { Model } from '../../lib/index.js';
import { MAIN, NETWORK, type Running, start } from '../helpers/command.js';
import { temporaryFolder, writeDataset, writeModel } from '../helpers/drawn-set.js';

const { folder, remove } = temporaryFolder();
const DATA = path.join(folder, 'data');
test.before(() => writeModel(folder));
test.after.always(remove);

const SIGNALS = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const;

/** libtorch is found where it was, wherever the home folder is. */
const CACHE = { XDG_CACHE_HOME: process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache') };

const ENDLESS = ['--iterations', '1000000', '--batch-size', '4'];

function train(out: string, data = DATA, env: NodeJS.ProcessEnv = {}): Running {
  return start(['train', '--data', data, '--out', out, ...NETWORK, ...ENDLESS], { env: { ...process.env, ...env } });
}

for (const [name, code] of SIGNALS) {
  test.serial(`${name} in a training saves what there is and ends with ${code}`, async (t) => {
    const out = path.join(folder, `${name}.safetensors`);
    const run = train(out);
    await run.said(/step \d+\/1000000/);
    run.child.kill(name);
    t.deepEqual(await run.ended, { status: code, signal: null }, run.text.stderr);
    t.regex(run.text.stderr, /interrupted: stopping after this block and saving/);
    t.regex(run.text.stdout, /^saved .*, stopped at step \d+\n$/);
    await using model = await Model.load(out);
    t.true((model.training?.iterations ?? 0) >= 1);
    t.not(model.calibration, null);
  });

  test.serial(`${name} in a reproduction keeps finished rows and ends with ${code}`, async (t) => {
    const out = path.join(folder, `reproduced-${name}`);
    const set = ['--data', DATA, '--benchmark', 'MVTec-AD', '--out', out, '--row', 'baseline'];
    const run = start(['reproduce', '3', ...set, ...NETWORK, ...ENDLESS]);
    await run.said(/training \d+\/1000000/);
    run.child.kill(name);
    t.deepEqual(await run.ended, { status: code, signal: null }, run.text.stderr);
    t.regex(run.text.stderr, /run the same command again to go on/);
    t.true(readdirSync(out).includes('table-3.md'));
  });

  test.serial(`${name} ends a command that has nothing to save with ${code}`, async (t) => {
    const model = path.join(folder, 'model.safetensors');
    // Pictures without end: one line each on stdout.
    const pictures = Array.from({ length: 20_000 }, () => path.join(DATA, 'disc/test/good/0.png'));
    const run = start(['predict', '--model', model, ...pictures]);
    while (run.text.stdout === '' && (run.child.exitCode ?? run.child.signalCode) === null)
      await new Promise((resolve) => setTimeout(resolve, 20));
    run.child.kill(name);
    t.deepEqual(await run.ended, { status: code, signal: null }, run.text.stderr);
    t.regex(run.text.stdout, /^\{.*\}\n$/s);
  });
}

test.serial('a second signal, also another one, leaves at once', async (t) => {
  const run = train(path.join(folder, 'left.safetensors'));
  await run.said(/step \d+\/1000000/);
  run.child.kill('SIGTERM');
  await run.said(/interrupted: stopping/);
  run.child.kill('SIGHUP');
  const { status, signal } = await run.ended;
  t.is(signal, null);
  // The first may have been quick enough to save.
  t.true(status === 129 || status === 143, run.text.stderr);
});

test.serial('a terminal that is closed does not keep a training from being saved', async (t) => {
  const out = path.join(folder, 'terminal.safetensors');
  const words = [process.execPath, MAIN, 'train', '--data', DATA, '--out', out, ...NETWORK, ...ENDLESS];
  const terminal = `
import json, os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    words = json.loads(sys.argv[1])
    os.execv(words[0], words)
text = b""
while b"loss" not in text:
    text += os.read(terminal, 4096)
os.close(terminal)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;
  const run = start(['-c', terminal, JSON.stringify(words)], {}, 'python3');
  t.deepEqual(await run.ended, { status: 0, signal: null }, run.text.stderr);
  t.is(run.text.stdout, `${-constants.signals.SIGHUP}\n`);
  await using model = await Model.load(out);
  t.not(model.calibration, null);
});

test.serial(
  'a training whose folder has gone is saved in the home folder, or else the temporary one, and the command ends with the failure',
  async (t) => {
    for (const home of [path.join(folder, 'home'), path.join(folder, 'no-home')]) {
      const temporary = path.join(folder, 'temporary');
      const out = path.join(folder, 'gone');
      for (const name of [path.join(folder, 'home'), temporary, out]) mkdirSync(name, { recursive: true });
      const data = await writeDataset(path.join(folder, 'going'), ['disc']);
      const run = train(path.join(out, 'parts.safetensors'), data, { ...CACHE, HOME: home, TMPDIR: temporary });
      await run.said(/step \d+\/1000000/);
      rmSync(out, { recursive: true });
      run.child.kill('SIGINT');
      t.deepEqual(await run.ended, { status: 130, signal: null }, run.text.stderr);
      t.regex(run.text.stderr, /Cannot write .*parts\.safetensors.*create its folder first; saved .* instead\n/);
      const [, file = ''] = /^saved (.*), stopped at step/.exec(run.text.stdout) ?? [];
      t.is(path.dirname(file), home.endsWith('no-home') ? temporary : home, run.text.stdout);
      await using model = await Model.load(file);
      t.not(model.calibration, null);
    }
  },
);

test.serial('an error in the middle of a training saves the steps before it and ends with the error', async (t) => {
  const data = await writeDataset(path.join(folder, 'damaged'), ['disc']);
  const out = path.join(folder, 'damaged.safetensors');
  // Its header is whole, so only the step that needs its pixels finds it; with this seed not the first one.
  const picture = path.join(data, 'disc/train/good/3.png');
  truncateSync(picture, statSync(picture).size / 2);
  const steps = ['--iterations', '100', '--batch-size', '1', '--seed', '1'];
  const run = start(['train', '--data', data, '--out', out, ...NETWORK, ...steps]);
  t.deepEqual(await run.ended, { status: 1, signal: null }, run.text.stderr);
  t.regex(run.text.stderr, /dinomaly: IMAGE_DECODE .*3\.png/);
  t.regex(run.text.stdout, /^saved .*, stopped at step \d\n$/);
  await using model = await Model.load(out);
  t.is(model.calibration?.images, 5);
});

test.serial('thresholds and metrics whose folder has gone meanwhile go to the home folder', async (t) => {
  const home = path.join(folder, 'home');
  mkdirSync(home, { recursive: true });
  const env = { ...process.env, ...CACHE, HOME: home };
  const model = path.join(folder, 'model.safetensors');
  // Enough pictures for the folder to go meanwhile.
  const data = await writeDataset(path.join(folder, 'many'), ['disc']);
  const good = path.join(data, 'disc/test/good');
  for (let i = 2; i < 400; ++i) copyFileSync(path.join(good, '0.png'), path.join(good, `${i}.png`));
  for (const [args, name] of [
    [['calibrate', '--f1', '--out'], 'thresholds.safetensors'],
    [['evaluate', '--json'], 'metrics.json'],
  ] as const) {
    const out = path.join(folder, 'gone');
    mkdirSync(out);
    const run = start([...args, path.join(out, name), '--model', model, '--data', data], { env });
    await run.said(/on cpu/);
    rmSync(out, { recursive: true });
    t.deepEqual(await run.ended, { status: 1, signal: null }, run.text.stderr);
    t.regex(
      run.text.stderr,
      /create its folder first; saved .* instead\n.*dinomaly: FILE_WRITE .*create its folder first/s,
    );
    const { name: stem, ext } = path.parse(name);
    const saved = readdirSync(home).filter((file) => file.startsWith(`dinomaly-${stem}-`) && file.endsWith(ext));
    t.is(saved.length, 1, readdirSync(home).join());
  }
});
