/** Options from dinomaly.config.json: found, checked, and beneath those of the command line. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { applyConfig, CONFIG_NAME, commandLine, findConfig, readConfig } from '../../lib/cli/config.js';
import { createProgram } from '../../lib/cli/program.js';
import { leaves } from '../../lib/cli/tree.js';
import { dinomalyHere } from '../helpers/command-here.js';

const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'dinomaly-config-')));
const inner = path.join(folder, 'line', 'photos');
const file = path.join(folder, CONFIG_NAME);
mkdirSync(inner, { recursive: true });
const cwd = process.cwd();
test.after.always(() => {
  process.chdir(cwd);
  rmSync(folder, { recursive: true, force: true });
});

const fail = (message: string): never => {
  throw new Error(message);
};

/** The options that a command gets from a file and the command line. */
async function optionsOf(values: object, name: string, args: readonly string[] = []): Promise<Record<string, unknown>> {
  const program = createProgram(() => undefined);
  const command = new Map(leaves(program)).get(name);
  command?.action(() => undefined).configureOutput({ writeErr: () => undefined });
  if (command === undefined) return fail(name);
  applyConfig({ file, values: values as Record<string, unknown> }, program, command, fail);
  await program.parseAsync([...name.split(' '), ...args], { from: 'user' });
  return command.optsWithGlobals();
}

test('a key is an option of every command that has it, and one in the object of a command is for that one', async (t) => {
  const values = {
    device: 'cpu',
    seed: 3,
    train: { seed: 4, data: 'a', out: 'b' },
    evaluate: { data: 'c', model: 'd' },
  };
  t.like(await optionsOf(values, 'train'), { device: 'cpu', seed: 4 });
  const evaluated = await optionsOf(values, 'evaluate');
  t.like(evaluated, { device: 'cpu', data: path.join(folder, 'c') });
  t.false('seed' in evaluated);
  t.like(await optionsOf({ 'dataset check': { svg: true }, quiet: true }, 'dataset check', ['x']), {
    svg: true,
    quiet: true,
  });
});

test('the command in a report names the file that options were taken from', async (t) => {
  await optionsOf({ seed: 3 }, 'train', ['--data', 'a', '--out', 'b']);
  t.deepEqual(commandLine(), ['dinomaly', ...process.argv.slice(2), '--config', file]);
});

test('the command line wins, also where an option takes several words', async (t) => {
  const values = {
    class: ['disc', 'ring'],
    iterations: 5,
    data: ['a', 'b'],
    benchmark: ['VisA', 'other'],
    quiet: true,
  };
  const given = await optionsOf(values, 'reproduce', [
    '1',
    '--class',
    'bolt',
    '--iterations',
    '7',
    '--data',
    'c',
    'd',
    'e',
  ]);
  t.like(given, { class: ['bolt'], iterations: 7, data: ['c', 'd', 'e'], benchmark: ['VisA', 'other'], quiet: true });
  const benchmark = await optionsOf(values, 'reproduce', ['1', '--benchmark', 'Real-IAD']);
  t.deepEqual(benchmark.benchmark, ['Real-IAD']);
  t.like(await optionsOf(values, 'reproduce', ['1', '--verbose']), { verbose: true });
});

test('values are read as those of the command line, and paths start at the folder of the file', async (t) => {
  const values = {
    data: 'set',
    out: '/elsewhere/m',
    size: '40x48',
    crop: 32,
    targetLayers: '2,3',
    eps: 1e-8,
    svg: false,
  };
  t.like(await optionsOf(values, 'train'), {
    data: path.join(folder, 'set'),
    out: '/elsewhere/m',
    size: [40, 48],
    crop: 32,
    targetLayers: [2, 3],
    eps: 1e-8,
    svg: false,
  });
  t.is((await optionsOf({ json: '-' }, 'predict')).json, '-', 'the standard output is no path');
});

test('what is no option, or not a value of one, is refused with its place and the nearest name', async (t) => {
  for (const [values, message] of [
    [{ devise: 'cpu' }, /^.*dinomaly\.config\.json, devise: there is no such option\. Did you mean device\?$/],
    [{ train: { iteration: 3 } }, /, train\.iteration: there is no such option\. Did you mean iterations\?$/],
    [{ predict: { iterations: 3 } }, /, predict\.iterations: there is no such option\./],
    [{ trian: { seed: 3 } }, /, trian: there is no such option\. Did you mean train\?$/],
    [{ 'batch-size': 3 }, /Did you mean batchSize\?$/],
    [{ config: 'x' }, /, config: there is no such option/],
    [{ train: { iterations: 'many' } }, /, train\.iterations: 'many' is not a number\.$/],
    [{ encoder: 'dinov2_vit_bas_14' }, /, encoder: .*Did you mean dinov2_vit_base_14\?$/],
    [{ svg: 'yes' }, /, svg must be true or false, but is "yes"$/],
    [{ seed: null }, /, seed must be a text or a number/],
    [{ encoder: ['x'] }, /, encoder must be a text or a number/],
    [{ train: 3 }, /, train is a command, and must be an object of its options$/],
    [{ seed: {} }, /, seed is an option, and must not be an object$/],
  ] as const) {
    await t.throwsAsync(optionsOf(values, 'train', ['--data', 'a', '--out', 'b']), { message }, JSON.stringify(values));
  }
});

test.serial('the file is that of the folder or of the nearest one above, up to a repository', async (t) => {
  writeFileSync(file, '{ "json": true }');
  t.is(findConfig(inner), file);
  process.chdir(inner);
  const found = await dinomalyHere(['encoders', '--verbose']);
  t.is(found.status, 0, found.stderr);
  t.true(Array.isArray(JSON.parse(found.stdout)));
  t.true(found.stderr.includes(`- options from ${file}: json\n`), found.stderr);
  const without = await dinomalyHere(['encoders', '--no-config', '--verbose']);
  t.regex(without.stdout, /^name +size/);
  t.regex(without.stderr, /^- no file of options$/m);
  mkdirSync(path.join(folder, 'line', '.git'));
  t.is(findConfig(inner), undefined);
  const named = await dinomalyHere(['encoders', '--config', '../../dinomaly.config.json']);
  t.true(Array.isArray(JSON.parse(named.stdout)));
});

test.serial('a file that cannot be read is refused with its name, but not by --help', async (t) => {
  const broken = path.join(folder, 'broken.json');
  for (const [text, message] of [
    ['{', /^error: .*broken\.json is not JSON: /],
    ['[]', /^error: .*broken\.json must hold an object of options\n$/],
  ] as const) {
    writeFileSync(broken, text);
    const { status, stderr } = await dinomalyHere(['encoders', '--config', broken]);
    t.is(status, 2);
    t.regex(stderr, message);
  }
  t.is((await dinomalyHere(['encoders', '--help', '--config', broken])).status, 0);
  const missing = await dinomalyHere(['encoders', '--config', path.join(folder, 'none.json')]);
  t.is(missing.status, 1);
  t.regex(missing.stderr, /^dinomaly: FILE_READ .*none\.json/);
  await t.throwsAsync(readConfig(folder, fail), { code: 'FILE_READ' });
});
