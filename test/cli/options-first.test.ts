/** Options that no data can make good are refused before any is looked for. */
import { existsSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { dinomalyHere } from '../helpers/command-here.js';

const cwd = realpathSync(mkdtempSync(path.join(tmpdir(), 'dinomaly-test-')));
process.chdir(cwd);
test.after.always(() => {
  process.chdir(tmpdir());
  rmSync(cwd, { recursive: true, force: true });
});

// There is none of these: a command that looks for them first ends with 1 and their name.
const NONE = path.join(cwd, 'none');
const SHAPE = ['--untrained', '--dim', '16', '--depth', '4', '--heads', '2', '--patch', '8'];
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  train: ['train', '--data', NONE, '--out', 'model', ...SHAPE],
  'train --class-separated': ['train', '--data', NONE, '--out', 'models', '--class-separated', ...SHAPE],
  evaluate: ['evaluate', '--data', NONE, '--model', NONE],
  calibrate: ['calibrate', '--data', NONE, '--model', NONE],
  predict: ['predict', '--model', NONE, NONE],
  attention: ['attention', '--model', NONE, '--query', '0,0', '--out', 'out', NONE],
  'dataset check': ['dataset', 'check', NONE],
  reproduce: ['reproduce', '1', '--data', NONE, '--out', 'out', ...SHAPE],
};

const DATASET = ['--format=nonsense', '--split-seed=-1', '--train-share=2', '--validation=-1'];
const SIZES = ['--size=0', '--crop=0'];
const LOADED = ['--device=tpu', '--precision=fp8', '--pixel-limit=0', '--max-batch=0', '--encoder=nonsense', ...SIZES];
const TRAINED = ['--iterations=-1', '--batch-size=0', '--seed=-1', '--device=tpu', ...SIZES];
const VARIANT = ['--dropout=7', '--loss=l2', '--eps=0', '--easy-fraction=2', '--attention=flash', '--decoder-depth=0'];
const WRONG: Readonly<Record<string, readonly string[]>> = {
  train: [...TRAINED, ...VARIANT, ...DATASET, '--pixel-limit=0'],
  'train --class-separated': ['--iterations=-1', '--dropout=7'],
  evaluate: [...LOADED, ...DATASET, '--mask-convention=all', '--map-format=jpeg', '--map-layout=flat'],
  calibrate: [...LOADED, ...DATASET, '--false-reject-rate=2', '--pixel-reject-rate=0', '--confidence-level=1'],
  predict: [...LOADED, '--map-format=jpeg', '--min-area=0', '--min-area=-1'],
  attention: LOADED,
  'dataset check': [...DATASET, '--pixel-limit=0'],
  reproduce: [...TRAINED, ...DATASET, '--mask-convention=all', '--benchmark=nonsense'],
};

for (const [name, args] of Object.entries(COMMANDS)) {
  test.serial(`${name} refuses wrong options before it looks for data or a model, and makes nothing`, async (t) => {
    for (const option of WRONG[name] ?? []) {
      const maps = /^--map-(?:format|layout)/.test(option) && name === 'evaluate' ? ['--maps', 'out'] : [];
      const { status, stderr } = await dinomalyHere([...args, ...maps, option]);
      t.is(status, 2, `${option}: ${stderr}`);
      t.regex(stderr, /^dinomaly: INVALID_OPTION (?:Expected |--\S+ \S+: there is no such )[^\n]*\n$/, option);
    }
    t.false(existsSync(NONE));
    t.deepEqual(readdirSync(cwd), []);
  });
}
