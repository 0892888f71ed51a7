/** `dinomaly reproduce` as a user runs it: in a process of its own. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { type Report, reproduce } from '../../lib/reproduce/index.js';
import { TINY, TINY_SIZE, temporaryFolder, writeDataset } from '../helpers/drawn-set.js';

const MAIN = path.join(__dirname, '../../lib/cli/main.ts');
const { folder, remove } = temporaryFolder();
const data = path.join(folder, 'data');
test.before(() => writeDataset(data));
test.after.always(remove);

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command; `onText` hears stderr so far and may end it. */
function command(
  args: readonly string[],
  onText: (stderr: string, stop: () => void) => void = () => undefined,
): Promise<Ended> {
  const child = spawn(process.execPath, ['--import=tsx', MAIN, 'reproduce', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 120_000,
    killSignal: 'SIGKILL',
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk);
    onText(stderr, () => child.kill('SIGINT'));
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, stdout, stderr }));
  });
}

const NETWORK = '--untrained --dim 16 --depth 4 --heads 2 --patch 8 --size 40 --crop 32 --batch-size 4'.split(' ');

test('the command prints the table and ends with 0, with 2 for wrong options', async (t) => {
  const out = path.join(folder, 'cli');
  const set = ['--data', data, '--benchmark', 'MVTec-AD', '--out', out];
  const args = ['3', ...set, ...NETWORK, '--iterations', '2', '--row', 'baseline', 'NB+LA+LC+LL'];
  const { status, stdout, stderr } = await command(args);
  t.is(status, 0, stderr);
  t.regex(stdout, /^# Table 3\./);
  t.regex(stdout, /98\.41 \(paper\) \/ \d/);
  t.is(stdout, readFileSync(path.join(out, 'table-3.md'), 'utf8'));
  t.regex(stderr, /MVTec-AD\/baseline training 2\/2 loss \d/);
  t.is((await command(['6', ...set, '--untrained'])).status, 2);
  t.is((await command(['1', ...set, '--untrained', '--weights', 'x'])).status, 2);
  t.is((await command(['1', ...set, '--benchmark', 'VisA', 'VisA', '--untrained'])).status, 2);
});

test('Ctrl-C ends with 130; finished rows are kept and the report says what was not reached', async (t) => {
  const out = path.join(folder, 'stopped');
  const set = ['--data', data, '--benchmark', 'MVTec-AD', '--out', out, '--row', 'baseline', 'NB'];
  let stopped = false;
  const ended = await command(['3', ...set, ...NETWORK, '--iterations', '400'], (stderr, stop) => {
    if (!stopped && stderr.includes('MVTec-AD/NB training')) {
      stopped = true;
      stop();
    }
  });
  t.is(ended.status, 130, ended.stderr);
  t.regex(ended.stderr, /run the same command again to go on/);
  t.deepEqual(readdirSync(path.join(out, 'models')), []);
  t.is(readdirSync(path.join(out, 'runs')).length, 1);
  const { runs } = JSON.parse(readFileSync(path.join(out, 'table-3.json'), 'utf8')) as Report;
  const statusOf = (row: string): string | undefined => runs.find(({ id }) => id === `MVTec-AD/${row}`)?.status;
  t.deepEqual([statusOf('baseline'), statusOf('NB')], ['done', 'interrupted']);
  const notes: string[] = [];
  const small = { encoder: TINY, weights: null, ...TINY_SIZE, iterations: 400, batchSize: 4 } as const;
  const sets = [{ root: data, benchmark: 'MVTec-AD' }] as const;
  await reproduce(
    { table: '3', data: sets, out, rows: ['baseline', 'NB'], ...small },
    { onNote: (line) => notes.push(line) },
  );
  t.deepEqual(notes, ['MVTec-AD/baseline: taken from an earlier run'], 'the library and the command share keys');
});
