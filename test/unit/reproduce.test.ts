/** Plans of the paper's tables, the paper's figures, and the options of `reproduce`. Nothing runs. */
import test from 'ava';
import { recogniseBenchmark } from '../../lib/reproduce/data.js';
import { checkReproduceOptions, type ReproduceOptions } from '../../lib/reproduce/options.js';
import { FACTS, TABLE_1, TABLE_1_OURS, TABLE_3, TABLE_4, TABLE_5_OURS } from '../../lib/reproduce/paper.js';
import { planTable } from '../../lib/reproduce/plan.js';
import type { Plan, PlanData, PlannedRun } from '../../lib/reproduce/types.js';

const MVTEC: PlanData = { name: 'MVTec-AD', label: 'MVTec-AD' };
const VISA: PlanData = { name: 'VisA', label: 'VisA' };
const REAL_IAD: PlanData = { name: 'Real-IAD', label: 'Real-IAD' };
const OWN: PlanData = { name: 'parts', label: 'other' };
const TINY = { dim: 16, depth: 4, heads: 2, patch: 8 } as const;

function runOf(plan: Plan, id: string): PlannedRun {
  const run = plan.runs.find((each) => each.id === id);
  if (run === undefined) throw new Error(`no run ${id} among ${plan.runs.map((each) => each.id).join()}`);
  return run;
}

const wanted = (plan: Plan): string[] => plan.runs.filter(({ skip }) => skip === null).map(({ id }) => id);

test("the paper's figures agree with each other where they print the same run", (t) => {
  const all = TABLE_3.at(-1)?.values;
  t.deepEqual(all, TABLE_4[1]?.values);
  const rounded = all?.map((value) => Number((value + 1e-9).toFixed(1)));
  t.deepEqual(rounded, [...TABLE_1_OURS['MVTec-AD'].standard]);
  t.deepEqual(TABLE_5_OURS.at(-1)?.values, TABLE_1_OURS['MVTec-AD'].standard);
  t.deepEqual(
    [FACTS['MVTec-AD'], FACTS.VisA, FACTS['Real-IAD']].map(({ classes }) => classes.length),
    [15, 12, 30],
  );
  t.true(Object.values(TABLE_1).every((rows) => rows.length === 8));
});

test('table 1 trains as the paper on each benchmark, and twice as long only when asked', (t) => {
  const plan = planTable('1', [REAL_IAD, MVTEC]);
  t.is(plan.rows.length, 30);
  t.deepEqual(plan.labels, ['Dataset', 'Method']);
  t.deepEqual(wanted(plan), ['MVTec-AD/dinomaly', 'Real-IAD/dinomaly']);
  const mvtec = runOf(plan, 'MVTec-AD/dinomaly');
  t.like(mvtec, { data: 1, iterations: 10_000, batchSize: 16, separated: false });
  t.like(mvtec.options, { encoder: 'dinov2reg_vit_base_14', seed: 1, bottleneckDropout: 0.2 });
  t.like(runOf(plan, 'Real-IAD/dinomaly'), { iterations: 50_000, options: { bottleneckDropout: 0.4 } });
  const long = planTable('1', [VISA], { long: true });
  t.deepEqual(wanted(long), ['VisA/dinomaly', 'VisA/dinomaly-long']);
  t.is(runOf(long, 'VisA/dinomaly-long').iterations, 20_000);
  t.is(runOf(planTable('1', [REAL_IAD], { long: true }), 'Real-IAD/dinomaly-long').iterations, 100_000);
});

test('--iterations counts for every row, twice for the longer one', (t) => {
  const plan = planTable('1', [REAL_IAD], { iterations: 7, long: true, batchSize: 3, seed: 5 });
  t.like(runOf(plan, 'Real-IAD/dinomaly'), { iterations: 7, batchSize: 3, options: { seed: 5 } });
  t.is(runOf(plan, 'Real-IAD/dinomaly-long').iterations, 14);
  t.like(runOf(plan, 'Real-IAD/dinomaly').published, { iterations: 50_000, batchSize: 16, seed: 1 });
});

test('table 2 trains one model a class with the eps and the steps of the paper', (t) => {
  const plan = planTable('2', [MVTEC, REAL_IAD]);
  t.is(plan.columns.length, 9);
  t.deepEqual(
    plan.rows.map(({ labels }) => labels[0]),
    ['Dinomaly (multi-class)', 'Dinomaly (class-separated)', 'RD4AD', 'PatchCore', 'SimpleNet'],
  );
  const separated = runOf(plan, 'MVTec-AD/class-separated');
  t.like(separated, { separated: true, iterations: 5000 });
  t.like(separated.options, { eps: 1e-8, bottleneckDropout: 0.2 });
  t.like(runOf(plan, 'Real-IAD/class-separated').options, { eps: 1e-10, bottleneckDropout: 0.2 });
  t.is(runOf(plan, 'Real-IAD/multi-class').options.bottleneckDropout, 0.4);
  const cells = plan.rows[1]?.cells ?? [];
  t.deepEqual(cells[1], { paper: null, run: 'MVTec-AD/class-separated' }, 'the figure that cannot be trusted');
  t.deepEqual(cells[3], { paper: 98.9 }, 'VisA was not given');
});

test('table 3 turns each element off as the baseline of section 4.4 has it', (t) => {
  const plan = planTable('3', [MVTEC]);
  t.is(plan.runs.length, 10);
  t.deepEqual(plan.labels, ['NB', 'LA', 'LC', 'LL']);
  t.like(runOf(plan, 'MVTec-AD/baseline').options, {
    bottleneckDropout: 0,
    attention: 'softmax',
    scheme: 'layer-to-layer-dense',
    loss: 'global-cosine',
  });
  t.like(runOf(plan, 'MVTec-AD/NB').options, { bottleneckDropout: 0.2, attention: 'softmax' });
  t.like(runOf(plan, 'MVTec-AD/LA').options, { bottleneckDropout: 0, attention: 'linear' });
  t.like(runOf(plan, 'MVTec-AD/LC').options, { scheme: undefined, loss: 'global-cosine' });
  t.like(runOf(plan, 'MVTec-AD/LL').options, { scheme: 'layer-to-layer-dense', loss: 'loose' });
  t.deepEqual(
    { ...runOf(plan, 'MVTec-AD/NB+LA+LC+LL').options },
    { ...runOf(planTable('1', [MVTEC]), 'MVTec-AD/dinomaly').options, attention: 'linear', loss: 'loose' },
    'the last row is the run of table 1',
  );
  t.deepEqual(plan.rows[5]?.labels, ['✓', '✓', '', '']);
});

test('table 4 runs and measures each size; --encoder picks a row or adds one', (t) => {
  const plan = planTable('4', [MVTEC]);
  t.deepEqual(
    plan.runs.map(({ options, measure }) => [options.encoder, measure]),
    [
      ['dinov2reg_vit_small_14', true],
      ['dinov2reg_vit_base_14', true],
      ['dinov2reg_vit_large_14', true],
    ],
  );
  t.deepEqual(
    plan.rows[2]?.cells.slice(0, 3).map(({ paper }) => paper),
    [413.5, 275.3, 24.2],
  );
  t.deepEqual(wanted(planTable('4', [MVTEC], { encoder: 'dinov2reg_vit_large_14' })), ['MVTec-AD/large']);
  const own = planTable('4', [MVTEC], { encoder: TINY, size: 40, crop: 32 });
  t.deepEqual(wanted(own), ['MVTec-AD/custom']);
  t.like(runOf(own, 'MVTec-AD/custom'), { published: { encoder: null, sides: null }, measure: true });
  t.true(own.rows.at(-1)?.cells.every(({ paper }) => paper === null));
});

test("table 5 varies the input size, scaled where the encoder's own is another", (t) => {
  const sizes = (plan: Plan): unknown[] => plan.runs.map(({ options: { size, crop } }) => [size, crop]);
  const plan = planTable('5', [MVTEC]);
  t.deepEqual(sizes(plan), [
    [320, 280],
    [384, 336],
    [448, 392],
  ]);
  t.is(plan.rows.length, 9);
  t.deepEqual(sizes(planTable('5', [MVTEC], { encoder: 'dino_vit_base_16' })), [
    [366, 320],
    [439, 384],
    [512, 448],
  ]);
  t.deepEqual(runOf(plan, 'MVTec-AD/280').published?.sides, { size: 320, crop: 280 });
});

test('figure 5 has a row a family, those of the paper first', (t) => {
  const plan = planTable('figure5', [MVTEC]);
  t.deepEqual(
    plan.rows.slice(0, 8).map(({ labels }) => labels[0]),
    ['DeiT', 'MAE', 'D-iGPT', 'MoCo v3', 'DINO', 'iBOT', 'DINOv2', 'DINOv2-R'],
  );
  t.true(plan.rows.length > 8 && plan.runs.length >= plan.rows.length);
  t.true(plan.rows.slice(8).every(({ labels }) => labels[0]?.endsWith('(not in the paper)')));
  t.true(plan.runs.every(({ skip, options, row }) => skip === null && options.encoder === row));
  t.is(runOf(plan, 'MVTec-AD/mae_vit_base_16').published?.sides, null, 'the paper does not say');
});

test('data that the paper has no figures for are run with none beside them', (t) => {
  const plan = planTable('3', [OWN]);
  t.deepEqual(plan.labels, ['Dataset', 'NB', 'LA', 'LC', 'LL']);
  const rows = plan.rows.filter(({ id }) => id.startsWith('parts/'));
  t.is(rows.length, 10);
  t.true(rows.every(({ cells }) => cells.every(({ paper }) => paper === null)));
  t.true(planTable('3', [VISA]).remarks.some((remark) => remark.includes('for MVTec-AD only')));
  t.is(planTable('2', [OWN]).columns.length, 12);
});

test('rows are chosen by name, and a name that is none is refused with those that are', (t) => {
  const plan = planTable('3', [MVTEC], { rows: ['NB', 'baseline'] });
  t.deepEqual(wanted(plan), ['MVTec-AD/baseline', 'MVTec-AD/NB']);
  t.is(runOf(plan, 'MVTec-AD/LA').skip, 'not chosen by --row');
  t.is(plan.rows.length, 10, 'the paper is shown whole');
  t.deepEqual(wanted(planTable('1', [MVTEC], { rows: ['dinomaly-long'] })), ['MVTec-AD/dinomaly-long']);
  t.throws(() => planTable('3', [MVTEC], { rows: ['NB', 'XX'] }), {
    instanceOf: RangeError,
    message: /one of 'baseline', 'NB'.* for options\.rows\[1\]/,
  });
});

test('a row whose network is impossible is a fact to report; a network that is so in every row is refused', (t) => {
  // Seven targets do not pair with the eight decoder blocks beside Hiera.
  const plan = planTable('3', [MVTEC], { encoder: 'sam2_hiera_tiny_16' });
  t.regex(runOf(plan, 'MVTec-AD/NB').skip ?? '', /do not pair/);
  t.is(runOf(plan, 'MVTec-AD/NB+LA+LC+LL').skip, null);
  t.throws(() => planTable('1', [MVTEC], { size: 100, crop: 99 }), { instanceOf: RangeError, message: /multiple/ });
});

test('two data sets of one name, no data, and a size for table 5 are refused', (t) => {
  t.throws(() => planTable('1', [MVTEC, MVTEC]), { instanceOf: RangeError, message: /different names/ });
  t.throws(() => planTable('1', []), { instanceOf: RangeError, message: /at least one data set/ });
  t.throws(() => planTable('5', [MVTEC], { size: 320 }), { instanceOf: RangeError, message: /options\.size/ });
  t.throws(() => planTable('5', [MVTEC], { crop: 280 }), { instanceOf: RangeError, message: /options\.crop/ });
});

test('benchmarks are recognised by the names of their classes where one alone has them all', (t) => {
  t.is(recogniseBenchmark(['bottle']), 'MVTec-AD');
  t.is(recogniseBenchmark(['candle', 'pcb1']), 'VisA');
  t.is(recogniseBenchmark(['audiojack', 'zipper']), 'Real-IAD');
  t.is(recogniseBenchmark(['zipper', 'toothbrush']), undefined, 'in two benchmarks');
  t.is(recogniseBenchmark(['bottle', 'disc']), undefined);
});

const GIVEN = { table: '1', data: [{ root: 'data' }], out: 'out' } as const;

test('every option of the wrong kind or out of range is refused under its own name', (t) => {
  const cases: readonly [Record<string, unknown>, typeof TypeError | typeof RangeError, RegExp][] = [
    [{ table: 'x' }, RangeError, /'1', '2', .* for options\.table/],
    [{ table: 3 }, TypeError, /options\.table/],
    [{ data: [] }, RangeError, /options\.data/],
    [{ data: 'data' }, TypeError, /options\.data/],
    [{ data: ['data'] }, TypeError, /options\.data\[0\]/],
    [{ data: [{ root: 1 }] }, TypeError, /options\.data\[0\]\.root/],
    [{ data: [{ root: 'a', benchmark: 'BTAD' }] }, RangeError, /options\.data\[0\]\.benchmark/],
    [{ data: [{ root: 'a', name: 'b' }] }, TypeError, /options\.data\[0\]\.name/],
    [{ out: 1 }, TypeError, /options\.out/],
    [{ weights: 1 }, TypeError, /options\.weights/],
    [{ weightsDir: 1 }, TypeError, /options\.weightsDir/],
    [{ weights: 'a', weightsDir: 'b' }, RangeError, /options\.weightsDir/],
    [{ table: '4', weights: 'a' }, RangeError, /a file for each encoder/],
    [{ table: 'figure5', weights: 'a' }, RangeError, /a file for each encoder/],
    [{ classes: [] }, RangeError, /options\.classes/],
    [{ classes: [1] }, TypeError, /options\.classes\[0\]/],
    [{ rows: [] }, RangeError, /options\.rows/],
    [{ long: 1 }, TypeError, /options\.long/],
    [{ maskConvention: 'some' }, RangeError, /options\.maskConvention/],
    [{ keepModels: 'yes' }, TypeError, /options\.keepModels/],
    [{ encoder: 'vit' }, RangeError, /options\.encoder/],
    [{ encoder: { dim: 16 } }, TypeError, /options\.encoder\.heads/],
    [{ iterations: 0 }, RangeError, /options\.iterations/],
    [{ iterations: '1' }, TypeError, /options\.iterations/],
    [{ batchSize: 0 }, RangeError, /options\.batchSize/],
    [{ seed: -1 }, RangeError, /options\.seed/],
    [{ crop: 391 }, RangeError, /options\.crop/],
    [{ size: 'large' }, TypeError, /options\.size/],
    [{ iteration: 5 }, TypeError, /Did you mean iterations/],
  ];
  for (const [extra, instanceOf, message] of cases) {
    const options = { ...GIVEN, ...extra } as unknown as ReproduceOptions;
    t.throws(() => checkReproduceOptions(options), { instanceOf, message }, JSON.stringify(extra));
  }
  t.throws(() => checkReproduceOptions(undefined), { instanceOf: TypeError });
});

test('options that are left out have the defaults of the paper', (t) => {
  const checked = checkReproduceOptions(GIVEN);
  t.like(checked, { table: '1', maskConvention: 'any', keepModels: false, weights: undefined, classes: undefined });
  t.is(checkReproduceOptions({ ...GIVEN, weights: null }).weights, null);
  t.notThrows(() => checkReproduceOptions({ ...GIVEN, table: '4', weights: 'a', encoder: 'dinov2_vit_small_14' }));
});
