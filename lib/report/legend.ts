/**
 * The colour scale under a heatmap, with the numbers it hangs on. Digits are strokes of our own: text in an SVG needs fonts,
 * which servers and containers often lack.
 */
import { type Pixels, rasterise } from '../image/encode.js';
import type { ColourScale } from './colour-scale.js';

/** Strokes of a glyph in a cell 4 wide and 6 high, y downwards; its advance. */
type Glyph = readonly [strokes: string, advance: number];

const GLYPHS: Readonly<Record<string, Glyph>> = {
  '0': ['M0,1.2L1,0L3,0L4,1.2L4,4.8L3,6L1,6L0,4.8Z', 5.6],
  '1': ['M0.8,1.2L2,0L2,6M0.8,6L3.2,6', 5.6],
  '2': ['M0,1.2L1,0L3,0L4,1.2L4,2.2L0,6L4,6', 5.6],
  '3': ['M0,0L4,0L2,2.4L3,2.4L4,3.4L4,4.8L3,6L1,6L0,4.8', 5.6],
  '4': ['M3,6L3,0L0,4.2L4,4.2', 5.6],
  '5': ['M4,0L0.3,0L0,2.7L3,2.4L4,3.6L4,4.8L3,6L1,6L0,5', 5.6],
  '6': ['M3.6,0L2,0L0,2.4L0,4.8L1,6L3,6L4,4.8L4,3.8L3,2.7L0.2,2.7', 5.6],
  '7': ['M0,0L4,0L1.5,6', 5.6],
  '8': ['M1,0L3,0L4,1L4,1.9L3,2.8L1,2.8L0,1.9L0,1ZM1,2.8L0,3.8L0,5L1,6L3,6L4,5L4,3.8L3,2.8', 5.6],
  '9': ['M0.4,6L2,6L4,3.6L4,1.2L3,0L1,0L0,1.2L0,2.2L1,3.3L3.8,3.3', 5.6],
  '.': ['M0.5,5.9L0.5,6', 2.6],
  '-': ['M0.5,3L3.5,3', 5.6],
  '+': ['M0.5,3L3.5,3M2,1.5L2,4.5', 5.6],
  e: ['M0.1,4.1L4,4.1L4,3.2L3,2.2L1,2.2L0,3.2L0,5L1,6L3.4,6', 5.6],
};

/** Size of the glyphs and of all parts, in units of {@link unitOf}. */
const GLYPH = 1.5;
const LAYOUT = { side: 8, top: 7, bar: 10, tick: 5, text: 9, bottom: 7 } as const;
const HEIGHT = LAYOUT.top + LAYOUT.bar + LAYOUT.tick + LAYOUT.text + LAYOUT.bottom;
const NARROWEST = 150;
/** Renderers of SVG have limits, and eyes too. */
const WIDEST = 8000;
const BACKGROUND = '#20242a';
const INK = '#f2f2f2';

/** Pixels of a unit: readable on a picture of any size. */
function unitOf(width: number): number {
  return Math.max(1, Math.min(8, Math.floor(width / 400)));
}

function advanceOf(text: string): number {
  return [...text].reduce((sum, glyph) => sum + GLYPH * (GLYPHS[glyph]?.[1] ?? 0), 0) - 1.6 * GLYPH;
}

/** Three digits are what a colour tells. */
function format(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function write(text: string, left: number, top: number): string {
  let x = left;
  return [...text]
    .map((letter) => {
      const [strokes, advance] = GLYPHS[letter] ?? ['', 0];
      const path = `<path transform="translate(${x.toFixed(2)} ${top}) scale(${GLYPH})" d="${strokes}"/>`;
      x += GLYPH * advance;
      return path;
    })
    .join('');
}

function drawing(scale: ColourScale, width: number): string {
  const { side, top, bar, tick } = LAYOUT;
  const length = width - 2 * side;
  const labels = scale.marks.map((value) => {
    const x = side + (length * (value - scale.low)) / (scale.hot - scale.low);
    const text = format(value);
    const wide = advanceOf(text);
    const left = Math.min(width - side - wide, Math.max(side, x - wide / 2));
    return `<path d="M${x},${top + bar}L${x},${top + bar + tick - 1.5}"/>${write(text, left, top + bar + tick)}`;
  });
  const turn = side + (length * (scale.marks[1] - scale.low)) / (scale.hot - scale.low);
  labels.push(`<path d="M${turn},${top - 2.5}L${turn},${top + bar + 2}"/>`);
  const style = `fill="none" stroke="${INK}" stroke-width="0.85" stroke-linecap="round" stroke-linejoin="round"`;
  return `<g ${style}>${labels.join('')}</g>`;
}

/** Bar of colours over the drawing, except where the mark of the threshold crosses it. */
function paintBar(pixels: Uint8Array, scale: ColourScale, width: number, unit: number): void {
  const left = LAYOUT.side * unit;
  const length = width - 2 * left;
  const entries = scale.table.length / 4;
  const turn = (length * (scale.marks[1] - scale.low)) / (scale.hot - scale.low);
  for (let x = 0; x < length; x++) {
    const entry = 4 * Math.min(entries - 1, Math.floor(((x + 0.5) / length) * entries));
    const colour = Math.abs(x + 0.5 - turn) < unit / 2 ? [242, 242, 242] : scale.table.subarray(entry, entry + 3);
    for (let y = LAYOUT.top * unit; y < (LAYOUT.top + LAYOUT.bar) * unit; y++) {
      pixels.set(colour, 3 * (y * width + left + x));
    }
  }
}

/** The scale of the colours, to stand under a picture of this width; it is at least 150 pixels wide. */
export async function drawLegend(scale: ColourScale, pictureWidth: number): Promise<Pixels<Buffer>> {
  const unit = unitOf(pictureWidth);
  const width = Math.min(WIDEST, Math.max(pictureWidth, NARROWEST));
  const [units, height] = [width / unit, HEIGHT * unit];
  const box = `viewBox="0 0 ${units} ${HEIGHT}" width="${width}" height="${height}"`;
  const fill = `<rect width="${units}" height="${HEIGHT}" fill="${BACKGROUND}"/>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" ${box}>${fill}${drawing(scale, units)}</svg>`;
  const data = await rasterise(svg, { width, height });
  paintBar(data, scale, width, unit);
  return { data, width, height };
}
