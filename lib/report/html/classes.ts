/** A section a class: scores, curves, decisions and galleries. */

import type { ClassCurves, ClassMetrics, Evaluation } from '../../evaluation/types.js';
import { counted } from '../../lists.js';
import type { ClassDecisions, Confusion } from '../decisions.js';
import { html, type Markup } from '../markup.js';
import { TITLES } from '../table.js';
import { oneSided } from '../undefined.js';
import type { Axis } from './axes.js';
import { drawCurves, drawHistogram, type Series } from './charts.js';
import { thin } from './curves.js';
import { percent } from './format.js';
import { drawGalleries, type GalleryPlace } from './galleries.js';
import type { ClassGalleries } from './gallery.js';
import { confusionTable } from './tables.js';

/** So many classes are open when the page is. */
const OPEN_CLASSES = 3;

const unit = (title: string): Axis => ({ low: 0, high: 1, title });

/** All that a class's section shows. */
export interface ClassPart {
  readonly metrics: ClassMetrics;
  readonly decisions: ClassDecisions;
  readonly galleries: ClassGalleries | null;
  readonly place: GalleryPlace;
}

const NO_CURVES: ClassCurves = { imageRoc: null, imagePr: null, pixelRoc: null, pixelPr: null, pro: null };

function curvesOf({ curves }: Evaluation, name: string): ClassCurves {
  // A class may be called as a property of every object is.
  return (curves !== null && Object.hasOwn(curves, name) ? curves[name] : undefined) ?? NO_CURVES;
}

function seriesOf(parts: readonly (readonly [Series['name'], Series['look'], ClassCurves['pro']])[]): Series[] {
  return parts.flatMap(([name, look, curve]) => (curve === null ? [] : [{ name, look, curve: thin(curve) }]));
}

function rocMark(confusion: Confusion | null): { x: number; y: number } | null {
  if (confusion === null) {
    return null;
  }
  const { truePositives, falseNegatives, falsePositives, trueNegatives } = confusion;
  const [positives, negatives] = [truePositives + falseNegatives, falsePositives + trueNegatives];
  return positives === 0 || negatives === 0 ? null : { x: falsePositives / negatives, y: truePositives / positives };
}

function prMark(confusion: Confusion | null): { x: number; y: number } | null {
  if (confusion === null) {
    return null;
  }
  const { truePositives, falseNegatives, falsePositives } = confusion;
  const [positives, rejected] = [truePositives + falseNegatives, truePositives + falsePositives];
  return positives === 0 || rejected === 0 ? null : { x: truePositives / positives, y: truePositives / rejected };
}

function drawClassCurves(evaluation: Evaluation, decisions: ClassDecisions): Markup[] {
  const { imageRoc, imagePr, pixelRoc, pixelPr, pro } = curvesOf(evaluation, decisions.name);
  const limit = evaluation.conventions.auproLimit;
  const roc = seriesOf([
    ['pictures', 'image', imageRoc],
    ['pixels', 'pixel', pixelRoc],
  ]);
  const pr = seriesOf([
    ['pictures', 'image', imagePr],
    ['pixels', 'pixel', pixelPr],
  ]);
  const regions = seriesOf([['regions', 'pro', pro]]);
  const axes = { x: unit('false positive rate'), y: unit('true positive rate') };
  const recall = { x: unit('recall'), y: unit('precision') };
  const overlap = {
    x: { low: 0, high: limit, title: 'false positive rate of pixels' },
    y: unit('mean region overlap'),
  };
  // The mark is of pictures, so it goes with their curve.
  const [rocAt, prAt] = imageRoc === null ? [null, null] : [rocMark(decisions.confusion), prMark(decisions.confusion)];
  return [
    ...(roc.length === 0 ? [] : [drawCurves({ title: 'ROC', ...axes, series: roc, join: 'line', mark: rocAt })]),
    ...(pr.length === 0
      ? []
      : [drawCurves({ title: 'Precision and recall', ...recall, series: pr, join: 'step', mark: prAt })]),
    ...(regions.length === 0
      ? []
      : [drawCurves({ title: 'Per-region overlap (PRO)', ...overlap, series: regions, join: 'line' })]),
  ];
}

function headline({ metrics, decisions }: ClassPart): string {
  const normal = metrics.images - metrics.anomalous;
  const auroc = metrics.imageAuroc;
  const { confusion } = decisions;
  const parts = [
    `${normal} normal, ${metrics.anomalous} anomalous`,
    `${TITLES.imageAuroc} ${auroc === null ? '-' : percent(auroc)}`,
    ...(confusion === null
      ? []
      : [counted(confusion.falseNegatives, 'false accept'), counted(confusion.falsePositives, 'false reject')]),
  ];
  return parts.join(' · ');
}

/** The section of a class; the first few are open. */
export function classSection(evaluation: Evaluation, part: ClassPart): Markup {
  const { metrics, decisions, galleries, place } = part;
  const side = oneSided(metrics);
  const gap =
    side === null
      ? null
      : html`<p class="none">This class has ${side}: no metric tells how well the two kinds are told apart.</p>`;
  const shown =
    galleries === null
      ? html`<p class="none">No galleries were collected for this class.</p>`
      : drawGalleries(galleries, decisions, place);
  const open = place.at < OPEN_CLASSES && evaluation.classes.length <= 2 * OPEN_CLASSES;
  return html`<details class="class" id="class-${place.at}"${open ? html` open` : null}>
<summary><h3><bdi>${metrics.name}</bdi></h3><span>${headline(part)}</span></summary>
${gap}
<div class="charts">
${drawHistogram(decisions)}
${drawClassCurves(evaluation, decisions)}
<div class="chart-box">${confusionTable(decisions)}</div>
</div>
${shown}
</details>`;
}
