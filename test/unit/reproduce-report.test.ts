/** Reports of made-up results: what stands in a cell, what a head admits, in Markdown, CSV, JSON and SVG. */
import test from 'ava';
import { type ClassMetrics, METRICS } from '../../lib/evaluation/types.js';
import { toSvg } from '../../lib/reproduce/chart.js';
import { toCsv } from '../../lib/reproduce/csv.js';
import { toMarkdown } from '../../lib/reproduce/markdown.js';
import { FACTS } from '../../lib/reproduce/paper.js';
import { planTable } from '../../lib/reproduce/plan.js';
import { buildReport, type Report } from '../../lib/reproduce/report.js';
import type { DataFacts, Measured, Outcome, PlanOptions, TableName, UnitResult } from '../../lib/reproduce/types.js';
import { CONVENTIONS, measured } from '../helpers/measured.js';

const PUBLISHED_BASE = '73182a088cf94833c94b1666d1c99e02fe87e2007bff57b564fb6206e25dba71';

const FULL: DataFacts = { name: 'MVTec-AD', label: 'MVTec-AD', root: '/data', ...FACTS['MVTec-AD'] };

function metrics(name: string, value: number | null): ClassMetrics {
  const seven = Object.fromEntries(METRICS.map((metric) => [metric, value])) as Record<(typeof METRICS)[number], null>;
  return { name, images: 10, anomalous: 5, unmasked: 0, ...measured(seven) };
}

/** What a run with the paper's settings on all of MVTec-AD leaves behind. */
function unit(change: Partial<UnitResult> = {}, training: Partial<UnitResult['training']> = {}): UnitResult {
  return {
    format: 1,
    key: '0'.repeat(32),
    settings: {},
    classes: FACTS['MVTec-AD'].classes.map((name) => metrics(name, 0.9912)),
    conventions: CONVENTIONS,
    training: {
      iterations: 10_000,
      plannedIterations: 10_000,
      batchSize: 16,
      seed: 1,
      loss: 'loose',
      images: 3629,
      split: null,
      skippedSteps: 0,
      finalLoss: 0.05,
      ...training,
    },
    encoder: { name: 'dinov2reg_vit_base_14', sha256: PUBLISHED_BASE },
    device: 'cuda',
    trainSeconds: 3600,
    evaluateSeconds: 60.4,
    finished: '2026-01-01T00:00:00.000Z',
    ...change,
  };
}

interface Made {
  readonly table?: TableName;
  readonly options?: PlanOptions;
  readonly data?: DataFacts;
  readonly outcomes?: Readonly<Record<string, Outcome>>;
  readonly measured?: Readonly<Record<string, Measured>>;
}

const done = (...units: UnitResult[]): Outcome => ({ status: 'done', units, reused: 0 });

function report({ table = '1', options = {}, data = FULL, outcomes = {}, measured = {} }: Made): Report {
  const plan = planTable(table, [data], options);
  const skipped = plan.runs.flatMap(({ id, skip }): [string, Outcome][] =>
    skip === null ? [] : [[id, { status: 'not run', reason: skip }]],
  );
  const results = {
    outcomes: new Map([...skipped, ...Object.entries(outcomes)]),
    measured: new Map(Object.entries(measured)),
    data: [data],
  };
  return buildReport(plan, results);
}

const lineOf = (text: string, pattern: RegExp): string => text.split('\n').find((line) => pattern.test(line)) ?? '';

test("a cell has the paper's figure, ours, and the difference of the two as printed", (t) => {
  const made = report({ outcomes: { 'MVTec-AD/dinomaly': done(unit()) } });
  const line = lineOf(toMarkdown(made), /Dinomaly +\|/);
  t.regex(line, /^\| MVTec-AD \| Dinomaly +\| 99\.6 \(paper\) \/ 99\.1 \(-0\.5\) \|/);
  t.regex(line, /98\.4 \(paper\) \/ 99\.1 \(\+0\.7\)/);
  const row = made.rows.find(({ id }) => id === 'MVTec-AD/dinomaly');
  t.like(row, { status: 'done', reason: null });
  t.like(row?.cells[0], { own: true, paper: 99.6, difference: -0.5 });
  t.true(Math.abs((row?.cells[0]?.ours ?? 0) - 99.12) < 1e-9, 'JSON holds what was measured');
  const equal = report({ outcomes: { 'MVTec-AD/dinomaly': done(unit({ classes: [metrics('bottle', 0.99599)] })) } });
  t.true(lineOf(toMarkdown(equal), /Dinomaly +\|/).includes('99.6 (paper) / 99.6 (0.0)'), 'no -0.0');
});

test("other methods and benchmarks without data stand with the paper's figures alone", (t) => {
  const text = toMarkdown(report({ outcomes: { 'MVTec-AD/dinomaly': done(unit()) } }));
  t.regex(lineOf(text, /MVTec-AD \| MambaAD†/), /\| +98\.6 \| +99\.6 \| +97\.8 \|/);
  t.regex(lineOf(text, /VisA +\| Dinomaly +\|/), /\| +98\.7 \| +98\.9 \|/);
  t.regex(lineOf(text, /MVTec-AD \| Dinomaly↑/), /\| +99\.7 \(paper\) \/ - \|/);
  const two = toMarkdown(report({ table: '2' }));
  t.regex(lineOf(two, /\| RD4AD/), /\| +n\/a \| +93\.8 \|$/);
});

test("a table made with the paper's settings on the whole benchmark says so", (t) => {
  const made = report({ outcomes: { 'MVTec-AD/dinomaly': done(unit()) } });
  t.true(made.paperSettings);
  t.deepEqual(made.deviations, []);
  t.is(made.head, "Rows of ours were made with the paper's settings. 1 of the 2 rows of ours have run.");
  t.false(toMarkdown(made).includes('## Departures'));
});

test('every departure from the paper is named, and the head says that the table does not reproduce it', (t) => {
  const cases: readonly [string, Partial<UnitResult>, Partial<UnitResult['training']>, RegExp][] = [
    ['untrained', { encoder: { name: 'dinov2reg_vit_base_14', sha256: null } }, {}, /an untrained encoder/],
    [
      'encoder',
      { encoder: { name: 'mae_vit_base_16', sha256: 'f'.repeat(64) } },
      {},
      /encoder mae_vit_base_16 \(paper: /,
    ],
    ['file', { encoder: { name: 'dinov2reg_vit_base_14', sha256: 'f'.repeat(64) } }, {}, /another file than its/],
    ['steps', {}, { plannedIterations: 2000 }, /iterations 2,000 \(paper: 10,000\)/],
    ['batch', {}, { batchSize: 8 }, /batch size 8 \(paper: 16\)/],
    ['seed', {}, { seed: 2 }, /seed 2 \(paper: 1\)/],
    ['skipped', {}, { skippedSteps: 3 }, /steps left out/],
    [
      'size',
      { conventions: { ...unit().conventions, crop: [392, 448] } },
      {},
      /448 and 392x448 \(paper: 448 and 392\)/,
    ],
    ['mask', { conventions: { ...unit().conventions, mask: 'half' } }, {}, /'half'/],
    ['undefined', { classes: [metrics('bottle', null)] }, {}, /leave undefined: bottle/],
  ];
  for (const [what, change, training, expected] of cases) {
    const made = report({ outcomes: { 'MVTec-AD/dinomaly': done(unit(change, training)) } });
    t.false(made.paperSettings, what);
    t.is(made.deviations.length, 1, `${what}: ${made.deviations.map(({ text }) => text).join(' | ')}`);
    t.regex(made.deviations[0]?.text ?? '', expected);
    const text = toMarkdown(made);
    t.regex(text.split('\n')[2] ?? '', /^\*\*This table does not reproduce the paper's figures/, what);
    t.regex(text, /- All rows of ours: /);
    t.regex(toCsv(made), /does not reproduce the paper's figures/);
  }
});

test('a part of the classes, foreign classes, other counts and other data are departures', (t) => {
  const texts = (data: Partial<DataFacts>): string[] =>
    report({ data: { ...FULL, ...data }, outcomes: { 'MVTec-AD/dinomaly': done(unit()) } }).deviations.map(
      ({ text }) => text,
    );
  t.deepEqual(texts({ classes: ['bottle', 'wood'] }), ['2 of the 15 classes of MVTec-AD (bottle, wood)']);
  t.deepEqual(texts({ classes: [...FULL.classes, 'gear'] }), ['classes that MVTec-AD does not have: gear']);
  t.deepEqual(texts({ trainImages: 3000 }), [
    '3,000 training and 1,725 test pictures in MVTec-AD (paper: 3,629 and 1,725)',
  ]);
  t.deepEqual(texts({ remarks: ['Held out with seed 0'] }), ['Held out with seed 0']);
  const own = { ...FULL, name: 'parts', label: 'other' } as const;
  const made = report({ data: own, outcomes: { 'parts/dinomaly': done(unit()) } });
  t.deepEqual(made.deviations, [{ text: 'the paper has no figures for the data set parts', runs: ['parts/dinomaly'] }]);
});

test('a departure of some rows names them', (t) => {
  const outcomes = {
    'MVTec-AD/baseline': done(unit()),
    'MVTec-AD/NB': done(unit({}, { plannedIterations: 5 })),
  };
  const text = toMarkdown(report({ table: '3', outcomes }));
  t.true(text.includes('- MVTec-AD/NB: iterations 5 (paper: 10,000).'), text);
});

test('a row of an encoder that is not in the paper is held to its other settings', (t) => {
  const hiera = unit(
    { encoder: { name: 'sam2_hiera_tiny_16', sha256: null } },
    { plannedIterations: 40, batchSize: 8 },
  );
  const made = report({ table: 'figure5', outcomes: { 'MVTec-AD/sam2_hiera_tiny_16': done(hiera) } });
  t.deepEqual(
    made.deviations.map(({ text }) => text),
    [
      'an untrained encoder: random weights',
      'encoder sam2_hiera_tiny_16, which is not in the paper',
      'iterations 40 (paper: 10,000)',
      'batch size 8 (paper: 16)',
    ],
  );
});

test('rows without figures say why, and a table of such rows only says that it reproduces nothing', (t) => {
  const outcomes: Record<string, Outcome> = {
    'MVTec-AD/deit_vit_base_16': { status: 'weights missing', reason: 'none there' },
    'MVTec-AD/mae_vit_base_16': { status: 'failed', reason: 'WEIGHTS_MISMATCH no' },
    'MVTec-AD/dino_vit_base_16': { status: 'interrupted', reason: 'interrupted' },
  };
  const made = report({ table: 'figure5', outcomes });
  t.regex(made.head, /^No model of ours was trained and evaluated: this figure does not reproduce/);
  t.false(made.paperSettings);
  const text = toMarkdown(made);
  t.true(text.includes('- MVTec-AD/deit_vit_base_16: weights missing (none there)'));
  t.true(text.includes('- MVTec-AD/mae_vit_base_16: failed (WEIGHTS_MISMATCH no)'));
  t.true(text.includes('- MVTec-AD/dino_vit_base_16: interrupted (interrupted)'));
  t.is(made.rows.filter(({ status }) => status === 'not run').length, 9, 'none is left out');
});

test('table 2 takes the mean over the models of all classes', (t) => {
  const classes = ['bottle', 'wood'].map((name, at) => unit({ classes: [metrics(name, at)] }));
  const made = report({ table: '2', outcomes: { 'MVTec-AD/class-separated': done(...classes) } });
  t.is(made.rows[1]?.cells[0]?.ours, 50);
  t.is(made.runs[1]?.models.length, 2);
  t.deepEqual(made.runs[1]?.models[1]?.classes, ['wood']);
  t.true(toMarkdown(made).includes('2 (one a class)'));
});

test("table 4 has the network's costs beside the paper's, with the device", (t) => {
  const measured = { parameters: 148_000_000, macs: 104.69e9, imagesPerSecond: 3.25, batch: 8, device: 'CPU X' };
  const made = report({
    table: '4',
    outcomes: { 'MVTec-AD/base': done(unit()) },
    measured: { 'MVTec-AD/base': measured },
  });
  const line = lineOf(toMarkdown(made), /ViT-Base/);
  t.true(line.includes('148.0 (paper) / 148.0 (0.0)'), line);
  t.true(line.includes('104.7 (paper) / 104.7 (0.0)'));
  t.regex(line, /58\.1 \(paper\) \/ 3\.[23] \(-54\.[89]\)/);
  t.true(toMarkdown(made).includes('- MVTec-AD/base: 3.25 images/s on CPU X; batches of up to 8'));
});

test('CSV has a line a row and three fields a figure, quoted where it must be', (t) => {
  const made = report({ outcomes: { 'MVTec-AD/dinomaly': done(unit()) } });
  const lines = toCsv({ ...made, labels: ['Dataset', 'Method, "ours"'] })
    .split('\r\n')
    .filter((line) => line !== '');
  t.is(lines.length, 31);
  t.true(lines[0]?.startsWith('id,Dataset,"Method, ""ours""",status,I-AUROC paper,I-AUROC ours,I-AUROC difference,'));
  const own = lines.find((line) => line.startsWith('MVTec-AD/dinomaly,')) ?? '';
  t.true(own.startsWith('MVTec-AD/dinomaly,MVTec-AD,Dinomaly,done,99.6,99.12,-0.5,'), own);
  t.true(lines.find((line) => line.includes('RD4AD'))?.includes(',paper only,94.6,,,'));
  t.is(new Set(lines.slice(1).map((line) => line.replace(/"[^"]*"/g, '').split(',').length)).size, 1);
});

test('names of folders cannot break a Markdown table or an SVG', (t) => {
  const own = { ...FULL, name: 'a|b<c>', label: 'other' } as const;
  const outcomes = { 'a|b<c>/mae_vit_base_16': done(unit()) };
  const made = report({ table: 'figure5', data: own, outcomes });
  const lines = toMarkdown({
    ...made,
    labels: ['x', 'y'],
    rows: made.rows.map((row) => ({ ...row, labels: ['p|q', ''] })),
  });
  t.true(lines.includes('| p\\|q |'));
  t.true(toSvg({ ...made, title: 'a<b>&"' }).includes('a&#60;b&#62;&#38;&#34;'));
});

test('the chart has a bar for each figure of ours and a word for each that is missing', (t) => {
  const outcomes = {
    'MVTec-AD/mae_vit_base_16': done(unit()),
    'MVTec-AD/dino_vit_base_16': { status: 'weights missing', reason: 'none' } as const,
  };
  const svg = toSvg(report({ table: 'figure5', outcomes }));
  t.is(svg.match(/fill="#3b6ea5"/g)?.length, 1);
  t.true(svg.includes('>99.12</text>'));
  t.is(svg.match(/>weights missing<\/text>/g)?.length, 1);
  t.is(svg.match(/text-anchor="end"/g)?.length, 12);
  t.true(svg.includes('does not reproduce'));
  t.false(/NaN|undefined"/.test(svg));
});
