/** Ctrl-C while the command trains, and readers that leave early. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { Model } from '../../lib/index.js';
import { temporaryFolder, writeDataset } from '../helpers/drawn-set.js';

const MAIN = path.join(__dirname, '../../dist/cli/main.js');
const { folder, remove } = temporaryFolder();
test.before(() => writeDataset(path.join(folder, 'data'), ['disc']));
test.after.always(remove);

interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<{ readonly status: number | null; readonly signal: string | null }>;
  readonly text: { stdout: string; stderr: string };
}

function train(out: string, ...extra: string[]): Run {
  const network = ['--dim', '16', '--depth', '4', '--heads', '2', '--patch', '8', '--size', '40', '--crop', '32'];
  const data = ['--data', path.join(folder, 'data'), '--untrained', '--out', out];
  const child = spawn(process.execPath, [MAIN, 'train', ...data, ...network, ...extra], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 120_000,
    killSignal: 'SIGKILL',
  });
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      text[name] += chunk;
    });
  }
  const ended = new Promise<{ status: number | null; signal: string | null }>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => resolve({ status, signal }));
  });
  return { child, ended, text };
}

/** Waits until the command has said something on stderr. */
async function said(run: Run, what: RegExp): Promise<void> {
  while (!what.test(run.text.stderr)) {
    if ((run.child.exitCode ?? run.child.signalCode) !== null)
      throw new Error(`ended before ${what}: ${run.text.stderr}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('an interrupted training saves what there is and ends with 130', async (t) => {
  const out = path.join(folder, 'stopped.safetensors');
  const run = train(out, '--iterations', '1000000', '--batch-size', '4');
  await said(run, /step \d+\/1000000/);
  run.child.kill('SIGINT');
  t.deepEqual(await run.ended, { status: 130, signal: null }, run.text.stderr);
  t.regex(run.text.stderr, /interrupted: stopping/);
  t.regex(run.text.stdout, /^saved .*stopped\.safetensors, stopped at step \d+\n$/);
  await using model = await Model.load(out);
  t.true((model.training?.iterations ?? 0) >= 1);
  t.true((model.training?.iterations ?? 0) < 1_000_000);
  t.not(model.calibration, null);
});

test('a second interrupt leaves at once, and half a file never stays', async (t) => {
  const out = path.join(folder, 'left.safetensors');
  const run = train(out, '--iterations', '1000000', '--batch-size', '12');
  await said(run, /step \d+\/1000000/);
  run.child.kill('SIGINT');
  await said(run, /interrupted: stopping/);
  run.child.kill('SIGINT');
  const { status, signal } = await run.ended;
  t.is(signal, null);
  t.is(status, 130, run.text.stderr);
  // The first interrupt may have been quick enough to save; half a file never stays.
  if (existsSync(out)) t.true(statSync(out).size > 1000);
});

test('a reader of the notes that leaves early does not end the training', async (t) => {
  const out = path.join(folder, 'unread.safetensors');
  const run = train(out, '--iterations', '3', '--batch-size', '4');
  run.child.stderr?.destroy();
  t.deepEqual(await run.ended, { status: 0, signal: null });
  t.true(existsSync(out));
});

test('a folder as --out and a missing folder are refused before training', async (t) => {
  for (const [out, cause] of [
    [folder, /it is a folder/],
    [path.join(folder, 'no/where/model'), /missing or read-only/],
  ] as const) {
    const run = train(out, '--iterations', '1');
    t.is((await run.ended).status, 1);
    t.regex(run.text.stderr, /^dinomaly: FILE_WRITE /);
    t.regex(run.text.stderr, cause);
    t.notRegex(run.text.stderr, /step/);
  }
});

test('options out of range end with 2 and name the option as it was typed', async (t) => {
  for (const [extra, cause] of [
    [['--iterations', '0'], /for --iterations but/],
    [['--seed', '-1'], /for --seed but/],
    [['--crop', '33'], /for --crop but/],
    [['--encoder', 'dinov2_vit_small_14'], /--encoder cannot be combined with --family/],
    [['--device', 'gpu'], /--device gpu: there is no such device\. Did you mean cuda\?/],
    [['--class', 'square'], /for --class but/],
  ] as const) {
    const run = train(path.join(folder, 'never'), ...extra);
    t.is((await run.ended).status, 2, `${extra}: ${run.text.stderr}`);
    t.regex(run.text.stderr, cause);
  }
});
