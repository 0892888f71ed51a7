/**
 * Figure 5 as a bar chart. Written by hand: chart libraries that draw SVG without a browser weigh tens of megabytes, and this
 * is one series of bars with a scale. Pure.
 */
import { coordinate, escapeMarkup } from '../report/markup.js';
import type { Report } from './report.js';

const PLOT_WIDTH = 480;
const RIGHT = 70;
const TOP = 72;
const ROW = 26;
const BAR = 16;
/** Wide enough for a letter of the font in common sans-serif faces. */
const LETTER = 7;

/** From figures to pixels. */
interface Scale {
  /** Where the bars start. */
  readonly left: number;
  readonly at: (value: number) => number;
}

/** Above this are all families of the paper but one. */
const PAPER_LINE = 98;

interface Bar {
  readonly name: string;
  /** Null where there is none. */
  readonly value: number | null;
  /** What stands in place of a bar. */
  readonly status: string;
}

function barsOf(report: Report): Bar[] {
  return report.rows.map(({ labels, cells, status }) => ({
    name: labels.join(' · '),
    value: cells[0]?.ours ?? null,
    status: status === 'done' ? 'undefined' : status,
  }));
}

/** Where the scale starts: bars of 98 and 99 must differ to the eye. */
function lowest(values: readonly number[]): number {
  const low = Math.min(PAPER_LINE, ...values);
  return Math.max(0, Math.floor((low - 1) / 5) * 5);
}

function ticks(low: number): number[] {
  const step = [1, 2, 5, 10, 20, 25].find((size) => (100 - low) / size <= 10) ?? 25;
  const first = Math.ceil(low / step) * step;
  return Array.from({ length: Math.floor((100 - first) / step) + 1 }, (_, at) => first + at * step);
}

function text(x: number, y: number, content: string, extra = ''): string {
  return `<text x="${coordinate(x)}" y="${coordinate(y)}"${extra}>${escapeMarkup(content)}</text>`;
}

function barLines({ name, value, status }: Bar, at: number, scale: Scale): string[] {
  const { left } = scale;
  const y = TOP + at * ROW;
  const middle = y + BAR - 3;
  const label = text(left - 8, middle, name, ' text-anchor="end"');
  if (value === null) {
    return [label, text(left + 4, middle, status, ' fill="#888" font-style="italic"')];
  }
  const width = Math.max(0, scale.at(value) - left);
  const bar = `<rect x="${left}" y="${y}" width="${coordinate(width)}" height="${BAR}" fill="#3b6ea5"/>`;
  return [label, bar, text(scale.at(value) + 4, middle, value.toFixed(2))];
}

/** The chart as a whole SVG file. */
export function toSvg(report: Report): string {
  const bars = barsOf(report);
  const low = lowest(bars.flatMap(({ value }) => value ?? []));
  const left = 20 + LETTER * Math.max(...bars.map(({ name }) => name.length));
  const scale = { left, at: (value: number): number => left + ((value - low) / (100 - low)) * PLOT_WIDTH };
  const width = left + PLOT_WIDTH + RIGHT;
  const bottom = TOP + bars.length * ROW;
  const grid = ticks(low).flatMap((tick) => {
    const x = coordinate(scale.at(tick));
    const line = `<line x1="${x}" x2="${x}" y1="${TOP - 6}" y2="${bottom}" stroke="#ddd"/>`;
    return [line, text(scale.at(tick), bottom + 16, String(tick), ' text-anchor="middle"')];
  });
  const mark = coordinate(scale.at(PAPER_LINE));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${bottom + 44}" viewBox="0 0 ${width} ${bottom + 44}" font-family="sans-serif" font-size="12">`,
    '<rect width="100%" height="100%" fill="#fff"/>',
    text(12, 22, report.title, ' font-size="15" font-weight="bold"'),
    text(12, 42, report.head, ' font-size="11" fill="#a00000"'),
    ...grid,
    ...bars.flatMap((bar, at) => barLines(bar, at, scale)),
    `<line x1="${mark}" x2="${mark}" y1="${TOP - 6}" y2="${bottom}" stroke="#a00000" stroke-dasharray="4 3"/>`,
    text(12, bottom + 34, `dashed: ${PAPER_LINE} %, above which the paper has all families but MAE`, ' fill="#888"'),
    '</svg>',
    '',
  ].join('\n');
}
