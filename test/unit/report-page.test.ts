/** The page of a report as markup: valid, escaped, and plain about what its figures rest on. */
import test from 'ava';
import type * as Parse5 from 'parse5' with { 'resolution-mode': 'import' };
import type { Evaluation } from '../../lib/index.js';
import { renderPage } from '../../lib/report/html/page.js';
import { escapeMarkup, html } from '../../lib/report/markup.js';
import {
  MADE_MODEL,
  MADE_PROVENANCE,
  MADE_THRESHOLDS,
  type MadeClass,
  madeCurves,
  madeEvaluation,
} from '../helpers/evaluation.js';
import { measured } from '../helpers/measured.js';

let parse: typeof Parse5.parse;
test.before(async () => {
  ({ parse } = await import('parse5'));
});

type Node = Parse5.DefaultTreeAdapterTypes.ChildNode;

const HOSTILE = [
  '</title><script>alert(1)</script>',
  `" onload='alert(1)' <!-- & &amp;`,
  'שלום \u202egnp.exe',
  '🔩\u0000\u0007\ufffe',
  'a/b\\c',
  '__proto__',
  'constructor',
];

function page(evaluation: Evaluation, more: object = {}): string {
  return renderPage({ evaluation, title: null, provenance: MADE_PROVENANCE, galleries: null, ...more });
}

/** What a reader sees: text without scripts and styles. */
function textOf(nodes: readonly Node[]): string {
  return nodes
    .map((node) => {
      if (node.nodeName === '#text') return (node as Parse5.DefaultTreeAdapterTypes.TextNode).value;
      if (node.nodeName === 'script' || node.nodeName === 'style' || !('childNodes' in node)) return '';
      return textOf(node.childNodes);
    })
    .join('');
}

function read(source: string): { errors: string[]; text: string } {
  const errors: string[] = [];
  const document = parse(source, {
    onParseError: ({ code, startLine }) => errors.push(`${code} in line ${startLine}`),
  });
  return { errors, text: textOf(document.childNodes).replaceAll(/\s+/g, ' ') };
}

const made = (names: readonly string[], more: Partial<MadeClass> = {}): MadeClass[] =>
  names.map((name) => ({ name, normal: 4, anomalous: 4, ...more }));

test('the page is valid HTML whatever classes, files and titles are called, and shows their names', (t) => {
  const evaluation = madeEvaluation(made(HOSTILE));
  const dataset = { ...MADE_PROVENANCE.dataset, root: '/data/<b>', notes: ['<i>&'] };
  const source = page(evaluation, { title: '<h1>&"', provenance: { ...MADE_PROVENANCE, dataset } });
  const { errors, text } = read(source);
  t.deepEqual(errors, []);
  t.true(text.includes('</title><script>alert(1)</script>'));
  t.true(text.includes(`" onload='alert(1)' <!-- & &amp;`));
  t.true(text.includes('שלום \ufffdgnp.exe'), 'what turns the reading direction over is shown as such');
  t.true(text.includes('🔩\ufffd\ufffd\ufffd'));
  t.is(source.match(/<script/g)?.length, 1);
});

test('ids are used once and every link within the page has its target', (t) => {
  const source = page(madeEvaluation(made(['a', 'b', 'c'])));
  const ids = [...source.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id);
  t.is(new Set(ids).size, ids.length);
  const targets = [...source.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
  t.true(targets.length > 6);
  t.deepEqual(
    targets.filter((id) => !ids.includes(id)),
    [],
  );
});

test('nothing in the page names another host, and its policy allows none', (t) => {
  const source = page(madeEvaluation(made(['a'])));
  t.false(/https?:|src="(?!data:)|@import|url\((?!#)/.test(source));
  t.regex(
    source,
    /Content-Security-Policy" content="default-src &#39;none&#39;; img-src data:; style-src &#39;sha256-/,
  );
  t.false(/ style="| on\w+="/.test(source), 'no inline style or handler, which the policy forbids');
});

test('head and conventions name what the figures rest on', (t) => {
  const { text } = read(page(madeEvaluation(made(['a']))));
  for (const fact of [
    '2026-01-31 12:00:00 UTC',
    'dinomaly 0.1.0, libtorch 2.13.0, Node 20.19.0, linux-x64',
    `dinomaly evaluate --data 'it'\\''s here'`,
    'ab'.repeat(32),
    'cd'.repeat(32),
    'ef'.repeat(32),
    'Pictures are resized to 448 x 448 (height x width), and only the middle 392 x 392 of that is inspected, 77 %',
    '256 x 256, on which pixels are counted',
    'mask pixels above 0 are anomalous',
    'up to a false positive rate of 0.3',
    'cpu, fp32',
    'seed 3',
    'The masks of one class were drawn anew.',
  ]) {
    t.true(text.includes(fact), fact);
  }
  t.regex(read(page(madeEvaluation(made(['a'])), { provenance: null })).text, /were not given to this report/);
});

test('models of one class each are a table with their hashes', (t) => {
  const models = ['a', 'b'].map((className) => ({ ...MADE_MODEL, className, weightsHash: className.repeat(64) }));
  const { text, errors } = read(page(madeEvaluation(made(['a', 'b'])), { provenance: { ...MADE_PROVENANCE, models } }));
  t.deepEqual(errors, []);
  t.true(text.includes('a'.repeat(64)) && text.includes('b'.repeat(64)));
});

test('thresholds from the test pictures are called optimistic; those of the model are named with their method', (t) => {
  const evaluation = madeEvaluation(made(['a']));
  t.regex(read(page(evaluation)).text, /highest F1 score on these very test pictures.*That is optimistic/);
  const decision = { threshold: 0.5, isAnomalous: false, confidence: 0.1 };
  const decided = { ...evaluation, pictures: evaluation.pictures.map((one) => ({ ...one, decision })) };
  const models = [{ ...MADE_MODEL, thresholds: MADE_THRESHOLDS }];
  const { text } = read(page(decided, { provenance: { ...MADE_PROVENANCE, models } }));
  t.regex(text, /thresholds stored with the model, set on held-out normal pictures for a false reject rate of 1\.00 %/);
  t.false(text.includes('optimistic'));
  t.regex(text, /4 false accepts/);
});

test('thresholds of the model are a table of rates, intervals and notes', (t) => {
  const models = [{ ...MADE_MODEL, thresholds: MADE_THRESHOLDS }];
  const { text, errors } = read(page(madeEvaluation(made(['a', 'b'])), { provenance: { ...MADE_PROVENANCE, models } }));
  t.deepEqual(errors, []);
  t.regex(text, /at a confidence of 95 %\./);
  t.regex(text, /a0\.25200\.00 %0\.00 % to 16\.84 %/);
  t.regex(text, /other classes0\.3402\.50 %0\.06 % to 13\.16 %/);
  t.regex(text, /pixels0\.1401\.00 %0\.50 % to 2\.00 %/);
  t.regex(text, /The class 'b' has few pictures\./);
  t.notRegex(read(page(madeEvaluation(made(['a'])))).text, /Thresholds stored with the model/);
});

test('of models of which one has no thresholds, those of the others are told and no more', (t) => {
  const evaluation = madeEvaluation(made(['a', 'b']));
  const decision = { threshold: 0.5, isAnomalous: false, confidence: 0.1 };
  const pictures = evaluation.pictures.map((one) => (one.className === 'a' ? { ...one, decision } : one));
  const models = [
    { ...MADE_MODEL, className: 'a', thresholds: MADE_THRESHOLDS },
    { ...MADE_MODEL, className: 'b' },
  ];
  const { text } = read(page({ ...evaluation, pictures }, { provenance: { ...MADE_PROVENANCE, models } }));
  t.regex(text, /for 1 of 2 classes are by the thresholds stored with the model, set on .* rate of 1\.00 %\. /);
  t.regex(text, /for 1 of 2 classes are by the threshold with the highest F1 score/);
  t.regex(text, /a: pixels/);
  t.notRegex(text, /other classes|all classes0/);
});

test('a class of one kind is undefined with its reason, and the mean says over how many classes', (t) => {
  const evaluation = madeEvaluation([
    ...made(['whole']),
    { name: 'clean', normal: 3, anomalous: 0 },
    { name: 'broken', normal: 0, anomalous: 3 },
  ]);
  const { text, errors } = read(page(evaluation));
  t.deepEqual(errors, []);
  t.regex(text, /I-AUROC\S* mean over 1 class of 3|mean over 1 class of 3/);
  t.regex(text, /clean: no anomalous picture; clean: no anomalous pixel; broken: no normal picture/);
  t.regex(text, /Without a threshold, so without decisions: clean, broken/);
  t.regex(text, /over 1 of 3/);
});

test('a reason that many classes share is told once, with their number', (t) => {
  const names = Array.from({ length: 30 }, (_, at) => `part ${at}`);
  const { text } = read(page(madeEvaluation(made(names, { anomalous: 0 }))));
  t.regex(
    text,
    /left out of the means\. 30 of 30 classes: no anomalous picture; 30 of 30 classes: no anomalous pixel\./,
  );
});

test('masks without an anomalous pixel leave pixel metrics undefined with that reason', (t) => {
  const evaluation = madeEvaluation(made(['blank']));
  const blank = { pixelAuroc: null, pixelAp: null, pixelF1Max: null, aupro: null };
  const classes = evaluation.classes.map((row) => ({ ...row, ...measured({ ...row, ...blank }) }));
  t.regex(read(page({ ...evaluation, classes })).text, /blank: no anomalous pixel/);
});

test('metrics besides the paper have columns of their own, and counted pixels their bound', (t) => {
  const evaluation = madeEvaluation(made(['a']));
  const [row] = evaluation.classes;
  const errorBound = { ...row?.errorBound, aupro: 0.001, aupro05: 0.002 };
  const classes = [{ ...row, counting: 'streaming', errorBound }] as Evaluation['classes'];
  const { text, errors } = read(page({ ...evaluation, classes }));
  t.deepEqual(errors, []);
  t.regex(text, /AUPRO AUPRO exact AUPRO 0\.05 PRO at 0\.05/);
  t.regex(text, /Pixels of 1 class were counted by value, not kept: no metric is off by more than 0\.002/);
});

test('curves are drawn where the evaluation has them, and missed in words where not', (t) => {
  const evaluation = madeEvaluation(made(['a']));
  const without = page(evaluation);
  t.regex(read(without).text, /No curves: they were not asked for/);
  t.false(without.includes('class="curve '));
  const curves = page({ ...evaluation, curves: { a: madeCurves() } });
  t.false(read(curves).text.includes('No curves'));
  t.is(curves.match(/aria-label="Per-region overlap/g)?.length, 1);
  t.true(curves.includes('<path class="curve pixel" d="M'));
});

test('a page of 30 classes and 100,000 pictures stays under 3 MB without its pictures', (t) => {
  const classes = Array.from({ length: 30 }, (_, at) => ({ name: `class ${at}`, normal: 1700, anomalous: 1634 }));
  const evaluation = madeEvaluation(classes);
  t.true(evaluation.images > 100_000);
  const curves = Object.fromEntries(classes.map(({ name }) => [name, madeCurves()]));
  t.true(Buffer.byteLength(page({ ...evaluation, curves })) < 3e6);
});

test('scores that are no numbers are counted and left out of the charts', (t) => {
  const evaluation = madeEvaluation(made(['a']));
  const pictures = evaluation.pictures.map((one, at) => ({ ...one, score: at === 0 ? Number.NaN : one.score }));
  const source = page({ ...evaluation, pictures });
  t.regex(read(source).text, /1 picture has a score that is no finite number/);
  t.false(/="[^"]*NaN/.test(source.replaceAll(/data-[^=]*="[^"]*"/g, '')));
});

test('equal scores of all pictures make a chart all the same', (t) => {
  const evaluation = madeEvaluation(made(['a']));
  for (const score of [0, 0.3, -2]) {
    const source = page({ ...evaluation, pictures: evaluation.pictures.map((one) => ({ ...one, score })) });
    t.false(/NaN|Infinity/.test(source.replaceAll(/<(style|script)>[\s\S]*?<\/\1>/g, '')));
  }
});

test('a template escapes what it is given, and takes markup as it is', (t) => {
  const inner = html`<b>${'<'}</b>`;
  t.is(
    html`<p title="${`"'`}">${inner}${null}${[inner, inner]}${3}</p>`.text,
    '<p title="&#34;&#39;"><b>&#60;</b><b>&#60;</b>\n<b>&#60;</b>3</p>',
  );
  t.is(escapeMarkup('a\tb\nc'), 'a\tb\nc');
});

test('the page tells of masks that make the pixel metrics doubtful, with or without provenance', (t) => {
  const evaluation = {
    ...madeEvaluation(made(['a'])),
    doubtfulMasks: { empty: ['1.png', '2.png', '3.png', '4.png', '<5>.png'], full: [], otherSize: ['9.png'] },
  };
  for (const provenance of [MADE_PROVENANCE, null]) {
    const { errors, text } = read(page(evaluation, { provenance }));
    t.deepEqual(errors, []);
    t.regex(text, /mask of 5 anomalous pictures leaves no anomalous pixel .*1\.png, 2\.png, 3\.png, 4\.png and 1 more/);
    t.regex(text, /mask of one anomalous picture has another size .*: 9\.png/);
  }
});
