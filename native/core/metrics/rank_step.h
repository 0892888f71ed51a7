// One step of a ranking: the samples of a value, or of a narrow range of values, taken from the highest value down. All
// metrics are sums or maxima over these steps, so that a ranking is walked once for all of them.
//
// A bin of one value is a tie group and every figure made of it is exact. In a wider bin the order of its samples is
// not known: what it may add to a metric is an interval, of which the middle is taken and half the width is the doubt.
#pragma once

namespace dinomaly {

// Counts are doubles: exact up to 2^53, and every formula divides them.
struct RankCounts {
  double positives = 0, negatives = 0;
  double overlap = 0;  // of the positives, each 1 / pixels of its region; 0 where there are no regions

  void add(const RankCounts& other) {
    positives += other.positives;
    negatives += other.negatives;
    overlap += other.overlap;
  }
};

struct RankBin {
  double low, high;  // no value is outside
  RankCounts counts;

  bool tied() const { return low == high; }
};

struct RankStep {
  const RankBin& bin;
  RankCounts before, after;  // all that ranks above the bin; that and the bin
};

// A metric and how far off it may be: 0 where every bin is a tie group.
struct Estimate {
  double value = 0, bound = 0;
};

}  // namespace dinomaly
