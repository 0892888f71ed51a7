/** Letters and digits as strokes of our own: text in an SVG needs fonts, which servers and containers often lack. */

/** Strokes of a glyph in a cell 4 wide and 6 high, y downwards; its advance. */
type Glyph = readonly [strokes: string, advance: number];

const WIDE = 5.6;

const STROKES: Readonly<Record<string, string>> = {
  '0': 'M0,1.2L1,0L3,0L4,1.2L4,4.8L3,6L1,6L0,4.8Z',
  '1': 'M0.8,1.2L2,0L2,6M0.8,6L3.2,6',
  '2': 'M0,1.2L1,0L3,0L4,1.2L4,2.2L0,6L4,6',
  '3': 'M0,0L4,0L2,2.4L3,2.4L4,3.4L4,4.8L3,6L1,6L0,4.8',
  '4': 'M3,6L3,0L0,4.2L4,4.2',
  '5': 'M4,0L0.3,0L0,2.7L3,2.4L4,3.6L4,4.8L3,6L1,6L0,5',
  '6': 'M3.6,0L2,0L0,2.4L0,4.8L1,6L3,6L4,4.8L4,3.8L3,2.7L0.2,2.7',
  '7': 'M0,0L4,0L1.5,6',
  '8': 'M1,0L3,0L4,1L4,1.9L3,2.8L1,2.8L0,1.9L0,1ZM1,2.8L0,3.8L0,5L1,6L3,6L4,5L4,3.8L3,2.8',
  '9': 'M0.4,6L2,6L4,3.6L4,1.2L3,0L1,0L0,1.2L0,2.2L1,3.3L3.8,3.3',
  '-': 'M0.5,3L3.5,3',
  '+': 'M0.5,3L3.5,3M2,1.5L2,4.5',
  e: 'M0.1,4.1L4,4.1L4,3.2L3,2.2L1,2.2L0,3.2L0,5L1,6L3.4,6',
  A: 'M0,6L2,0L4,6M0.8,3.8L3.2,3.8',
  B: 'M0,0L0,6L3,6L4,5L4,3.9L3,2.9L0,2.9M0,0L2.8,0L3.7,0.9L3.7,2L2.8,2.9',
  C: 'M4,1L3,0L1,0L0,1.2L0,4.8L1,6L3,6L4,5',
  D: 'M0,0L0,6L2.6,6L4,4.6L4,1.4L2.6,0Z',
  E: 'M4,0L0,0L0,6L4,6M0,2.9L3,2.9',
  F: 'M4,0L0,0L0,6M0,2.9L3,2.9',
  G: 'M4,1L3,0L1,0L0,1.2L0,4.8L1,6L3,6L4,5L4,3.3L2.4,3.3',
  I: 'M0.9,0L3.1,0M2,0L2,6M0.9,6L3.1,6',
  K: 'M0,0L0,6M4,0L0,3.6M1.4,2.4L4,6',
  L: 'M0,0L0,6L4,6',
  M: 'M0,6L0,0L2,3L4,0L4,6',
  N: 'M0,6L0,0L4,6L4,0',
  O: 'M1,0L3,0L4,1.2L4,4.8L3,6L1,6L0,4.8L0,1.2Z',
  P: 'M0,6L0,0L3,0L4,1L4,2.3L3,3.3L0,3.3',
  R: 'M0,6L0,0L3,0L4,1L4,2.3L3,3.3L0,3.3M2,3.3L4,6',
  S: 'M4,1L3,0L1,0L0,1L0,2L1,2.9L3,2.9L4,3.8L4,5L3,6L1,6L0,5',
  T: 'M0,0L4,0M2,0L2,6',
  U: 'M0,0L0,4.8L1,6L3,6L4,4.8L4,0',
  V: 'M0,0L2,6L4,0',
  W: 'M0,0L1,6L2,2.4L3,6L4,0',
};

function glyphOf(letter: string): Glyph {
  if (letter === '.') {
    return ['M0.5,5.9L0.5,6', 2.6];
  }
  return [STROKES[letter] ?? '', letter === ' ' ? 3.2 : WIDE];
}

/** Width of a text whose cells are `scale` times 4 by 6. */
export function widthOf(text: string, scale: number): number {
  return [...text].reduce((sum, letter) => sum + scale * glyphOf(letter)[1], 0) - 1.6 * scale;
}

/** A text as SVG paths, from its top left corner on. Letters that have no strokes are left blank. */
export function write(text: string, left: number, top: number, scale: number): string {
  let x = left;
  return [...text]
    .map((letter) => {
      const [strokes, advance] = glyphOf(letter);
      const path = `<path transform="translate(${x.toFixed(2)} ${top}) scale(${scale})" d="${strokes}"/>`;
      x += scale * advance;
      return strokes === '' ? '' : path;
    })
    .join('');
}
