/** The frame of a chart: axes, grid and labels as SVG. Colours are the page's, so that they follow light and dark. */
import { coordinate, html, type Markup } from '../markup.js';
import { ticks } from './ticks.js';

/** From values to units of the drawing. */
export interface Axis {
  readonly low: number;
  readonly high: number;
  readonly title: string;
  /** How a tick is written. Default: with the decimals of the step. */
  readonly format?: (value: number) => string;
}

/** Units of the drawing. */
export const CHART = { width: 360, height: 260, left: 56, right: 12, top: 12, bottom: 42 } as const;

const PLOT_WIDTH = CHART.width - CHART.left - CHART.right;
const PLOT_HEIGHT = CHART.height - CHART.top - CHART.bottom;
const TICKS = 5;

/** Where a value lies across. */
export function across({ low, high }: Axis, value: number): number {
  return CHART.left + (PLOT_WIDTH * (value - low)) / (high - low);
}

/** Where a value lies down. */
export function down({ low, high }: Axis, value: number): number {
  return CHART.top + PLOT_HEIGHT * (1 - (value - low) / (high - low));
}

/** As many decimals as tell the ticks apart. */
function decimalsOf(values: readonly number[]): number {
  const step = Math.abs((values[1] ?? 1) - (values[0] ?? 0));
  return Math.min(12, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
}

function tickTexts(axis: Axis): { value: number; text: string }[] {
  const values = ticks(axis.low, axis.high, TICKS);
  const decimals = decimalsOf(values);
  return values.map((value) => ({ value, text: axis.format?.(value) ?? value.toFixed(decimals) }));
}

/** Grid, ticks and titles of both axes. */
export function drawAxes(x: Axis, y: Axis): Markup[] {
  const bottom = CHART.height - CHART.bottom;
  const right = CHART.width - CHART.right;
  const columns = tickTexts(x).map(({ value, text }) => {
    const at = coordinate(across(x, value));
    return html`<line class="grid" x1="${at}" x2="${at}" y1="${CHART.top}" y2="${bottom}"/><text class="tick" x="${at}" y="${bottom + 14}" text-anchor="middle">${text}</text>`;
  });
  const rows = tickTexts(y).map(({ value, text }) => {
    const at = down(y, value);
    return html`<line class="grid" x1="${CHART.left}" x2="${right}" y1="${coordinate(at)}" y2="${coordinate(at)}"/><text class="tick" x="${CHART.left - 9}" y="${coordinate(at + 4)}" text-anchor="end">${text}</text>`;
  });
  const middle = CHART.top + PLOT_HEIGHT / 2;
  return [
    ...columns,
    ...rows,
    html`<rect class="frame" x="${CHART.left}" y="${CHART.top}" width="${PLOT_WIDTH}" height="${PLOT_HEIGHT}"/>`,
    html`<text class="axis" x="${CHART.left + PLOT_WIDTH / 2}" y="${CHART.height - 8}" text-anchor="middle">${x.title}</text>`,
    html`<text class="axis" transform="translate(11 ${coordinate(middle)}) rotate(-90)" text-anchor="middle">${y.title}</text>`,
  ];
}

/** A chart as an image with a name and a description for those who do not see it. */
export function chart(name: string, description: string, content: readonly Markup[]): Markup {
  return html`<svg class="chart" role="img" aria-label="${`${name}. ${description}`}" viewBox="0 0 ${CHART.width} ${CHART.height}">
${content}
</svg>`;
}
