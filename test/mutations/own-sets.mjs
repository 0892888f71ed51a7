// Faults in the reading of people's own sets, and in what is counted and inspected of them.
import { ava } from './tests.mjs';

const OWN = 'test/unit/dataset-own.test.ts';
const UNMASKED = 'test/native/unmasked.test.ts';
const WHOLE = 'test/native/whole-pictures.test.ts';
const PARTLY =
  'where some masks are missing, pixels are those of the other pictures, pictures are all, and the table says so';
const SIDES =
  "a trainer of one's own photos sees all of them in their own aspect, turned upright; one of a benchmark as without";
const STORED =
  'the model file knows the orientation, results and maps are in the upright picture, and a caller may say otherwise';

/** @type {import('./tests.mjs').Mutation[]} */
export const ownSets = [
  {
    name: 'kinds-beside-bad',
    file: 'lib/datasets/folder-plan.ts',
    text: 'const kinds = named.length > 0 ? [] : others;',
    replacement: 'const kinds = others;',
    breaks: 'a folder of which nothing is known counts as bad although there is a folder of bad pictures',
    test: ava(OWN, 'folders beside good that are named after defects are kinds of defects, and so are those in bad'),
  },
  {
    name: 'mask-beside-is-a-picture',
    file: 'lib/datasets/folder.ts',
    text: 'partMasks(files.filter(isImageName).map((name) => join(folder, name)))',
    replacement: '{ pictures: files.filter(isImageName).map((name) => join(folder, name)), masks: [] }',
    breaks: 'a mask beside its picture is tested as a bad picture',
    test: ava(
      OWN,
      'masks lie in a folder of masks by kind or without, or beside their pictures, and some may be missing',
    ),
  },
  {
    name: 'unmasked-counted-as-normal',
    file: 'lib/evaluation/truth.ts',
    text: 'sample.label === 0 ? this.#cleanOf(pixels) : UNKNOWN',
    replacement: 'this.#cleanOf(pixels)',
    breaks: 'the pixels of bad pictures without a mask count as normal',
    test: ava(UNMASKED, PARTLY),
  },
  {
    name: 'unmasked-left-out',
    file: 'lib/evaluation/unmasked.ts',
    text: '    ...pick(pictures, IMAGE_METRICS),\n',
    replacement: '',
    breaks: 'bad pictures without a mask are left out of the metrics of pictures too',
    test: ava(UNMASKED, PARTLY),
  },
  {
    name: 'own-pictures-upside',
    file: 'lib/training/pictures.ts',
    text: 'outcome.value.height / outcome.value.width',
    replacement: 'outcome.value.width / outcome.value.height',
    breaks: 'upright pictures are squeezed into lying ones',
    test: ava(WHOLE, SIDES),
  },
  {
    name: 'orientation-not-stored',
    file: 'lib/options/metadata.ts',
    text: "return oriented(resolveGeometry(options, 'geometry', encoder), orientation);",
    replacement: "return resolveGeometry(options, 'geometry', encoder);",
    breaks: 'a model that was trained on upright photos reads them lying once it is loaded',
    test: ava(WHOLE, STORED),
  },
];
