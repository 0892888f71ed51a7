/**
 * The charts of a class as SVG. Series differ by more than colour: dashes for curves, side and hatching for bars.
 * The layout is our own: chart libraries that draw without a browser weigh tens of megabytes.
 */
import type { Curve, PictureResult } from '../../evaluation/types.js';
import { max, min } from '../../lists.js';
import type { ClassDecisions } from '../decisions.js';
import { coordinate, html, type Markup } from '../markup.js';
import { type Axis, across, CHART, chart, down, drawAxes } from './axes.js';
import { figure, percent } from './format.js';
import { nice } from './ticks.js';

/** A curve and how it is told from others. */
export interface Series {
  readonly name: string;
  readonly curve: Curve;
  /** Class of the style sheet: colour and dashes. */
  readonly look: 'image' | 'pixel' | 'pro';
}

/** A chart of curves. */
export interface CurveChart {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
  /** How points are joined: straight, or as precision is, flat from the recall before. */
  readonly join: 'line' | 'step';
  /** Where the threshold stands. */
  readonly mark?: { readonly x: number; readonly y: number } | null;
}

const BINS = 40;

/** `M x y L ...`, or steps that change height first. */
function pathOf({ x, y }: Curve, chartOf: CurveChart): string {
  const parts: string[] = [];
  for (const [at, value] of x.entries()) {
    const left = coordinate(across(chartOf.x, value));
    const top = coordinate(down(chartOf.y, y[at] ?? 0));
    parts.push(at === 0 ? `M${left} ${top}` : chartOf.join === 'step' ? `V${top}H${left}` : `L${left} ${top}`);
  }
  return parts.join('');
}

function diamond(x: number, y: number): Markup {
  const [left, top] = [coordinate(x), coordinate(y)];
  return html`<path class="mark" d="M${left} ${top}m0 -6l6 6l-6 6l-6 -6z"/>`;
}

function legend(items: readonly (readonly [look: string, name: string])[]): Markup {
  return html`<ul class="legend">
${items.map(([look, name]) => html`<li><svg class="key" viewBox="0 0 28 12" aria-hidden="true">${keyOf(look)}</svg>${name}</li>`)}
</ul>`;
}

function keyOf(look: string): Markup {
  if (look === 'mark') {
    return html`<path class="mark" d="M14 0l6 6l-6 6l-6 -6z"/>`;
  }
  return look.startsWith('bar')
    ? html`<rect class="${look}" x="4" y="0" width="20" height="12"/>`
    : html`<path class="${look}" d="M0 6H28"/>`;
}

/** A figure of the page around a chart. */
function wrap(title: string, drawing: Markup, below: Markup): Markup {
  return html`<figure class="chart-box"><figcaption>${title}</figcaption>
${drawing}
${below}
</figure>`;
}

/** The part of a rising curve up to a limit of x, which its last point lies on. */
export function cutAt({ x, y, threshold }: Curve, limit: number): Curve {
  const beyond = x.findIndex((value) => value > limit);
  if (beyond <= 0) {
    return { x, y, threshold };
  }
  const [from = 0, to = 0] = [x[beyond - 1], x[beyond]];
  const share = (limit - from) / (to - from);
  const mix = (values: readonly number[]): number => {
    const [low = 0, high = 0] = [values[beyond - 1], values[beyond]];
    return low + (high - low) * share;
  };
  return {
    x: [...x.slice(0, beyond), limit],
    y: [...y.slice(0, beyond), mix(y)],
    threshold: [...threshold.slice(0, beyond), mix(threshold)],
  };
}

/** Curves in one frame, cut off where the axis ends. */
export function drawCurves(given: CurveChart): Markup {
  const { title, x, y, series, mark = null } = given;
  const lines = series.map(
    ({ curve, look }) => html`<path class="curve ${look}" d="${pathOf(cutAt(curve, x.high), given)}"/>`,
  );
  const names = series.map((one) => `${one.name}, ${one.curve.x.length} points`).join('; ');
  const marks = mark === null ? [] : [diamond(across(x, mark.x), down(y, mark.y))];
  const said = mark === null ? '' : ` At the threshold: ${percent(mark.x)} and ${percent(mark.y)}.`;
  const drawing = chart(title, `${x.title} against ${y.title}: ${names}.${said}`, [
    ...drawAxes(x, y),
    ...lines,
    ...marks,
  ]);
  const keys = series.map((one): readonly [string, string] => [`curve ${one.look}`, one.name]);
  return wrap(title, drawing, legend(mark === null ? keys : [...keys, ['mark', 'at the threshold']]));
}

interface Bars {
  readonly look: string;
  readonly sign: 1 | -1;
  readonly shares: readonly number[];
}

function sharesOf(scores: readonly number[], low: number, high: number): number[] {
  const shares = new Array<number>(BINS).fill(0);
  for (const score of scores) {
    const at = Math.min(BINS - 1, Math.floor((BINS * (score - low)) / (high - low)));
    shares[at] = (shares[at] ?? 0) + 1 / scores.length;
  }
  return shares;
}

function drawBars({ look, sign, shares }: Bars, x: Axis, y: Axis): Markup[] {
  const step = (x.high - x.low) / BINS;
  const base = down(y, 0);
  return shares.flatMap((share, at) => {
    if (share === 0) {
      return [];
    }
    // One picture of many thousands is still seen.
    const tall = Math.max(1.5, Math.abs(down(y, share) - base));
    const left = across(x, x.low + step * at);
    const width = across(x, x.low + step * (at + 1)) - left;
    const top = sign === 1 ? base - tall : base;
    return [
      html`<rect class="${look}" x="${coordinate(left)}" y="${coordinate(top)}" width="${coordinate(Math.max(0.5, width - 0.6))}" height="${coordinate(tall)}"/>`,
    ];
  });
}

function drawThreshold(threshold: number, x: Axis): Markup {
  const at = coordinate(across(x, threshold));
  return html`<line class="threshold" x1="${at}" x2="${at}" y1="${CHART.top}" y2="${CHART.height - CHART.bottom}"/>`;
}

function span(scores: readonly number[], threshold: number | null): readonly [number, number] {
  const all = threshold === null ? scores : [...scores, threshold];
  const [low, high] = [min(all) ?? 0, max(all) ?? 1];
  const room = high > low ? 0 : Math.max(1e-6, Math.abs(low) * 0.1);
  return nice(low - room, high + room, BINS / 4);
}

function scoresOf(pictures: readonly PictureResult[], label: 0 | 1): number[] {
  return pictures
    .filter((picture) => picture.label === label && Number.isFinite(picture.score))
    .map((one) => one.score);
}

/** Scores of normal pictures up, of anomalous ones down, each as shares of their own number. */
export function drawHistogram({ name, pictures, threshold }: ClassDecisions): Markup {
  const [normal, anomalous] = [scoresOf(pictures, 0), scoresOf(pictures, 1)];
  const [low, high] = span([...normal, ...anomalous], threshold);
  const up = sharesOf(normal, low, high);
  const below = sharesOf(anomalous, low, high);
  const most = max([...up, ...below]) ?? 0;
  const top = most > 0 ? most * 1.05 : 1;
  const x: Axis = { low, high, title: 'score' };
  const y: Axis = { low: -top, high: top, title: 'share of its kind', format: (value) => percent(Math.abs(value), 0) };
  const bars = [
    ...drawBars({ look: 'bar-normal', sign: 1, shares: up }, x, y),
    ...drawBars({ look: 'bar-anomalous', sign: -1, shares: below }, x, y),
  ];
  const line = threshold === null ? [] : [drawThreshold(threshold, x)];
  const base = coordinate(down(y, 0));
  const zero = html`<line class="zero" x1="${CHART.left}" x2="${CHART.width - CHART.right}" y1="${base}" y2="${base}"/>`;
  const where = threshold === null ? 'No threshold.' : `Threshold ${figure(threshold)}.`;
  const said = `${normal.length} normal pictures upwards, ${anomalous.length} anomalous ones downwards. ${where}`;
  const drawing = chart(`Scores of ${name}`, said, [...drawAxes(x, y), ...bars, zero, ...line]);
  const keys: (readonly [string, string])[] = [
    ['bar-normal', `normal (${normal.length}), upwards`],
    ['bar-anomalous', `anomalous (${anomalous.length}), downwards`],
  ];
  return wrap(
    'Scores',
    drawing,
    legend(threshold === null ? keys : [...keys, ['threshold', `threshold ${figure(threshold)}`]]),
  );
}
