/** `reproduce` over the real addon, on a drawn set and a tiny untrained encoder. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { countCosts } from '../../lib/index.js';
import { type Report, type ReproduceHooks, type ReproduceOptions, reproduce } from '../../lib/reproduce/index.js';
import { TINY, TINY_SIZE, temporaryFolder, writeDataset, writeDisc } from '../helpers/drawn-set.js';

const { folder, remove } = temporaryFolder();
const data = path.join(folder, 'data');
test.before(() => writeDataset(data));
test.after.always(remove);

const SMALL = { encoder: TINY, weights: null, ...TINY_SIZE, iterations: 2, batchSize: 4, device: 'cpu' } as const;

function options(out: string, more: Partial<ReproduceOptions> = {}): ReproduceOptions {
  const sets = [{ root: data, benchmark: 'MVTec-AD' }] as const;
  return { table: '1', data: sets, out: path.join(folder, out), ...SMALL, ...more };
}

const files = (out: string, kind: 'runs' | 'models'): string[] => readdirSync(path.join(folder, out, kind)).sort();

/** Stages and notes of a run. */
function listen(): { readonly hooks: ReproduceHooks; readonly stages: Set<string>; readonly notes: string[] } {
  const stages = new Set<string>();
  const notes: string[] = [];
  const hooks: ReproduceHooks = {
    onProgress: ({ stage, title }) => stages.add(`${title} ${stage}`),
    onNote: (line) => notes.push(line),
  };
  return { hooks, stages, notes };
}

function runOf(report: Report, id: string): Report['runs'][number] {
  const run = report.runs.find((each) => each.id === `MVTec-AD/${id}`);
  if (run === undefined) throw new Error(`no run ${id}`);
  return run;
}

test('table 1 is trained, evaluated and written as Markdown, CSV and JSON', async (t) => {
  const { hooks, stages } = listen();
  const report = await reproduce(options('one'), hooks);
  t.deepEqual([...stages], ['MVTec-AD pictures', 'MVTec-AD/dinomaly training', 'MVTec-AD/dinomaly evaluation']);
  const out = path.join(folder, 'one');
  t.deepEqual(readdirSync(out).sort(), ['models', 'runs', 'table-1.csv', 'table-1.json', 'table-1.md']);
  t.deepEqual(JSON.parse(readFileSync(path.join(out, 'table-1.json'), 'utf8')), JSON.parse(JSON.stringify(report)));
  const text = readFileSync(path.join(out, 'table-1.md'), 'utf8');
  t.regex(text, /^\*\*This table does not reproduce the paper's figures/m);
  for (const departure of [/0 of the 15 classes/, /untrained encoder/, /iterations 2 /, /batch size 4/, /40 and 32/]) {
    t.regex(text, departure);
  }
  t.regex(text, /\| MVTec-AD \| Dinomaly +\| 99\.6 \(paper\) \/ \d/);
  t.deepEqual(files('one', 'models'), [], 'a model goes once its metrics are written');
  t.is(files('one', 'runs').length, 1);
  const run = runOf(report, 'dinomaly');
  t.like(run.models[0], { device: 'cpu', training: { iterations: 2, batchSize: 4 }, encoder: { sha256: null } });
  t.deepEqual(run.models[0]?.classes, ['disc', 'ring']);
});

test('a second run takes what is there, from other tables too, and gives the same figures', async (t) => {
  const rows = ['baseline', 'NB', 'NB+LA+LC+LL'];
  const first = await reproduce(options('two', { table: '3', rows }));
  t.is(files('two', 'runs').length, 3);
  const again = listen();
  const second = await reproduce(options('two', { table: '3', rows }), again.hooks);
  t.deepEqual([...again.stages], ['MVTec-AD pictures']);
  t.is(again.notes.filter((line) => line.includes('taken from an earlier run')).length, 3);
  t.deepEqual(second, first);
  const other = listen();
  await reproduce(options('two', { table: '1' }), other.hooks);
  t.deepEqual(
    other.notes,
    ['MVTec-AD/dinomaly: taken from an earlier run'],
    'the last row of table 3 is that of table 1',
  );
});

test('other settings, other weights and other pictures are trained anew', async (t) => {
  await reproduce(options('three'));
  const changes: readonly Partial<ReproduceOptions>[] = [
    { iterations: 3 },
    { batchSize: 3 },
    { seed: 2 },
    { crop: 24 },
    { classes: ['ring'] },
    { maskConvention: 'half' },
    { encoder: { ...TINY, registers: 1 } },
  ];
  for (const [at, change] of changes.entries()) {
    const { hooks, stages } = listen();
    await reproduce(options('three', change), hooks);
    t.true(stages.has('MVTec-AD/dinomaly training'), JSON.stringify(change));
    t.is(files('three', 'runs').length, at + 2);
  }
  const copy = path.join(folder, 'edited');
  await writeDataset(copy);
  const sets = [{ root: copy, benchmark: 'MVTec-AD' }] as const;
  const same = listen();
  await reproduce(options('three', { data: sets }), same.hooks);
  t.false(same.stages.has('MVTec-AD/dinomaly training'), 'a copy of the set is the same set');
  await writeDisc(path.join(copy, 'ring/train/good/0.png'), 77);
  const edited = listen();
  await reproduce(options('three', { data: sets }), edited.hooks);
  t.true(edited.stages.has('MVTec-AD/dinomaly training'));
});

test('a run that ends between training and metrics goes on from its model', async (t) => {
  const controller = new AbortController();
  const stopping: ReproduceHooks = {
    signal: controller.signal,
    onProgress: ({ stage }) => stage === 'evaluation' && controller.abort(),
  };
  const reason = await t.throwsAsync(reproduce(options('four'), stopping), { any: true });
  t.is(reason, controller.signal.reason);
  t.deepEqual(files('four', 'runs'), []);
  const [model = ''] = files('four', 'models');
  const file = path.join(folder, 'four/models', model);
  copyFileSync(file, path.join(folder, 'kept.safetensors'));
  const { hooks, stages, notes } = listen();
  const report = await reproduce(options('four'), hooks);
  t.deepEqual([...stages], ['MVTec-AD pictures', 'MVTec-AD/dinomaly evaluation']);
  t.regex(notes.join(), /found trained in/);
  t.is(runOf(report, 'dinomaly').models[0]?.trainSeconds, null);
  t.false(existsSync(file));
  const whole = await reproduce(options('four-whole'));
  t.deepEqual(runOf(report, 'dinomaly').mean, runOf(whole, 'dinomaly').mean);

  rmSync(path.join(folder, 'four/runs', model.replace('.safetensors', '.json')));
  const bytes = readFileSync(path.join(folder, 'kept.safetensors'));
  writeFileSync(file, bytes.subarray(0, bytes.length / 2));
  const damaged = listen();
  await reproduce(options('four'), damaged.hooks);
  t.true(damaged.stages.has('MVTec-AD/dinomaly training'), 'half a model is none');
});

test('keepModels leaves the model of each row', async (t) => {
  await reproduce(options('models-kept', { keepModels: true }));
  t.is(files('models-kept', 'models').length, 1);
});

test('table 2 trains a model a class, and resumes within the row', async (t) => {
  const controller = new AbortController();
  const hooks: ReproduceHooks = {
    signal: controller.signal,
    onProgress: ({ title, stage }) => title.endsWith('ring') && stage === 'training' && controller.abort(),
  };
  const row = { table: '2', rows: ['class-separated'] } as const;
  await t.throwsAsync(reproduce(options('five', row), hooks), { any: true });
  t.is(files('five', 'runs').length, 1, 'the model of the first class is done');
  const { hooks: heard, stages } = listen();
  const report = await reproduce(options('five', row), heard);
  t.false(stages.has('MVTec-AD/class-separated disc training'));
  t.true(stages.has('MVTec-AD/class-separated ring training'));
  const run = runOf(report, 'class-separated');
  t.deepEqual(
    run.models.map(({ classes }) => classes),
    [['disc'], ['ring']],
  );
  t.deepEqual(
    run.classes.map(({ name }) => name),
    ['disc', 'ring'],
  );
  t.is(runOf(report, 'multi-class').reason, 'not chosen by --row');
});

test('table 4 measures the network, once for each machine', async (t) => {
  const report = await reproduce(options('six', { table: '4' }));
  const { measured } = runOf(report, 'custom');
  t.like(measured, await countCosts({ encoder: TINY, ...TINY_SIZE }));
  t.true((measured?.imagesPerSecond ?? 0) > 0);
  t.regex(measured?.device ?? '', /^CPU /);
  const { hooks, stages } = listen();
  const again = await reproduce(options('six', { table: '4' }), hooks);
  t.deepEqual(runOf(again, 'custom').measured, measured);
  t.false(stages.has('MVTec-AD/custom speed'));
});

test('figure 5 lists encoders without weights, runs the others, and draws the chart', async (t) => {
  const weightsDir = path.join(folder, 'no-weights');
  const none = await reproduce({
    table: 'figure5',
    data: [{ root: data, benchmark: 'other' }],
    out: path.join(folder, 'seven'),
    weightsDir,
  });
  t.true(none.runs.length > 0);
  t.true(none.runs.every(({ status, reason }) => status === 'weights missing' && reason?.includes('no-weights')));
  t.true(readFileSync(path.join(folder, 'seven/figure-5.svg'), 'utf8').includes('weights missing'));
  const own = await reproduce(options('seven', { table: 'figure5' }));
  t.is(runOf(own, 'custom').status, 'done');
});

test('a row with weights that do not fit fails alone, with its reason in the report', async (t) => {
  const weightsDir = path.join(folder, 'bad-weights');
  await reproduce(options('eight', { keepModels: true }));
  const [model = ''] = files('eight', 'models');
  // A Dinomaly of another shape under the name of an encoder.
  mkdirSync(weightsDir);
  copyFileSync(path.join(folder, 'eight/models', model), path.join(weightsDir, 'deit_vit_tiny_16.safetensors'));
  const { hooks, notes } = listen();
  const report = await reproduce(
    {
      ...options('eight'),
      table: 'figure5',
      encoder: 'deit_vit_tiny_16',
      size: 64,
      crop: 48,
      weights: undefined,
      weightsDir,
    },
    hooks,
  );
  const run = runOf(report, 'deit_vit_tiny_16');
  t.is(run.status, 'failed');
  t.regex(run.reason ?? '', /^WEIGHTS_/);
  t.regex(notes.join(), /deit_vit_tiny_16 failed: WEIGHTS_/);
  t.is(report.rows.find(({ id }) => id.endsWith('deit_vit_tiny_16'))?.status, 'failed');
});

test('one encoder without weights, an unknown benchmark and an unknown class are refused before anything runs', async (t) => {
  const out = path.join(folder, 'nine');
  const bare = { ...options('nine'), weights: undefined };
  await t.throwsAsync(reproduce(bare), { instanceOf: TypeError, message: /options\.weights/ });
  await t.throwsAsync(reproduce(options('nine', { data: [{ root: data }] })), {
    instanceOf: RangeError,
    message: /a benchmark that the classes disc, ring are of.*options\.data\[0\]\.benchmark/,
  });
  await t.throwsAsync(reproduce(options('nine', { classes: ['cow'] })), {
    instanceOf: RangeError,
    message: /one of 'disc', 'ring' for options\.classes/,
  });
  await t.throwsAsync(reproduce(options('nine', { data: [{ root: path.join(folder, 'nowhere') }] })), {
    code: 'FILE_READ',
  });
  t.false(existsSync(out));
});

test('a model that cannot be kept in the meantime is evaluated all the same, with the same figures', async (t) => {
  const usual = await reproduce(options('kept'));
  const out = path.join(folder, 'unkept');
  const notes: string[] = [];
  const report = await reproduce(options('unkept'), {
    onProgress: ({ stage }) => {
      if (stage === 'training') rmSync(path.join(out, 'models'), { recursive: true, force: true });
    },
    onNote: (line) => notes.push(line),
  });
  t.is(notes.length, 1);
  t.regex(notes[0] ?? '', /^MVTec-AD\/dinomaly: Cannot write .*; going on without the file$/);
  t.is(runOf(report, 'dinomaly').status, 'done');
  t.deepEqual(runOf(report, 'dinomaly').classes, runOf(usual, 'dinomaly').classes);
});
