/** The galleries of a class: picture, mask and heatmap side by side, with what was decided. */

import type { PictureResult } from '../../evaluation/types.js';
import type { Thumbnail } from '../../image/thumbnail.js';
import { counted } from '../../lists.js';
import type { HeatmapScale } from '../colour-scale.js';
import { type ClassDecisions, isRejected } from '../decisions.js';
import { html, type Markup } from '../markup.js';
import { shownPath } from '../paths.js';
import { figure } from './format.js';
import type { ClassGalleries, GalleryEntry } from './gallery.js';
import type { Shots } from './shots.js';

/** Where entries stand. */
export interface GalleryPlace {
  /** Number of the class, for ids. */
  readonly at: number;
  /** Folder that paths are told from. */
  readonly root: string | null;
  /** Whether pictures have a margin that is not inspected. */
  readonly margin: boolean;
  /** Whether any picture has a mask to show. */
  readonly masks: boolean;
}

/** A small picture under its title, or why there is none. */
export function shot(title: string, alt: string, thumbnail: Thumbnail | null, missing: string): Markup {
  if (thumbnail === null) {
    return html`<div class="shot"><div class="missing">${missing}</div><span>${title}</span></div>`;
  }
  const { webp, width, height } = thumbnail;
  const source = `data:image/webp;base64,${webp.toString('base64')}`;
  return html`<div class="shot"><img src="${source}" width="${width}" height="${height}" alt="${alt}" decoding="async"><span>${title}</span></div>`;
}

/** How the small pictures of an entry stand: far wider ones below each other. A class of the style sheet. */
export function standing({ picture, heatmap }: Pick<Shots, 'picture' | 'heatmap'>): string {
  const { width, height } = picture ?? heatmap ?? { width: 1, height: 1 };
  return width >= 2 * height ? 'shots wide' : height >= 2 * width ? 'shots tall' : 'shots';
}

/** The decision in a word, with a sign for those who cannot tell the colours apart. */
function verdict(picture: PictureResult, threshold: number | null): Markup | null {
  if (threshold === null) {
    return null;
  }
  const rejected = isRejected(picture, threshold);
  const right = rejected === (picture.label === 1);
  const word = rejected ? (right ? 'found' : 'false reject') : right ? 'passed' : 'false accept';
  const said = rejected ? 'BAD' : 'GOOD';
  return html`<span class="${right ? 'verdict right' : 'verdict wrong'}">${right ? '✓' : '✕'} ${said}: ${word}</span>`;
}

function marginWords(score: number, threshold: number | null): string {
  if (threshold === null) {
    return '';
  }
  const margin = score - threshold;
  return `, threshold ${figure(threshold)}, margin ${margin > 0 ? '+' : ''}${figure(margin)}`;
}

function maskShot({ picture, shots }: GalleryEntry, path: string): Markup {
  return picture.label === 1
    ? shot('Mask', `Mask of the defect in ${path}`, shots.mask, 'No mask, or none that could be read')
    : shot('Mask', '', null, 'Normal: no mask');
}

function entryFigure(entry: GalleryEntry, threshold: number | null, { root, masks }: GalleryPlace): Markup {
  const { picture, shots } = entry;
  const { label, defect, score } = picture;
  const path = shownPath(picture.path, root);
  return html`<li><figure class="entry" data-name="${path}">
<div class="${standing(shots)}${masks ? '' : ' pair'}">
${shot('Picture', `Picture ${path}, ${label === 1 ? `anomalous: ${defect}` : 'normal'}`, shots.picture, 'The picture could not be read')}
${masks ? maskShot(entry, path) : null}
${shot('Heatmap', `Anomaly map over ${path}`, shots.heatmap, 'No heatmap could be drawn')}
</div>
<figcaption>${verdict(picture, threshold)}<span class="kind"><bdi>${defect}</bdi></span><span class="score">score ${figure(score)}${marginWords(score, threshold)}</span><span class="path"><bdi>${path}</bdi></span></figcaption>
</figure></li>`;
}

interface Gallery {
  readonly title: string;
  readonly note: string;
  readonly entries: readonly GalleryEntry[];
}

function drawGallery({ title, note, entries }: Gallery, decisions: ClassDecisions, place: GalleryPlace): Markup {
  const list = html`<ul class="gallery">
${entries.map((entry) => entryFigure(entry, decisions.threshold, place))}
</ul>`;
  return html`<section class="gallery-box"><h4>${title}</h4>
<p>${note}</p>
${entries.length === 0 ? null : list}
</section>`;
}

/** What a gallery of the worst shows: errors first, and how many there are in all. */
function errorNote(errors: number | null, all: number, shown: number, kind: string, error: string): string {
  if (all === 0) {
    return `There are no ${kind} pictures.`;
  }
  const part = shown === all ? `All ${all} shown` : `${shown} of ${all} shown`;
  if (errors === null) {
    return `${part}; there is no threshold to decide by.`;
  }
  return errors === 0
    ? `No ${error}s. Nearest to the threshold: ${part.toLowerCase()}.`
    : `${counted(errors, error)} among ${counted(all, `${kind} picture`)}; ${part.toLowerCase()}, the worst first.`;
}

/** What the colours of a class's heatmaps mean. */
function colourWords({ low, high, threshold }: HeatmapScale, { margin }: GalleryPlace): string {
  const colours =
    threshold === undefined
      ? `blue up to ${figure(high ?? low)}, where normal pixels end, and turning warm above it. There is no pixel threshold.`
      : `blue up to the pixel threshold of ${figure(threshold)}, yellow to red above it. The colours follow the verdict: in a rejected picture without such pixels those that made its score are yellow, in a passed one none is. What a rejected picture is rejected for is outlined.`;
  return `Heatmaps of this class share one scale: ${colours}${margin ? ' Grey with hatching was not inspected.' : ''}`;
}

/** The colours themselves, in words. */
const COLOURS = html`<div class="colours" aria-hidden="true"><span class="cold">normal</span><span class="warm">anomalous</span></div>`;

/** False accepts, false rejects and best finds of a class. */
export function drawGalleries(galleries: ClassGalleries, decisions: ClassDecisions, place: GalleryPlace): Markup {
  const { normal, missed, found, scale } = galleries;
  const { pictures, confusion } = decisions;
  const anomalous = pictures.filter(({ label }) => label === 1).length;
  const falseAccepts = confusion?.falseNegatives ?? null;
  const falseRejects = confusion?.falsePositives ?? null;
  const parts: Gallery[] = [
    {
      title: 'Worst false accepts: anomalous pictures with the lowest scores',
      note: errorNote(falseAccepts, anomalous, missed.length, 'anomalous', 'false accept'),
      entries: missed,
    },
    {
      title: 'Worst false rejects: normal pictures with the highest scores',
      note: errorNote(falseRejects, pictures.length - anomalous, normal.length, 'normal', 'false reject'),
      entries: normal,
    },
    {
      title: 'Best finds: anomalous pictures with the highest scores',
      note:
        found.length === 0
          ? 'None besides those above.'
          : `${found.length} of ${counted(anomalous, 'anomalous picture')} shown, the highest score first.`,
      entries: found,
    },
  ];
  return html`<p class="words">${colourWords(scale, place)}</p>
${COLOURS}
${parts.map((part) => drawGallery(part, decisions, place))}`;
}
