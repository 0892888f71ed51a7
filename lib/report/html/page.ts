/** The page of an evaluation. */
import { basename } from 'node:path';
import type { Evaluation } from '../../evaluation/types.js';
import { counted } from '../../lists.js';
import { type ClassDecisions, decideClasses } from '../decisions.js';
import { html, type Markup } from '../markup.js';
import type { Provenance } from '../provenance.js';
import { classSection } from './classes.js';
import { moment } from './format.js';
import type { ClassGalleries } from './gallery.js';
import { glossarySection } from './glossary.js';
import { lead } from './lead.js';
import { originSection } from './origin.js';
import { SCRIPT } from './script.js';
import { DIALOG, wholePage } from './shell.js';
import { storedThresholds } from './stored-thresholds.js';
import { summarySection } from './summary.js';
import { decisionsTable, metricsTable } from './tables.js';

/** What the page is made of. */
export interface PageParts {
  readonly evaluation: Evaluation;
  readonly title: string | null;
  readonly provenance: Provenance | null;
  /** By class; null where none were collected. */
  readonly galleries: ReadonlyMap<string, ClassGalleries> | null;
}

/** The hatching of anomalous bars, so that they differ from normal ones without colour. */
const DEFS = html`<svg class="defs" aria-hidden="true"><defs><pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line class="hatch-line" x1="0" x2="0" y1="0" y2="5"/></pattern></defs></svg>`;

/** What the report is called. */
function titleOf({ title, provenance }: Pick<PageParts, 'title' | 'provenance'>): string {
  const name = provenance === null ? '' : basename(provenance.dataset.root);
  return title ?? (name === '' ? 'Evaluation' : `Evaluation on ${name}`);
}

function header(parts: PageParts, decisions: readonly ClassDecisions[], title: string): Markup {
  const { evaluation, provenance } = parts;
  const what = `${counted(evaluation.images, 'test picture')} of ${counted(evaluation.classes.length, 'class', 'classes')}`;
  // Results of older versions have none.
  const lost = evaluation.leftOut?.length ?? 0;
  const without = lost === 0 ? '' : `; ${counted(lost, 'picture')} left out that could not be scored`;
  const when = provenance === null ? '' : `, ${moment(provenance.date)}, dinomaly ${provenance.versions.dinomaly}`;
  return html`<header>
<div><h1><bdi>${title}</bdi></h1>${lead(decisions)}<p>${what}${when}${without}</p></div>
<div class="tools scripted"><button type="button" id="theme">Dark colours</button><button type="button" id="open">Open all classes</button><button type="button" id="close">Close all</button></div>
</header>
<nav aria-label="Contents"><ul><li><a href="#summary">Summary</a></li><li><a href="#origin">How these figures were made</a></li><li><a href="#metrics">Metrics</a></li><li><a href="#decisions">Decisions</a></li><li><a href="#classes">Classes</a></li><li><a href="#glossary">What the words mean</a></li></ul></nav>`;
}

function classSections(
  { evaluation, galleries, provenance }: PageParts,
  decisions: readonly ClassDecisions[],
): Markup[] {
  const root = provenance?.dataset.root ?? null;
  const { size, crop } = evaluation.conventions;
  const margin = crop[0] < size[0] || crop[1] < size[1];
  return evaluation.classes.flatMap((metrics, at) => {
    const own = decisions[at];
    const gallery = galleries?.get(metrics.name) ?? null;
    // Rows of older results do not count the pictures without a mask.
    const masks = metrics.anomalous > ((metrics as Partial<typeof metrics>).unmasked ?? 0);
    return own === undefined
      ? []
      : [classSection(evaluation, { metrics, decisions: own, galleries: gallery, place: { at, root, margin, masks } })];
  });
}

/** The page as text. */
export function renderPage(parts: PageParts, decisions = decideClasses(parts.evaluation)): string {
  const { evaluation, provenance } = parts;
  const title = titleOf(parts);
  const body = html`<a class="skip" href="#main">Skip to the figures</a>
${DEFS}
${header(parts, decisions, title)}
<main id="main" tabindex="-1">
${summarySection(evaluation, decisions, provenance?.models ?? [])}
${originSection(evaluation, provenance)}
<section id="metrics" aria-labelledby="metrics-title">
<h2 id="metrics-title">Metrics</h2>
${metricsTable(evaluation)}
</section>
<section id="decisions" aria-labelledby="decisions-title">
<h2 id="decisions-title">Decisions</h2>
${decisionsTable(decisions)}
${storedThresholds(provenance?.models ?? [], evaluation)}
</section>
<section id="classes" aria-labelledby="classes-title">
<h2 id="classes-title">Classes</h2>
${classSections(parts, decisions)}
</section>
${glossarySection()}
</main>
<footer><p>Beside this page: <code>metrics.json</code>, <code>classes.csv</code> and <code>pictures.csv</code> with every score.</p></footer>
${DIALOG}`;
  return wholePage(title, body, SCRIPT);
}
