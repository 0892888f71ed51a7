/** What stands under a heatmap: the verdict in words, and the colour scale with the numbers that it hangs on. */
import { type Pixels, rasterise } from '../image/encode.js';
import type { VerdictWord } from '../scoring.js';
import type { ColourScale } from './colour-scale.js';
import { widthOf, write } from './glyphs.js';
import type { Judged } from './judged.js';

/** Sizes of glyphs and of all parts, in units of {@link unitOf}. */
const SCALES = { verdict: 2, numbers: 1.5, words: 1.1 } as const;
const LAYOUT = { side: 8, top: 7, bar: 10, tick: 5, text: 9, words: 10, bottom: 7 } as const;
const VERDICT_HEIGHT = 30;
/** Between two numbers. */
const NUMBER_GAP = 4;
const HEIGHT = LAYOUT.top + LAYOUT.bar + LAYOUT.tick + LAYOUT.text + LAYOUT.words + LAYOUT.bottom;
const NARROWEST = 150;
/** Renderers of SVG have limits, and eyes too. */
const WIDEST = 8000;
const BACKGROUND = '#20242a';
const INK = '#f2f2f2';
const VERDICT_INK: Readonly<Record<VerdictWord, string>> = {
  GOOD: '#6fd08c',
  BAD: '#ff9d52',
  'NOT SURE': '#ffd75e',
  'UNKNOWN PART': '#ffd75e',
};

/** Pixels of a unit: readable on a picture of any size. */
function unitOf(width: number): number {
  return Math.max(1, Math.min(8, Math.floor(width / 400)));
}

/** Three digits are what a colour tells. */
function format(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** A word in the middle of a part of the bar, as small as it must be; none where it could not be read. */
function label(text: string, from: number, to: number, top: number): string {
  const scale = Math.min(SCALES.words, (to - from - 2) / widthOf(text, 1));
  return scale < 0.6 ? '' : write(text, (from + to - widthOf(text, scale)) / 2, top, scale);
}

function placeOf(value: number, { low, hot }: Pick<ColourScale, 'low' | 'hot'>, width: number): number {
  return LAYOUT.side + ((width - 2 * LAYOUT.side) * (value - low)) / (hot - low);
}

/** A number under the bar. */
export interface LegendNumber {
  readonly text: string;
  readonly left: number;
  readonly right: number;
}

/**
 * The numbers under a bar of `width` units. Where they would run into each other, that of the turn stays: it says the most.
 */
export function numbersUnder(
  scale: Pick<ColourScale, 'low' | 'hot' | 'marks'>,
  width: number,
): readonly LegendNumber[] {
  const [low, turn, hot] = scale.marks.map((value): LegendNumber => {
    const text = format(value);
    const wide = widthOf(text, SCALES.numbers);
    const middle = placeOf(value, scale, width) - wide / 2;
    const left = Math.min(width - LAYOUT.side - wide, Math.max(LAYOUT.side, middle));
    return { text, left, right: left + wide };
  }) as [LegendNumber, LegendNumber, LegendNumber];
  return [
    ...(low.right + NUMBER_GAP <= turn.left ? [low] : []),
    turn,
    ...(hot.left - NUMBER_GAP >= turn.right ? [hot] : []),
  ];
}

function scaleDrawing(scale: ColourScale, width: number, down: number): string {
  const { side, bar, tick, text } = LAYOUT;
  const top = down + LAYOUT.top;
  const ticks = scale.marks.map((value) => {
    const x = placeOf(value, scale, width);
    return `<path d="M${x},${top + bar}L${x},${top + bar + tick - 1.5}"/>`;
  });
  const numbers = numbersUnder(scale, width).map((one) => write(one.text, one.left, top + bar + tick, SCALES.numbers));
  const parts = [...ticks, ...numbers];
  const turn = placeOf(scale.marks[1], scale, width);
  const words = top + bar + tick + text + 3;
  parts.push(`<path d="M${turn},${top - 2.5}L${turn},${top + bar + 2}"/>`);
  parts.push(label('NORMAL', side, turn, words), label('ANOMALOUS', turn, width - side, words));
  return parts.join('');
}

function verdictDrawing({ verdict, score, threshold }: Judged): string {
  if (verdict === null) {
    return '';
  }
  const word = write(verdict, LAYOUT.side, LAYOUT.top, SCALES.verdict);
  const numbers =
    score === null || threshold === null
      ? ''
      : `SCORE ${format(score)} ${score > threshold ? 'ABOVE' : 'NOT ABOVE'} ${format(threshold)}`;
  const line = write(numbers, LAYOUT.side, LAYOUT.top + 16, Math.min(SCALES.words, 134 / widthOf(numbers, 1)));
  return `<g stroke="${VERDICT_INK[verdict]}" stroke-width="1">${word}</g>${line}`;
}

/** Bar of colours over the drawing, except where the mark of the threshold crosses it. */
function paintBar(pixels: Uint8Array, scale: ColourScale, width: number, unit: number, down: number): void {
  const left = LAYOUT.side * unit;
  const length = width - 2 * left;
  const entries = scale.table.length / 4;
  const turn = (length * (scale.marks[1] - scale.low)) / (scale.hot - scale.low);
  const top = (down + LAYOUT.top) * unit;
  for (let x = 0; x < length; x++) {
    const entry = 4 * Math.min(entries - 1, Math.floor(((x + 0.5) / length) * entries));
    const colour = Math.abs(x + 0.5 - turn) < unit / 2 ? [242, 242, 242] : scale.table.subarray(entry, entry + 3);
    for (let y = top; y < top + LAYOUT.bar * unit; y++) {
      pixels.set(colour, 3 * (y * width + left + x));
    }
  }
}

/** Verdict and colours, to stand under a picture of this width; it is at least 150 pixels wide. */
export async function drawLegend(scale: ColourScale, judged: Judged, pictureWidth: number): Promise<Pixels<Buffer>> {
  const unit = unitOf(pictureWidth);
  const width = Math.min(WIDEST, Math.max(pictureWidth, NARROWEST));
  const down = judged.verdict === null ? 0 : VERDICT_HEIGHT;
  const [units, high] = [width / unit, down + HEIGHT];
  const size = { width, height: high * unit };
  const box = `viewBox="0 0 ${units} ${high}" width="${size.width}" height="${size.height}"`;
  const fill = `<rect width="${units}" height="${high}" fill="${BACKGROUND}"/>`;
  const style = `fill="none" stroke="${INK}" stroke-width="0.85" stroke-linecap="round" stroke-linejoin="round"`;
  const drawing = `<g ${style}>${verdictDrawing(judged)}${scaleDrawing(scale, units, down)}</g>`;
  const data = await rasterise(`<svg xmlns="http://www.w3.org/2000/svg" ${box}>${fill}${drawing}</svg>`, size);
  paintBar(data, scale, width, unit, down);
  return { data, ...size };
}
