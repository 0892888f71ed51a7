// Faults in the metrics.
import { ava, core, parity } from './tests.mjs';

const RANKED = core('image and pixel metrics equal their definitions, with ties and without');
const EXACT_PRO = core('the exact PRO figures equal their definition, with ties and without');
const AUPRO = core('AUPRO equals its definition, with values on the thresholds and without');
const REGIONS = core('regions are those that flooding through sides and corners finds, in the same order');
const GRID = 'native/core/metrics/pro_grid.cpp';

/** @type {import('./tests.mjs').Mutation[]} */
export const metrics = [
  {
    name: 'roc-ties',
    file: 'native/core/metrics/roc.h',
    text: 'pairs_ += negatives * (step.after.positives - 0.5 * positives);',
    replacement: 'pairs_ += negatives * step.after.positives;',
    breaks: 'a tie counts as the right order',
    test: RANKED,
  },
  {
    name: 'ap-precision-before',
    file: 'native/core/metrics/average_precision.h',
    text: 'const double found = step.after.positives, flagged = found + step.after.negatives;',
    replacement: 'const double found = step.after.positives, flagged = found + step.before.negatives;',
    breaks: 'the precision of a tie leaves out its negatives',
    test: RANKED,
  },
  {
    name: 'f1-guard',
    file: 'native/core/metrics/f1_max.h',
    text: 'static constexpr double kGuard = 1e-7;',
    replacement: 'static constexpr double kGuard = 0;',
    breaks: "F1 lacks the authors' guard against 0 / 0",
    test: ava('test/native/metrics.test.ts', "metrics equal scikit-learn's and the authors' (smooth)"),
  },
  {
    name: 'f1-threshold',
    file: 'native/core/metrics/f1_max.h',
    text: 'double middle = *below_ + (value_ - *below_) / 2;',
    replacement: 'double middle = value_;',
    breaks: 'the threshold of the largest F1 is a score itself',
    test: core('a threshold lies halfway to the next value below, and just below the lowest value where none is'),
  },
  {
    name: 'pro-grid-steps',
    file: GRID,
    text: 'constexpr float kSteps = 200;',
    replacement: 'constexpr float kSteps = 100;',
    breaks: 'AUPRO has half its thresholds',
    test: core("thresholds are numpy's to the bit"),
  },
  {
    name: 'pro-grid-pitch',
    file: GRID,
    text: 'const double pitch = static_cast<double>(second) - static_cast<double>(lo);',
    replacement: 'const double pitch = static_cast<double>(second) * 0 + static_cast<double>(step);',
    breaks: "the pitch of the thresholds is not rounded as numpy's is",
    test: core("thresholds are numpy's to the bit"),
  },
  {
    name: 'pro-limit',
    file: GRID,
    text: 'constexpr double kRateLimit = 0.3;',
    replacement: 'constexpr double kRateLimit = 0.31;',
    breaks: 'AUPRO goes up to another false positive rate',
    test: parity('cases', 'metrics'),
  },
  {
    name: 'pro-limit-included',
    file: GRID,
    text: 'return point.rate < kRateLimit;',
    replacement: 'return point.rate <= kRateLimit;',
    breaks: 'a false positive rate of exactly 0.3 is kept',
    test: core('a false positive rate of exactly 0.3 is left out of AUPRO'),
  },
  {
    name: 'pro-unscaled',
    file: GRID,
    text: 'const double width = points[i - 1].rate / largest - points[i].rate / largest;',
    replacement: 'const double width = (points[i - 1].rate - points[i].rate) / kRateLimit + 0 * largest;',
    breaks: 'rates are divided by the limit, not by the largest one kept',
    test: AUPRO,
  },
  {
    name: 'pro-threshold-included',
    file: GRID,
    text: `&& value > thresholds_[static_cast<size_t>(bin)]) ++bin;
  while (bin > 0 && !(value > thresholds_[static_cast<size_t>(bin - 1)])) --bin;`,
    replacement: `&& value >= thresholds_[static_cast<size_t>(bin)]) ++bin;
  while (bin > 0 && !(value >= thresholds_[static_cast<size_t>(bin - 1)])) --bin;`,
    breaks: 'a pixel at a threshold counts as above it',
    test: AUPRO,
  },
  {
    name: 'regions-by-sides',
    file: 'native/core/metrics/regions.cpp',
    text: 'k < middle && runs[k].begin <= runs[here].end; ++k',
    replacement: 'k < middle && runs[k].begin < runs[here].end; ++k',
    breaks: 'regions that meet at a corner to the right are two',
    test: REGIONS,
  },
  {
    name: 'regions-weigh-by-size',
    file: 'native/core/metrics/pixel_scan.cpp',
    text: 'scan->weights.push_back(1.0 / static_cast<double>(size));',
    replacement: 'scan->weights.push_back(1.0);',
    breaks: 'large regions weigh more in the exact PRO curve',
    test: EXACT_PRO,
  },
  {
    name: 'exact-pro-rate',
    file: 'native/core/metrics/rank_walk.cpp',
    text: 'kLowRate = 0.05;',
    replacement: 'kLowRate = 0.06;',
    breaks: 'the PRO figures at 0.05 are those at 0.06',
    test: parity('cases', 'exact-pro'),
  },
  {
    name: 'exact-pro-uninterpolated',
    file: 'native/core/metrics/pro_area.h',
    text: 'end = low + (high - low) * (width / step.bin.counts.negatives);',
    replacement: 'end = high;',
    breaks: 'the exact PRO curve is not interpolated at the rate',
    test: EXACT_PRO,
  },
  {
    name: 'quantile-nearest',
    file: 'native/core/metrics/quantiles.cpp',
    text: 'if (share == 0) return low;',
    replacement: 'return low + 0 * share;',
    breaks: 'quantiles are not interpolated',
    test: core('quantiles interpolate between the neighbours of all values, as numpy does'),
  },
  {
    name: 'labels-from-nothing',
    file: 'native/core/metrics/pixel_scan.cpp',
    text: 'labels.push_back(regions.sizes.empty() ? 0 : 1);',
    replacement: 'labels.push_back(regions.sizes.empty() ? 1 : 0);',
    breaks: 'pictures without a mask are taken for the anomalous ones',
    test: core('labels that are not given are those of the masks, and without scores pictures have no metrics'),
  },
  {
    name: 'mean-over-all',
    file: 'lib/evaluation/mean.ts',
    text: 'mean[metric] = defined.length === 0 ? null : sum / defined.length;',
    replacement: 'mean[metric] = defined.length === 0 ? null : sum / rows.length;',
    breaks: 'classes without a metric count as 0 in its mean',
    test: ava('test/unit/report.test.ts', 'the mean is over the classes where a metric is defined, with their count'),
  },
];
