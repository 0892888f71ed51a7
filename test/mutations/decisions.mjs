// Faults in thresholds and decisions, and in the defaults of the published runs.
import { ava } from './tests.mjs';

const CHOOSE = 'lib/thresholds/choose.ts';
const DECIDE = 'lib/thresholds/decide.ts';
const KOLMOGOROV = 'lib/thresholds/kolmogorov.ts';
const TRAIN = 'lib/options/train.ts';
const MODEL = 'lib/options/model.ts';
/** @param {string} title */
const unit = (title) => ava('test/unit/thresholds.test.ts', title);
/** @param {string} title */
const shift = (title) => ava('test/unit/thresholds-shift.test.ts', title);
const DEFAULTS = ava('test/unit/options.test.ts', 'what is not said is as in the published runs');
const INTERVALS = ava(
  'test/unit/thresholds-interval.test.ts',
  'intervals of a share are those of Clopper and Pearson, to 1e-9',
);

/** @type {import('./tests.mjs').Mutation[]} */
export const decisions = [
  {
    name: 'threshold-rejects',
    file: DECIDE,
    text: 'isAnomalous: score > override,',
    replacement: 'isAnomalous: score >= override,',
    breaks: 'a score that equals its threshold is rejected',
    test: unit('a score that equals its threshold is normal, with a threshold of the model and with one of the call'),
  },
  {
    name: 'given-threshold-rejects',
    file: DECIDE,
    text: 'isAnomalous: score > given.threshold, confidence: null',
    replacement: 'isAnomalous: score >= given.threshold, confidence: null',
    breaks: 'a score that equals a threshold given by hand is rejected',
    test: unit('a score that equals its threshold is normal, with a threshold of the model and with one of the call'),
  },
  {
    name: 'threshold-rank',
    file: CHOOSE,
    text: 'Math.floor(rate * (count + 1) * (1 + 1e-12))',
    replacement: 'Math.ceil(rate * (count + 1) * (1 + 1e-12))',
    breaks: 'more normal pictures are rejected than asked for',
    test: unit('the rank is the largest whose expected false reject rate is within the one asked for'),
  },
  {
    name: 'threshold-rank-biased',
    file: CHOOSE,
    text: 'rate * (count + 1) * (1 + 1e-12)',
    replacement: 'rate * count * (1 + 1e-12)',
    breaks: 'the rank forgets that a new score may fall above all others',
    test: unit('the rank is the largest whose expected false reject rate is within the one asked for'),
  },
  {
    name: 'threshold-counts-equal',
    file: CHOOSE,
    text: 'normals.filter((score) => score > value).length',
    replacement: 'normals.filter((score) => score >= value).length',
    breaks: 'the false reject rate counts scores at the threshold',
    test: unit('equal scores at the threshold are no rejects, and the interval counts them'),
  },
  {
    name: 'interval-of-rate',
    file: CHOOSE,
    text: 'clopperPearson(rank - 1, normals.length, level)[1],',
    replacement: 'clopperPearson(above, normals.length, level)[1],',
    breaks: 'the high end of the interval leaves out equal scores',
    test: unit('equal scores at the threshold are no rejects, and the interval counts them'),
  },
  {
    name: 'f1-lowest-cut',
    file: CHOOSE,
    text: 'if (here >= best) {',
    replacement: 'if (here > best) {',
    breaks: 'of several best thresholds the lowest is taken, which rejects most',
    test: ava(
      'test/native/metrics.test.ts',
      'the F1 threshold of a calibration is that of the metrics, to the bit, with ties too',
    ),
  },
  {
    name: 'interval-one-sided',
    file: 'lib/thresholds/interval.ts',
    text: 'const tail = (1 - level) / 2;',
    replacement: 'const tail = 1 - level;',
    breaks: 'intervals are too narrow',
    test: INTERVALS,
  },
  {
    name: 'beta-fraction',
    file: 'lib/thresholds/beta.ts',
    text: 'const odd = (-(a + m) * (a + b + m) * x)',
    replacement: 'const odd = (-(a + m) * (a + b - m) * x)',
    breaks: 'the beta distribution is wrong',
    test: INTERVALS,
  },
  {
    name: 'confidence-scale',
    file: DECIDE,
    text: 'const LOGIT = Math.log(19);',
    replacement: 'const LOGIT = Math.log(9);',
    breaks: 'the median normal picture has a confidence of 0.1',
    test: unit('the confidence is 0.5 at the threshold, 0.05 at the median normal picture, and rises strictly between'),
  },
  {
    name: 'class-threshold-ignored',
    file: DECIDE,
    text: 'return ownOf(classes, className) ?? image;',
    replacement: 'return ownOf(classes, className) === undefined ? image : image;',
    breaks: 'the threshold of a class is never taken',
    test: unit('a class has its own threshold, any other takes the one of all classes'),
  },
  {
    name: 'pixel-peak-finite',
    file: CHOOSE,
    text: 'peak = Math.max(peak, value);',
    replacement: 'peak = Math.min(peak, value);',
    breaks: "the pixel threshold is of the maps' smallest values",
    test: unit('the pixel threshold bounds the share of normal pictures with any pixel above it'),
  },
  {
    name: 'shift-one-sided',
    file: KOLMOGOROV,
    text: 'largest = Math.max(largest, Math.abs(i * b.length - j * a.length));',
    replacement: 'largest = Math.max(largest, i * b.length - j * a.length);',
    breaks: 'a shift to one side is not seen',
    test: shift('statistic and exact p-value are those of the two-sample test, with ties and without'),
  },
  {
    name: 'shift-p-value',
    file: KOLMOGOROV,
    text: 'if (Math.abs(i * n - j * m) >= deviation) {',
    replacement: 'if (Math.abs(i * n - j * m) > deviation) {',
    breaks: 'the p-value leaves out deviations as large as the one observed',
    test: shift('statistic and exact p-value are those of the two-sample test, with ties and without'),
  },
  {
    name: 'shift-early',
    file: 'lib/thresholds/shift.ts',
    text: 'const alarm = n === this.#window && pValue <= this.#alpha;',
    replacement: 'const alarm = pValue <= this.#alpha;',
    breaks: 'the alarm comes before the window is full',
    test: shift('no alarm before the window is full, and none after a reset'),
  },
  {
    name: 'training-picture-calibrates',
    file: 'lib/thresholds/samples.ts',
    text: "if (split === 'train') {",
    replacement: "if (split === 'train' && path === '') {",
    breaks: 'thresholds are measured on training pictures',
    test: ava(
      'test/native/thresholds-refused.test.ts',
      'calibrating on a training picture is refused, naming it and what to do',
    ),
  },
  {
    name: 'default-decay',
    file: TRAIN,
    text: 'weightDecay: 1e-4,',
    replacement: 'weightDecay: 1e-2,',
    breaks: 'the published weight decay is not the default',
    test: DEFAULTS,
  },
  {
    name: 'default-clip',
    file: TRAIN,
    text: 'clipGradNorm: 0.1,',
    replacement: 'clipGradNorm: 1,',
    breaks: 'the published clipping is not the default',
    test: DEFAULTS,
  },
  {
    name: 'default-final-rate',
    file: TRAIN,
    text: 'const FINAL_SHARE = 0.1;',
    replacement: 'const FINAL_SHARE = 0.01;',
    breaks: 'the rate falls lower than in the published runs',
    test: DEFAULTS,
  },
  {
    name: 'default-dropout',
    file: MODEL,
    text: 'bottleneckDropout: 0.2,',
    replacement: 'bottleneckDropout: 0.4,',
    breaks: 'the published rate of the noise is not the default',
    test: DEFAULTS,
  },
  {
    name: 'default-ramp',
    file: 'lib/options/loss.ts',
    text: 'easyRampSteps: 1000,',
    replacement: 'easyRampSteps: 100,',
    breaks: 'the share of easy points rises faster than published',
    test: DEFAULTS,
  },
  {
    name: 'default-score-share',
    file: MODEL,
    text: 'scoreRatio: 0.01,',
    replacement: 'scoreRatio: 0.001,',
    breaks: 'the score is not of the largest hundredth',
    test: DEFAULTS,
  },
  {
    name: 'scheme-pairs',
    file: 'lib/options/scheme.ts',
    text: 'position % 2 === 1',
    replacement: 'position % 2 === 0',
    breaks: 'the sparse scheme compares the other layers',
    test: ava('test/unit/options.test.ts', 'the schemes of figure 4 by name and by letter'),
  },
];
