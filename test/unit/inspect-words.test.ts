/** What `dinomaly inspect` chooses by the machine, and the sentence that it ends with. */
import test from 'ava';
import { choosePreset, PRESET_NAMES, PRESETS } from '../../lib/cli/inspect-presets.js';
import { aboutTime, inspectWords, thresholdWords } from '../../lib/cli/inspect-words.js';
import type { ClassDecisions } from '../../lib/report/decisions.js';
import { quantileThreshold } from '../../lib/thresholds/choose.js';
import type { Threshold, Thresholds } from '../../lib/thresholds/types.js';

const GIB = 2 ** 30;
const of = (count: number, rate = 0.05): Threshold =>
  quantileThreshold(
    Array.from({ length: count }, (_, at) => at / count),
    rate,
    0.95,
  );

function thresholds(image: Threshold, classes: Readonly<Record<string, Threshold>> = {}): Thresholds {
  const rest = { method: 'false-reject-rate', falseRejectRate: 0.05, confidenceLevel: 0.95 } as const;
  const scoring = { map: [2, 2], scoreRatio: 0, precision: 'fp32' } as const;
  return { ...rest, image, classes, pixel: image, pixelClasses: {}, scoring, notes: [] };
}

function decided(truePositives: number, bad: number, falsePositives: number, good: number): ClassDecisions {
  const pictures = [...Array(bad).fill(1), ...Array(good).fill(0)].map((label, at) => ({
    path: `${at}.png`,
    className: 'bolt',
    label,
    defect: '',
    score: 1,
    decision: null,
  }));
  const falseNegatives = bad - truePositives;
  const confusion = { truePositives, falseNegatives, falsePositives, trueNegatives: good - falsePositives };
  return { name: 'bolt', pictures, threshold: 0.5, source: 'model', confusion };
}

test('the preset goes by the GPU, the cores and the memory', (t) => {
  const name = (cuda: boolean, cores: number, memory: number): string => choosePreset({ cuda, cores, memory }).name;
  t.is(name(true, 2, 4 * GIB), 'accurate');
  t.is(name(false, 16, 32 * GIB), 'balanced');
  t.is(name(false, 16, 8 * GIB), 'fast');
  t.is(name(false, 2, 32 * GIB), 'fast');
  t.regex(choosePreset({ cuda: false, cores: 2, memory: 8 * GIB }).because, /^2 cores, 8 GiB of memory, no CUDA GPU$/);
});

test('from one preset to the next the work rises', (t) => {
  const work = PRESET_NAMES.map((name) => PRESETS[name].side * PRESETS[name].iterations * PRESETS[name].batchSize);
  t.deepEqual(
    work,
    work.toSorted((a, b) => a - b),
  );
});

test('the sentence tells what was found, what would be rejected, and what the threshold is worth', (t) => {
  t.is(
    inspectWords(thresholds(of(40)), ['bolt'], [decided(12, 14, 1, 40)], false),
    'Of 14 bad parts 12 were found; of 40 good parts 1 would be rejected. The threshold is from 40 good pictures: ' +
      'expect 0.1-13 % of new good parts to be rejected. More good pictures make that narrower.',
  );
  t.notRegex(thresholdWords(thresholds(of(400)), ['bolt']), /More good pictures/);
});

test('without bad pictures, without any to test on, and without a trained encoder the sentence says so', (t) => {
  const good = inspectWords(thresholds(of(40)), ['bolt'], [decided(0, 0, 1, 8)], false);
  t.regex(good, /^Of 8 good parts 1 would be rejected\. There were no bad pictures to find: add some/);
  t.regex(
    inspectWords(thresholds(of(40)), ['bolt'], [], false),
    /^There were no bad pictures.* The threshold is from 40/,
  );
  t.regex(
    inspectWords(thresholds(of(40)), ['bolt'], [], true),
    /^TRIAL with an untrained encoder, not an inspection: /,
  );
});

test('the thresholds of several classes are told from the fewest pictures to the most, and the widest interval', (t) => {
  const all = thresholds(of(60), { bolt: of(20), nut: of(40) });
  t.is(
    thresholdWords(all, ['bolt', 'nut']),
    'The thresholds of the classes are from 20 to 40 good pictures each: expect 0-17 % of new good parts to be rejected. ' +
      'More good pictures make that narrower.',
  );
  t.regex(thresholdWords(all, ['washer', 'ring']), /^The threshold is from 60 good pictures/);
});

test('times are told as one plans with them', (t) => {
  t.deepEqual([0.2, 40, 700, 3600 * 5].map(aboutTime), [
    'about 1 second',
    'about 40 seconds',
    'about 12 minutes',
    'about 5 hours',
  ]);
});
