/**
 * The program that holds the build against reference cases: what a case lacks, and each number of it that is wrong, must
 * fail. A check that passes because there is nothing to compare proves nothing.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import ava from 'ava';
import { temporaryFolder } from '../helpers/drawn-set.js';
import { changeTensors, type FileTensor } from '../helpers/tensor-file.js';
import { testWhere } from '../helpers/where.js';

const PROGRAM = path.join(__dirname, '../../build/cmake/dinomaly_parity');
const FIXTURES = path.join(__dirname, '../fixtures');
const test = testWhere(existsSync(PROGRAM), 'the native test programs (npm run setup)', ava.serial);
const { folder, remove } = temporaryFolder();
ava.after.always(remove);

interface Run {
  readonly status: number | null;
  readonly stdout: string;
}

function parity(...args: string[]): Run {
  const { status, stdout } = spawnSync(PROGRAM, args, { encoding: 'utf8' });
  return { status, stdout };
}

let count = 0;

/** A copy of the files of a case, not of its folders. */
function copyOf(name: string): string {
  const copy = path.join(folder, `${count++}`);
  cpSync(path.join(FIXTURES, name), copy, { recursive: true });
  return copy;
}

/** Runs one check on a copy of a case that was changed. */
function changed(name: string, check: string, change: (copy: string) => void): Run {
  const copy = copyOf(name);
  change(copy);
  const run = parity(copy, check);
  rmSync(copy, { recursive: true });
  return run;
}

type Json = Record<string, unknown>;

/** Changes the member at `keys`; `undefined` takes it out. */
function changeJson(file: string, keys: readonly string[], change: (value: unknown) => unknown): void {
  const document: Json = JSON.parse(readFileSync(file, 'utf8'));
  const inner = keys.slice(0, -1).reduce((value, key) => value[key] as Json, document);
  const last = keys.at(-1) ?? '';
  inner[last] = change(inner[last]);
  writeFileSync(file, JSON.stringify(document));
}

/** A tensor of float32, each value a hundredth larger. */
function enlarged({ dtype, shape, bytes }: FileTensor): FileTensor {
  const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  return { dtype, shape, bytes: Buffer.from(values.map((value) => value * 1.01).buffer) };
}

/** Asserts that the check fails without the tensor, naming it, and with wrong values in it. */
function assertNeeded(t: ExecutionContext, name: string, check: string, file: string, tensor: string): void {
  const without = changed(name, check, (copy) =>
    changeTensors(path.join(copy, file), (all) => void all.delete(tensor)),
  );
  t.is(without.status, 1, `${tensor} missing\n${without.stdout}`);
  t.regex(without.stdout, new RegExp(`^FAIL .*${tensor.replace(/^(start|model|weight)\.|_thinned$/, '')}`, 'm'));
  const wrong = changed(name, check, (copy) =>
    changeTensors(path.join(copy, file), (all) => {
      const one = all.get(tensor);
      if (one !== undefined) all.set(tensor, enlarged(one));
    }),
  );
  t.is(wrong.status, 1, `${tensor} wrong\n${wrong.stdout}`);
}

const TRAINED = 'decoder.0.mlp.fc1.weight';
const STEPS = ['start', 'grad0', 'grad3', 'final', 'exp_avg', 'exp_avg_sq', 'max_exp_avg_sq'];
const STAGES = ['input', 'tokens', 'features', 'fused', 'bottleneck', 'decoder', 'en', 'de', 'distance'];
const MAPS = ['map_256_thinned', 'map_native', 'score_top1pct', 'score_max', 'model.decoder.0.norm1.weight'];
const NOISE = ['x', 'kept.input', 'kept.hidden', 'kept.output', 'probe', 'output', 'grad.x'];
const BOTTLENECK = ['fc1.weight', 'fc1.bias', 'fc2.weight', 'fc2.bias'].map((name) => `bottleneck.0.${name}`);

const NEEDED: readonly (readonly [folder: string, check: string, file: string, tensors: readonly string[]])[] = [
  ['recipes/decay', 'train', 'train.safetensors', ['batches', ...STEPS.map((step) => `${step}.${TRAINED}`)]],
  ['variants/one-group', 'forward', 'forward.safetensors', [...STAGES, ...MAPS]],
  ['variants/one-group', 'losses', 'forward.safetensors', ['loose', 'global', 'point'].map((one) => `grad_de.${one}`)],
  [
    'recipes/noise',
    'noise',
    'noise.safetensors',
    [...NOISE, ...BOTTLENECK.flatMap((name) => [`weight.${name}`, `grad.${name}`])],
  ],
];

for (const [name, check, file, tensors] of NEEDED) {
  test(`the check ${check} fails where a tensor is missing, and where one is wrong`, (t) => {
    for (const tensor of tensors) assertNeeded(t, name, check, file, tensor);
  });
}

test('the gradient of each parameter is asked for, and so is the last value of each', (t) => {
  for (const prefix of ['grad0.', 'grad3.', 'final.']) {
    const { status, stdout } = changed('recipes/decay', 'train', (copy) =>
      changeTensors(path.join(copy, 'train.safetensors'), (all) => {
        for (const name of [...all.keys()]) if (name.startsWith(prefix)) all.delete(name);
      }),
    );
    t.is(status, 1);
    t.regex(stdout, new RegExp(`^FAIL train +The case has no tensor '${prefix}`, 'm'));
  }
});

/** Numbers of a recipe and what is done to them. A tenth more; for counts one more. */
const RECIPE: readonly (readonly [path: string, change: (value: number) => unknown])[] = [
  ['schedule.base', (value) => value * 1.1],
  ['schedule.final', (value) => value * 1.1],
  ['schedule.warmup', (value) => value + 1],
  ['schedule.total', (value) => value + 1],
  ['easy.final', (value) => value * 1.1],
  ['easy.reached_at_step', (value) => value + 1],
  ['easy.gradient_factor', (value) => value * 1.1],
  ['clip_grad_norm', (value) => value * 1.1],
  ['optimizer.betas.0', (value) => value * 0.99],
  ['optimizer.betas.1', (value) => value * 0.99],
  ['optimizer.eps', (value) => value * 1.1],
  ['optimizer.weight_decay', (value) => value * 1.1],
  ['optimizer.weight_decay', () => 0],
  ['optimizer.weight_decay', (value) => value * 10],
  ['optimizer.amsgrad', (value) => !value],
  ['optimizer.clip_threshold', (value) => value * 2],
  ['schedule.start', () => 1e-4],
  ['drop', () => 0.1],
];

test('each number of the recipe is felt by one of the two recipes, the decay by a tenth of it', (t) => {
  for (const [key, change] of RECIPE) {
    const felt = ['decay', 'plain'].filter((name) => {
      const { status } = changed(`recipes/${name}`, 'train', (copy) =>
        changeJson(path.join(copy, 'train.json'), key.split('.'), (value) => change(value as number)),
      );
      return status === 1;
    });
    t.true(felt.length > 0, `${key}, ${change}`);
  }
});

test('the rate of the noise is felt', (t) => {
  const { status } = changed('recipes/noise', 'noise', (copy) =>
    changeJson(path.join(copy, 'noise.json'), ['rate'], () => 0.41),
  );
  t.is(status, 1);
});

test('what the case tells of itself is asked for: a member that is missing fails', (t) => {
  const members = [
    'steps',
    'easy',
    'optimizer',
    'schedule',
    'clip_grad_norm',
    'drop',
    'groups',
    'targets',
    'attention',
  ];
  for (const member of members) {
    const { status, stdout } = changed('recipes/plain', 'train', (copy) =>
      changeJson(path.join(copy, 'train.json'), [member], () => undefined),
    );
    t.is(status, 1, `${member}\n${stdout}`);
  }
  for (const [check, member] of [
    ['losses', 'losses'],
    ['forward', 'heads'],
  ] as const) {
    const { status } = changed('variants/one-group', check, (copy) =>
      changeJson(path.join(copy, 'forward.json'), [member], () => undefined),
    );
    t.is(status, 1, member);
  }
});

test('a word that names no attention is refused, not taken for a default', (t) => {
  const { status, stdout } = changed('recipes/plain', 'train', (copy) =>
    changeJson(path.join(copy, 'train.json'), ['attention'], () => 'liner'),
  );
  t.is(status, 1);
  t.regex(stdout, /^FAIL train +Expected one of 'linear', 'softmax', 'efficient' for attention but received 'liner'/m);
});

test('metrics: a case without a metric, without its maps, and no case at all fail', (t) => {
  const metrics = (check: string, change: (copy: string) => void): Run => changed('cases', check, change);
  for (const [check, metric] of [
    ['metrics', 'p_aupro'],
    ['metrics', 'i_f1max'],
    ['exact-pro', 'p_aupro_exact'],
    ['exact-pro', 'p_pro_at_05'],
  ] as const) {
    const file = (copy: string): string => path.join(copy, 'metrics.json');
    const missing = metrics(check, (copy) => changeJson(file(copy), ['ties', metric], () => undefined));
    t.is(missing.status, 1, metric);
    const wrong = metrics(check, (copy) => changeJson(file(copy), ['ties', metric], (value) => Number(value) + 1e-4));
    t.is(wrong.status, 1, metric);
    t.regex(wrong.stdout, new RegExp(`^FAIL metrics ties ${metric} `, 'm'));
  }
  t.is(metrics('metrics', (copy) => changeJson(path.join(copy, 'metrics.json'), ['smooth'], () => ({}))).status, 1);
  t.is(metrics('metrics', (copy) => rmSync(path.join(copy, 'metrics-signed.safetensors'))).status, 1);
  const none = metrics('metrics', (copy) => writeFileSync(path.join(copy, 'metrics.json'), '{}'));
  t.is(none.status, 1);
  t.regex(none.stdout, /^FAIL metrics +the case holds nothing to compare/m);
});

test('checkpoints: each file is asked for', (t) => {
  const files = readdirSync(path.join(FIXTURES, 'softmax/checkpoints'));
  t.is(files.length, 7);
  for (const file of files) {
    const { status } = changed('softmax', 'checkpoints', (copy) => rmSync(path.join(copy, 'checkpoints', file)));
    t.is(status, 1, file);
  }
});

test('a check that is named must have a case and must exist; a folder without any case has a status of its own', (t) => {
  t.is(parity(path.join(FIXTURES, 'recipes/noise'), 'noise').status, 0);
  t.is(parity(path.join(FIXTURES, 'recipes/noise'), 'noise', 'train').status, 1);
  t.is(parity(path.join(FIXTURES, 'recipes/noise'), 'noise', 'trian').status, 2);
  t.is(parity(path.join(FIXTURES, 'readers')).status, 3);
  const { status, stdout } = parity(path.join(FIXTURES, 'recipes/noise'));
  t.is(status, 0);
  t.regex(stdout, /^none train +no such case here$/m);
});

test('the error that is printed is the whole one, beside what is allowed', (t) => {
  const { stdout } = parity(path.join(FIXTURES, 'recipes/decay'), 'train');
  const [, error = 'nothing', allowed = 'nothing'] =
    stdout.match(/^ok +train final weights +error +(\S+) +allowed +(\S+)/m) ?? [];
  t.true(Number(error) > 0 && Number(error) <= Number(allowed), `${error} ${allowed}`);
  t.true(Number(allowed) > 1e-4 && Number(allowed) < 1e-3, allowed);
});
