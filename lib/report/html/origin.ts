/** How the figures were made: conventions, model, data, versions, machine. */

import { describeDoubts } from '../../evaluation/doubts.js';
import type { Evaluation } from '../../evaluation/types.js';
import { describeUnmasked } from '../../evaluation/unmasked.js';
import { counted } from '../../lists.js';
import { describeSight } from '../../maps/sight.js';
import { html, type Markup } from '../markup.js';
import type { DatasetProvenance, ModelProvenance, Provenance } from '../provenance.js';
import { duration, extent, moment, percent } from './format.js';

type Fact = readonly [name: string, value: string | Markup];

const MASKS = {
  any: "mask pixels above 0 are anomalous once the mask is at map size ('any', the authors')",
  half: "mask pixels above 0.5 are anomalous once the mask is at map size ('half')",
} as const;

function conventionFacts({ conventions, seconds }: Evaluation): Fact[] {
  const { mask, size, crop, map, scoreRatio, auproLimit, orientation, tiles } = conventions;
  return [
    ['Picture size', describeSight({ resize: size, crop, orientation, tiles: tiles ?? undefined })],
    ['Map size', `${extent(map)}${(tiles ?? null) === null ? '' : ' of each tile'}, on which pixels are counted`],
    ['Mask convention', MASKS[mask]],
    ['Score', `mean of the largest ${percent(scoreRatio)} of the map${(tiles ?? null) === null ? '' : ' of a tile'}`],
    ['AUPRO', `up to a false positive rate of ${auproLimit}, divided by it`],
    ['Time', `${duration(seconds)} for scores and metrics`],
  ];
}

function code(text: string | null): Markup {
  return text === null ? html`not taken` : html`<code>${text}</code>`;
}

function thresholdWords({ thresholds }: ModelProvenance): string {
  if (thresholds === null) {
    return 'none';
  }
  const { method, falseRejectRate, confidenceLevel } = thresholds;
  return method === 'f1-max'
    ? 'highest F1 score on labelled pictures'
    : `false reject rate of ${percent(falseRejectRate ?? 0, 2)} on held-out normal pictures, intervals at ${percent(confidenceLevel, 0)}`;
}

function trainingWords({ training }: ModelProvenance): string {
  if (training === null) {
    return 'not known';
  }
  const { iterations, plannedIterations, batchSize, seed, images } = training;
  const planned = iterations === plannedIterations ? '' : ` of ${plannedIterations} planned`;
  return `${iterations} steps${planned} of ${batchSize} pictures, from ${counted(images, 'picture')}, seed ${seed}`;
}

function encoderWords({ encoder, encoderSource }: ModelProvenance): string {
  const { family, dim, depth, patch } = encoder;
  return `${encoderSource.name} (${family}, ${depth} blocks of width ${dim}, patch ${patch})`;
}

function encoderHash({ encoderSource: { sha256 } }: ModelProvenance): string | Markup {
  return sha256 === null ? 'none: the encoder is untrained' : code(sha256);
}

function deviceWords({ device, precision }: ModelProvenance): string {
  return `${device}, ${precision}`;
}

function modelFacts(model: ModelProvenance): Fact[] {
  return [
    ['Model', code(model.file)],
    ['Weights hash', code(model.weightsHash)],
    ['Encoder', encoderWords(model)],
    ['Encoder hash', encoderHash(model)],
    ['Training', trainingWords(model)],
    ['Thresholds', thresholdWords(model)],
    ['Device', deviceWords(model)],
  ];
}

/** What several models need not have in common, each value once. */
function sharedFacts(models: readonly ModelProvenance[]): Fact[] {
  const each = (words: (model: ModelProvenance) => string): string => [...new Set(models.map(words))].join('; ');
  return models.length === 0
    ? []
    : [
        ['Encoder', each(encoderWords)],
        ['Encoder hash', each(({ encoderSource }) => encoderSource.sha256 ?? 'none: untrained')],
        ['Device', each(deviceWords)],
      ];
}

function datasetFacts({ root, format, classes, pictures, hash, madeSplit }: DatasetProvenance): Fact[] {
  const { train, validation, test } = pictures;
  const split =
    madeSplit === null
      ? "the dataset's own"
      : `made: ${percent(madeSplit.train)} of the normal pictures for training, ${percent(madeSplit.validation)} held out, seed ${madeSplit.seed}`;
  return [
    ['Dataset', html`<code>${root}</code> (${format}, ${counted(classes.length, 'class', 'classes')})`],
    ['Data hash', code(hash)],
    ['Pictures', `${train} to train on, ${validation} held out, ${test} tested`],
    ['Split', split],
  ];
}

function runFacts({ date, command, versions, platform }: Provenance): Fact[] {
  return [
    ['Date', moment(date)],
    ['Versions', `dinomaly ${versions.dinomaly}, libtorch ${versions.libtorch}, Node ${versions.node}, ${platform}`],
    ['Command', command === null ? 'called as a library' : html`<code>${command.map(quoteWord).join(' ')}</code>`],
  ];
}

/** A word as a shell takes it. */
function quoteWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

function list(facts: readonly Fact[]): Markup {
  return html`<dl class="facts">
${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd><bdi>${value}</bdi></dd></div>`)}
</dl>`;
}

function modelsTable(models: readonly ModelProvenance[]): Markup {
  const rows = models.map(
    (model) =>
      html`<tr><th scope="row"><bdi>${model.className ?? 'all'}</bdi></th><td>${code(model.file)}</td><td>${code(model.weightsHash)}</td><td>${trainingWords(model)}</td><td>${thresholdWords(model)}</td></tr>`,
  );
  return html`<div class="scroll" role="region" aria-label="Models" tabindex="0"><table>
<caption>One model a class</caption>
<thead><tr><th scope="col">Class</th><th scope="col">Model</th><th scope="col">Weights hash</th><th scope="col">Training</th><th scope="col">Thresholds</th></tr></thead>
<tbody>
${rows}
</tbody>
</table></div>`;
}

/** All that the figures depend on. */
export function originSection(evaluation: Evaluation, provenance: Provenance | null): Markup {
  const models = provenance?.models ?? [];
  const one = models.length === 1 ? models.flatMap(modelFacts) : sharedFacts(models);
  const facts =
    provenance === null
      ? conventionFacts(evaluation)
      : [...runFacts(provenance), ...one, ...datasetFacts(provenance.dataset), ...conventionFacts(evaluation)];
  const notes = [
    ...(provenance?.dataset.notes ?? []),
    ...describeDoubts(evaluation),
    ...describeUnmasked(evaluation.classes),
  ];
  return html`<section id="origin" aria-labelledby="origin-title">
<h2 id="origin-title">How these figures were made</h2>
${provenance === null ? html`<p class="none">Model, data and versions were not given to this report.</p>` : null}
${list(facts)}
${models.length > 1 ? modelsTable(models) : null}
${notes.length === 0 ? null : html`<h3>Notes on the dataset</h3><ul class="notes">${notes.map((note) => html`<li><bdi>${note}</bdi></li>`)}</ul>`}
</section>`;
}
