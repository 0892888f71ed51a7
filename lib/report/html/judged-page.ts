/** The page of pictures that were judged without labels: the most suspicious first, to choose from by verdict and class. */
import type { Thumbnail } from '../../image/thumbnail.js';
import { counted } from '../../lists.js';
import type { VerdictWord } from '../../scoring.js';
import { html, type Markup } from '../markup.js';
import { figure, moment } from './format.js';
import { shot, standing } from './galleries.js';
import { JUDGED_SCRIPT } from './script.js';
import { DIALOG, wholePage } from './shell.js';

/** What is told of a judged picture. */
export interface JudgedPicture {
  readonly path: string;
  readonly className: string | null;
  /** Null for a model without thresholds. */
  readonly verdict: VerdictWord | null;
  readonly score: number;
  readonly threshold: number | null;
}

/** A judged picture with what could be shown of it. */
export interface JudgedEntry extends JudgedPicture {
  readonly picture: Thumbnail | null;
  readonly heatmap: Thumbnail | null;
}

/** What the page is made of. */
export interface JudgedPage {
  /** In the order of the page. */
  readonly entries: readonly JudgedEntry[];
  /** Of all pictures, shown or not. */
  readonly counts: ReadonlyMap<VerdictWord | null, number>;
  readonly model: string;
  readonly date: string;
  readonly version: string;
  /** What must be read with the verdicts, in sentences. */
  readonly warnings: readonly string[];
}

const WORDS: readonly (readonly [word: VerdictWord, said: string, meaning: string])[] = [
  ['BAD', 'bad', 'The score is above the threshold.'],
  [
    'UNKNOWN PART',
    'of no known part',
    'The picture looks like nothing that the model was trained on, so it has no verdict.',
  ],
  [
    'NOT SURE',
    'not sure',
    'The score is so near to the threshold that the pictures that it was measured on are too few to tell. Look for yourself.',
  ],
  ['GOOD', 'good', 'The score is not above the threshold.'],
];

const NONE = 'no verdict';

function total(counts: JudgedPage['counts']): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

/** `Of 14 pictures 3 are bad, 1 is not sure and 10 are good.` */
export function judgedWords(counts: JudgedPage['counts']): string {
  const parts = WORDS.flatMap(([word, said]) => {
    const count = counts.get(word) ?? 0;
    return count === 0 ? [] : [`${count.toLocaleString('en-US')} ${count === 1 ? 'is' : 'are'} ${said}`];
  });
  const without = counts.get(null) ?? 0;
  const all = without === 0 ? parts : [...parts, `${without.toLocaleString('en-US')} without a verdict`];
  const last = all.at(-1) ?? 'there are none to judge';
  const said = all.length < 2 ? last : `${all.slice(0, -1).join(', ')} and ${last}`;
  return `Of ${counted(total(counts), 'picture')} ${said}.`;
}

function filterButton(filter: 'verdict' | 'kind', value: string, words: string): Markup {
  return html`<button type="button" data-filter="${filter}" value="${value}" aria-pressed="${String(value === '')}">${words}</button>`;
}

function filters({ entries, counts }: JudgedPage): Markup {
  const shown = new Set(entries.map(({ verdict }) => verdict));
  const words = WORDS.filter(([word]) => shown.has(word));
  const kinds = [...new Set(entries.flatMap(({ className }) => className ?? []))].sort();
  const verdicts = words.map(([word]) => filterButton('verdict', word, `${word} (${counts.get(word) ?? 0})`));
  const classes = kinds.map((kind) => filterButton('kind', kind, kind));
  return html`<div class="scripted tools">
<div class="filters" role="group" aria-label="Verdict">${filterButton('verdict', '', 'All')}${verdicts}</div>
${kinds.length < 2 ? null : html`<div class="filters" role="group" aria-label="Class">${filterButton('kind', '', 'All classes')}${classes}</div>`}
<p class="words" id="shown" aria-live="polite">${entries.length} shown</p>
</div>`;
}

const LOOKS: Readonly<Record<VerdictWord, string>> = {
  BAD: 'verdict wrong',
  'UNKNOWN PART': 'verdict wrong',
  'NOT SURE': 'verdict',
  GOOD: 'verdict right',
};

function entryOf({ path, className, verdict, score, threshold, picture, heatmap }: JudgedEntry): Markup {
  const limit = threshold === null ? '' : `, threshold ${figure(threshold)}`;
  const kind = className === null ? null : html`<span class="kind"><bdi>${className}</bdi></span>`;
  return html`<li data-verdict="${verdict ?? ''}" data-kind="${className ?? ''}"><figure class="entry" data-name="${path}">
<div class="${standing({ picture, heatmap })} pair">
${shot('Picture', `Picture ${path}`, picture, 'The picture could not be read')}
${shot('Heatmap', `Anomaly map over ${path}`, heatmap, 'No heatmap could be drawn')}
</div>
<figcaption><span class="${verdict === null ? 'verdict' : LOOKS[verdict]}">${verdict ?? NONE}</span>${kind}<span class="score">score ${figure(score)}${limit}</span><span class="path"><bdi>${path}</bdi></span></figcaption>
</figure></li>`;
}

function glossary({ counts }: JudgedPage): Markup {
  const words = WORDS.filter(([word]) => (counts.get(word) ?? 0) > 0);
  return html`<section id="glossary" aria-labelledby="glossary-title">
<h2 id="glossary-title">What the words mean</h2>
<dl class="glossary">
${words.map(([word, , meaning]) => html`<div><dt>${word}</dt><dd>${meaning}</dd></div>`)}
<div><dt>Score</dt><dd>How unlike a good part the most unusual area is. The higher, the more unusual.</dd></div>
<div><dt>Threshold</dt><dd>The limit of the score, measured on good pictures that the model was not trained on.</dd></div>
<div><dt>Heatmap</dt><dd>The picture under colours: blue where it looks normal, yellow to red where it does not. In a picture that is not above its threshold nothing is yellow or red.</dd></div>
</dl>
</section>`;
}

/** The page as text. */
export function renderJudgedPage(page: JudgedPage): string {
  const { entries, counts, model, date, version, warnings } = page;
  const all = total(counts);
  const part =
    entries.length === all
      ? 'The most suspicious come first.'
      : `The ${counted(entries.length, 'most suspicious picture')} of ${all.toLocaleString('en-US')}; pictures.csv lists all of them.`;
  const title = 'Judged pictures';
  const notes = warnings.map((warning) => html`<li><bdi>${warning}</bdi></li>`);
  const body = html`<a class="skip" href="#main">Skip to the pictures</a>
<header>
<div><h1>${title}</h1><p class="lead">${judgedWords(counts)}</p><p>By the model <bdi>${model}</bdi>, ${moment(date)}, dinomaly ${version}. Nobody has said which of them are bad: these are the verdicts of the model.</p></div>
<div class="tools scripted"><button type="button" id="theme">Dark colours</button></div>
</header>
<main id="main" tabindex="-1">
${notes.length === 0 ? null : html`<ul class="notes">${notes}</ul>`}
${filters(page)}
<p class="words">${part}</p>
<ul class="gallery judged">
${entries.map(entryOf)}
</ul>
${glossary(page)}
</main>
<footer><p>Beside this page: <code>pictures.csv</code> with every score.</p></footer>
${DIALOG}`;
  return wholePage(title, body, JUDGED_SCRIPT);
}
