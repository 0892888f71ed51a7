// Faults between the file of a mask, or of a TIFF, and the pixels that count.
import { ava } from './tests.mjs';

const MASK = 'lib/image/mask.ts';
const SAME_METRICS = ava(
  'test/native/masks.test.ts',
  'small defects give the same metrics however their masks are written, in each convention',
);

/** @type {import('./tests.mjs').Mutation[]} */
export const masks = [
  {
    name: 'mask-numbers-resized',
    file: MASK,
    text: "values === 'index' || small || hasHue(own)",
    replacement: "values === 'index' && small && hasHue(own)",
    breaks: 'numbers of kinds are resized as grey levels',
    test: SAME_METRICS,
  },
  {
    name: 'mask-evaluated-as-grey',
    file: 'lib/evaluation/truth.ts',
    text: '{ ...decodingOf(this.#model), values: sample.maskValues }',
    replacement: '{ ...decodingOf(this.#model) }',
    breaks: 'the evaluator does not know that masks hold numbers',
    test: ava(
      'test/native/masks.test.ts',
      'numbers beyond half of white count where the layout says that they are numbers',
    ),
  },
  {
    name: 'mask-high-byte',
    file: MASK,
    text: 'Math.max(1, Math.round((255 * value) / white))',
    replacement: 'Math.floor((255 * value) / white)',
    breaks: 'small values of 16 bits become 0',
    test: ava('test/unit/mask.test.ts', 'levels of 16 bits become levels of 8, and no pixel above 0 becomes 0: png16'),
  },
  {
    name: 'mask-palette-colours',
    file: 'lib/image/palette.ts',
    text: "if (type === 'PLTE')",
    replacement: "if (type === 'none')",
    breaks: 'colours of a palette count where its numbers are meant',
    test: ava('test/unit/mask.test.ts', 'where numbers are meant, those of a palette count and not its colours'),
  },
  {
    name: 'tiff-not-turned',
    file: 'lib/image/orientation.ts',
    text: 'return turnsRows(bytes, orientation) ? pipeline.autoOrient() : pipeline;',
    replacement: 'return pipeline;',
    breaks: 'a TIFF keeps its stored rows',
    test: ava('test/unit/orientation.test.ts', 'a TIFF of orientation 6 is turned upright: pixels, size and mask'),
  },
  {
    name: 'every-kind-turned',
    file: 'lib/image/orientation.ts',
    text: 'return turnsRows(bytes, orientation) ? pipeline.autoOrient() : pipeline;',
    replacement: 'return pipeline.autoOrient();',
    breaks: 'photographs are turned as their EXIF tag says',
    test: ava(
      'test/unit/orientation.test.ts',
      'a BigTIFF is turned, and a JPEG, a PNG and a WebP keep their stored rows',
    ),
  },
];
