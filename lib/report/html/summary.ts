/** The top of the page: the figures that count, and what to keep in mind when reading them. */
import {
  ALL_METRICS,
  type ClassMetrics,
  type Evaluation,
  type Metric,
  type PictureResult,
} from '../../evaluation/types.js';
import { counted } from '../../lists.js';
import { type ClassDecisions, type Confusion, sumConfusions } from '../decisions.js';
import { html, type Markup } from '../markup.js';
import type { ModelProvenance } from '../provenance.js';
import { TITLES } from '../table.js';
import { gapsOf } from '../undefined.js';
import { figure, percent } from './format.js';

const SHOWN = ['imageAuroc', 'pixelAuroc', 'aupro'] as const satisfies readonly Metric[];

function tile(title: string, value: string, note: string): Markup {
  return html`<div class="tile"><dt>${title}</dt><dd><strong>${value}</strong><span>${note}</span></dd></div>`;
}

function metricTile({ mean, meanOver, classes }: Evaluation, metric: Metric): Markup {
  const value = mean[metric];
  const over = `mean over ${counted(meanOver[metric], 'class', 'classes')}`;
  const note = meanOver[metric] === classes.length ? over : `${over} of ${classes.length}`;
  return tile(TITLES[metric], value === null ? '-' : percent(value), value === null ? 'undefined' : note);
}

function decisionTiles(total: Confusion | null): Markup[] {
  if (total === null) {
    return [];
  }
  const { truePositives, falseNegatives, falsePositives, trueNegatives } = total;
  const [anomalous, normal] = [truePositives + falseNegatives, falsePositives + trueNegatives];
  const share = (count: number, all: number): string => (all === 0 ? '' : ` (${percent(count / all)})`);
  return [
    tile(
      'False accepts',
      String(falseNegatives),
      `of ${anomalous} anomalous pictures${share(falseNegatives, anomalous)}`,
    ),
    tile('False rejects', String(falsePositives), `of ${normal} normal pictures${share(falsePositives, normal)}`),
  ];
}

function methodWords(models: readonly ModelProvenance[]): string {
  const stored = models.flatMap(({ thresholds }) => (thresholds === null ? [] : [thresholds]));
  const methods = stored.map(({ method, falseRejectRate }) =>
    method === 'f1-max'
      ? 'those of the highest F1 score on labelled pictures'
      : `set on held-out normal pictures for a false reject rate of ${percent(falseRejectRate ?? 0, 2)}`,
  );
  return methods.length === 0 ? 'chosen when it was calibrated' : [...new Set(methods)].join('; or ');
}

/** Which thresholds decide, and how far to trust them. */
function thresholdNotes(decisions: readonly ClassDecisions[], models: readonly ModelProvenance[]): string[] {
  const count = (source: ClassDecisions['source']): number =>
    decisions.filter((decision) => decision.source === source).length;
  const of = (source: ClassDecisions['source']): string =>
    count(source) === decisions.length
      ? ''
      : ` for ${count(source)} of ${counted(decisions.length, 'class', 'classes')}`;
  const notes: string[] = [];
  if (count('model') > 0) {
    notes.push(`Decisions${of('model')} are by the thresholds stored with the model, ${methodWords(models)}.`);
  }
  if (count('f1-optimal') > 0) {
    notes.push(
      `Decisions${of('f1-optimal')} are by the threshold with the highest F1 score on these very test pictures, class by class, since none is stored with the model. That is optimistic: new pictures will be decided worse. Calibrate the model on held-out normal pictures for thresholds that can be relied on.`,
    );
  }
  const none = decisions.filter(({ source }) => source === null).map(({ name }) => name);
  return none.length === 0 ? notes : [...notes, `Without a threshold, so without decisions: ${none.join(', ')}.`];
}

/** A random encoder must not pass for a trained one. */
function trialNotes(models: readonly ModelProvenance[]): string[] {
  const trial = models.some(({ encoderSource, training }) => encoderSource.sha256 === null && training !== null);
  return trial
    ? ['A trial: the encoder is untrained, so do not rely on the verdicts. Train with the weights of an encoder.']
    : [];
}

/** How well the model tells classes apart by itself, as it must where nobody names them. */
function classNotes({ pictures, classes }: Evaluation): string[] {
  const asked = pictures.filter(({ foundClass }) => foundClass !== undefined);
  const count = (holds: (one: PictureResult) => boolean): number => asked.filter(holds).length;
  const right = count(({ foundClass, className }) => foundClass === className);
  const unknown = count(({ foundClass }) => foundClass === null);
  return asked.length === 0 || (classes.length === 1 && right === asked.length)
    ? []
    : [
        `All verdicts here are by the class that the dataset names. By itself the model finds the class of ${right} of ${counted(asked.length, 'picture')}, takes ${unknown} for unknown parts and ${asked.length - right - unknown} for parts of another class.`,
      ];
}

/** How far figures may be off that were counted, not ranked. */
function boundNotes(classes: readonly ClassMetrics[]): string[] {
  const streamed = classes.filter(({ counting }) => counting === 'streaming');
  const most = Math.max(0, ...streamed.flatMap(({ errorBound }) => Object.values(errorBound)));
  return streamed.length === 0
    ? []
    : [
        `Pixels of ${counted(streamed.length, 'class', 'classes')} were counted by value, not kept: no metric is off by more than ${figure(most)}.`,
      ];
}

/** What in the data leaves figures out. */
export function gapNotes({ classes, pictures, curves }: Evaluation): string[] {
  const gaps = gapsOf(
    classes,
    // Every model without thresholds lacks it: its cells say so.
    ALL_METRICS.filter((metric) => metric !== 'segF1'),
  );
  const odd = pictures.filter(({ score }) => !Number.isFinite(score)).length;
  return [
    ...(gaps.length === 0 ? [] : [`Undefined metrics are shown as '-' and left out of the means. ${gaps.join('; ')}.`]),
    ...boundNotes(classes),
    ...(odd === 0
      ? []
      : [
          `${counted(odd, 'picture has', 'pictures have')} a score that is no finite number: they are counted as anomalous and left out of the charts.`,
        ]),
    ...(curves === null
      ? ['No curves: they were not asked for when the model was evaluated, with {curves: true}.']
      : []),
  ];
}

/** Tiles and notes. */
export function summarySection(
  evaluation: Evaluation,
  decisions: readonly ClassDecisions[],
  models: readonly ModelProvenance[],
): Markup {
  const anomalous = evaluation.classes.reduce((sum, row) => sum + row.anomalous, 0);
  const kinds = `${(evaluation.images - anomalous).toLocaleString('en-US')} normal, ${anomalous.toLocaleString('en-US')} anomalous, ${counted(evaluation.classes.length, 'class', 'classes')}`;
  const notes = [
    ...trialNotes(models),
    ...thresholdNotes(decisions, models),
    ...classNotes(evaluation),
    ...gapNotes(evaluation),
  ];
  return html`<section id="summary" aria-labelledby="summary-title">
<h2 id="summary-title">Summary</h2>
<dl class="tiles">
${SHOWN.map((metric) => metricTile(evaluation, metric))}
${decisionTiles(sumConfusions(decisions))}
${tile('Pictures', evaluation.images.toLocaleString('en-US'), kinds)}
</dl>
<ul class="notes">
${notes.map((note) => html`<li><bdi>${note}</bdi></li>`)}
</ul>
</section>`;
}
