/** The first words of a report and its last: those that need no explanation, and the explanations. */
import test from 'ava';
import type { Evaluation } from '../../lib/index.js';
import { renderPage } from '../../lib/report/html/page.js';
import { MADE_PROVENANCE, madeEvaluation } from '../helpers/evaluation.js';

/** What a reader sees. */
function read(evaluation: Evaluation): string {
  const page = renderPage({ evaluation, title: null, provenance: MADE_PROVENANCE, galleries: null });
  const body = page.slice(page.indexOf('<body>')).replaceAll(/<script>.*?<\/script>/gs, '');
  return body.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');
}

test('the page opens with what was found and what would be rejected, before any abbreviation', (t) => {
  const evaluation = madeEvaluation([{ name: 'a', normal: 20, anomalous: 63 }]);
  const pictures = evaluation.pictures.map((one, at) => ({
    ...one,
    // Of 20 normal pictures the first is rejected, of the others all but one are found.
    decision: { threshold: 0.5, confidence: 0.5, isAnomalous: at === 0 || (one.label === 1 && at !== 30) },
  }));
  const text = read({ ...evaluation, pictures });
  const sentence = 'Of 63 bad parts 62 were found; of 20 good parts 1 would be rejected.';
  t.true(text.includes(sentence));
  t.notRegex(text.slice(0, text.indexOf(sentence)), /AUROC|AUPRO|F1|FPR/);
  t.notRegex(text, /chosen on these very parts/);
});

test('the opening sentence holds for one kind of parts, for thresholds of the test itself, and for none', (t) => {
  const opening = (evaluation: Evaluation): string =>
    /(?:Of|Which) [^.]*\.(?: The limit[^.]*\.)?/.exec(read(evaluation))?.[0] ?? '';
  const both = opening(madeEvaluation([{ name: 'a', normal: 1, anomalous: 1, gap: 9 }]));
  t.is(
    both,
    'Of 1 bad part 1 was found; of 1 good part none would be rejected. The limit was chosen on these very parts: new ones will fare worse.',
  );
  const normals = madeEvaluation([{ name: 'a', normal: 3, anomalous: 0 }]);
  t.is(opening(normals), 'Which parts would be rejected cannot be told: there is no threshold to decide by.');
  const decision = { threshold: 9, confidence: 0, isAnomalous: false };
  const decided = { ...normals, pictures: normals.pictures.map((one) => ({ ...one, decision })) };
  t.is(opening(decided), 'Of 3 good parts none would be rejected.');
});

test('the page says how many classes the model finds by itself, where it can find any', (t) => {
  const evaluation = madeEvaluation(['a', 'b'].map((name) => ({ name, normal: 3, anomalous: 3 })));
  t.notRegex(read(evaluation), /By itself/);
  const found = ['a', 'b', null, 'a'];
  const pictures = evaluation.pictures.map((one, at) => ({
    ...one,
    foundClass: at < 4 ? (found[at] ?? null) : one.className,
  }));
  t.regex(
    read({ ...evaluation, pictures }),
    /finds the class of 10 of 12 pictures, takes 1 for unknown parts and 1 for parts of another class\./,
  );
});

test('the page ends with what its words mean, each abbreviation of its columns among them', (t) => {
  const text = read(madeEvaluation([{ name: 'a', normal: 4, anomalous: 4 }]));
  const glossary = text.slice(text.lastIndexOf('What the words mean'));
  for (const word of [
    'AUROC',
    'AUPRO',
    'AP',
    'F1max',
    'I- and P-',
    'False accept',
    'False reject',
    'Heatmap',
    'UNKNOWN PART',
  ]) {
    t.true(glossary.includes(word), word);
  }
});
