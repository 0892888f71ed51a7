/** Thresholds in a model file's metadata: read as written, and refused where they are damaged or hostile. */
import test from 'ava';
import { readMetadata, writeMetadata } from '../../lib/options/metadata.js';
import { formatThresholds } from '../../lib/report/thresholds.js';
import { checkThresholds } from '../../lib/thresholds/check.js';
import { quantileThreshold } from '../../lib/thresholds/choose.js';
import type { Thresholds } from '../../lib/thresholds/types.js';
import { madeMetadata } from '../helpers/metadata.js';

const image = quantileThreshold([0.125, 0.25, 0.5], 0.01, 0.95);
const thresholds: Thresholds = {
  method: 'false-reject-rate',
  falseRejectRate: 0.01,
  confidenceLevel: 0.95,
  image,
  classes: { nut: image, 'ä "quoted"': image },
  pixel: { value: 0.75, images: 3, falseRejectRate: 0.01, falseRejectInterval: [0.005, 0.02] },
  pixelClasses: { nut: { value: 0.25, images: 3, falseRejectRate: 0, falseRejectInterval: [0, 0.7] } },
  scoring: { map: [256, 256], scoreRatio: 0.01, precision: 'fp32' },
  notes: ['Three pictures are few.'],
};

const strings = madeMetadata(['nut'], thresholds);

const read = (text: string): unknown => readMetadata({ ...strings, thresholds: text }, 'some/model').thresholds;

test('thresholds come back as they were written, and a file without them has none', (t) => {
  t.deepEqual(readMetadata(strings, 'model').thresholds, thresholds);
  t.is(strings.formatVersion, '1');
  const { thresholds: _, ...without } = strings;
  t.is(readMetadata(without, 'model').thresholds, null);
  const { thresholds: text } = writeMetadata({ ...readMetadata(without, 'model'), thresholds: null });
  t.is(text, undefined);
});

test('what was read is frozen through and through', (t) => {
  const checked = checkThresholds(structuredClone(thresholds), 'thresholds');
  const parts = [
    checked,
    checked.image,
    checked.image.normalScores,
    checked.classes,
    checked.pixel,
    checked.scoring.map,
  ];
  t.true(parts.every((part) => Object.isFrozen(part)));
});

interface Damaged {
  image: Record<string, unknown>;
  [key: string]: unknown;
}
type Edit = (value: Damaged) => unknown;

const damages: readonly (readonly [title: string, edit: Edit, cause: RegExp])[] = [
  ['a threshold that is null, as NaN is in JSON', (it) => (it.image.value = null), /thresholds\.image\.value/],
  ['a threshold of text', (it) => (it.image.value = '0.5'), /thresholds\.image\.value/],
  ['a threshold too large to subtract', (it) => (it.image.value = 1e301), /thresholds\.image\.value/],
  ['no picture', (it) => (it.image.images = 0), /thresholds\.image\.images/],
  ['half a picture', (it) => (it.image.images = 1.5), /thresholds\.image\.images/],
  ['a rate above 1', (it) => (it.image.falseRejectRate = 1.1), /falseRejectRate/],
  ['an interval upside down', (it) => (it.image.falseRejectInterval = [0.5, 0.1]), /falseRejectInterval\[1\]/],
  ['an interval of three', (it) => (it.image.falseRejectInterval = [0, 0.5, 1]), /falseRejectInterval/],
  ['a low end above the threshold', (it) => (it.image.low = 0.5), /thresholds\.image\.low/],
  ['scores out of order', (it) => (it.image.normalScores = [2, 1]), /normalScores\[1\]/],
  ['a score that is null', (it) => (it.image.normalScores = [null]), /normalScores\[0\]/],
  ['more scores than pictures', (it) => (it.image.images = 1), /at most as many .* for .*normalScores\.length/],
  [
    'a pixel threshold that 32 bits cannot hold',
    (it) => Object.assign(it.pixel as object, { value: 1e300 }),
    /pixel\.value/,
  ],
  ['no scores', (it) => (it.image.normalScores = []), /normalScores/],
  ['more scores than are kept', (it) => (it.image.normalScores = Array(1025).fill(0)), /1 to 1024.*normalScores/],
  ['a million scores', (it) => (it.image.normalScores = Array(1e6).fill(0)), /normalScores/],
  ['an unknown key', (it) => (it.image.colour = 1), /thresholds\.image\.colour/],
  ['an unknown method', (it) => (it.method = 'guess'), /thresholds\.method/],
  ['a rate beside F1', (it) => (it.method = 'f1-max'), /thresholds\.falseRejectRate/],
  ['no rate', (it) => (it.falseRejectRate = null), /thresholds\.falseRejectRate/],
  ['a list of classes', (it) => (it.classes = []), /thresholds\.classes/],
  ['a class that is null', (it) => (it.classes = { nut: null }), /thresholds\.classes\.nut/],
  [
    'more classes than a file may have',
    (it) => (it.classes = Object.fromEntries(Array.from({ length: 2049 }, (_, at) => [`c${at}`, image]))),
    /at most 2048 classes/,
  ],
  ['no pixel threshold', (it) => (it.pixel = undefined), /thresholds\.pixel/],
  ['a map of one side', (it) => (it.scoring = { map: [256], scoreRatio: 0, precision: 'fp32' }), /scoring\.map/],
  ['an unknown precision', (it) => (it.scoring = { map: 256, scoreRatio: 0, precision: 'int4' }), /precision/],
  ['notes of numbers', (it) => (it.notes = [1]), /notes\[0\]/],
];
for (const [title, edit, message] of damages) {
  test(`thresholds with ${title} are refused by name`, (t) => {
    const value = JSON.parse(JSON.stringify(thresholds));
    edit(value);
    const error = t.throws(() => read(JSON.stringify(value)), { code: 'METADATA_INVALID', message });
    t.regex(error?.message ?? '', /some\/model/);
  });
}

test('a class may be called as a property of every object: its threshold is read, and changes no object', (t) => {
  const own = JSON.stringify(image);
  const text = JSON.stringify({ ...thresholds, classes: {} }).replace(
    '"classes":{}',
    `"classes":{"__proto__":${own},"constructor":${own},"hasOwnProperty":${own}}`,
  );
  const classes = readMetadata({ ...strings, thresholds: text }, 'some/model').thresholds?.classes ?? {};
  t.deepEqual(Object.keys(classes), ['__proto__', 'constructor', 'hasOwnProperty']);
  t.is(JSON.stringify(classes), `{"__proto__":${own},"constructor":${own},"hasOwnProperty":${own}}`);
  t.is(({} as Record<string, unknown>).value, undefined);
});

test('text that is no JSON, and text of too many characters, are refused', (t) => {
  for (const text of ['', '{', 'null', '5', '[]']) {
    t.throws(() => read(text), { code: 'METADATA_INVALID', message: /some\/model/ }, text);
  }
  t.throws(() => read(' '.repeat(64e6 + 1)), { code: 'METADATA_INVALID', message: /64000001 characters/ });
});

test('the table has a row a class, and says how the thresholds were chosen', (t) => {
  const lines = formatThresholds(thresholds).split('\n');
  t.regex(lines[0] ?? '', /^class +threshold +pictures +rejects +interval at 0\.95$/);
  t.regex(lines[2] ?? '', /^nut +0\.500000 +3 +0\.00 +0\.00 - 70\.76$/);
  t.true(lines.some((line) => /^nut: pixels +0\.25/.test(line)));
  t.true(lines.some((line) => /^all classes +0\.5/.test(line)));
  t.true(lines.some((line) => /^pixels +0\.75.* 1\.00 +0\.50 - 2\.00$/.test(line)));
  t.true(lines.includes('Three pictures are few.'));
  t.regex(lines.at(-1) ?? '', /for a false reject rate of 0\.01/);
  const f1 = formatThresholds({ ...thresholds, method: 'f1-max', falseRejectRate: null });
  t.regex(f1, /largest.*flatter/);
  t.throws(() => formatThresholds({} as never), { instanceOf: TypeError });
});
