// Average precision: precision at each distinct value, weighted by the recall gained there. No interpolation.
#pragma once

#include <algorithm>
#include <cmath>
#include <optional>

#include "rank_step.h"

namespace dinomaly {

class AveragePrecision {
 public:
  void add(const RankStep& step) {
    const double positives = step.bin.counts.positives;
    if (positives == 0) return;
    const double found = step.after.positives, flagged = found + step.after.negatives;
    if (step.bin.tied()) {
      sum_ += positives * (found / flagged);
      return;
    }
    // At most: each positive at the precision of all of them, before the bin's negatives. At least: one after the
    // other, behind the negatives; sum of (t + k) / (t + k + f) over k = 1 to p is p - f * sum of 1 / (t + f + k), and
    // that sum is at most log((t + f + p) / (t + f)).
    const double highest = positives * (found / (found + step.before.negatives));
    const double ahead = step.before.positives + step.after.negatives;
    const double lost = ahead == 0 ? 0 : step.after.negatives * std::log1p(positives / ahead);
    const double lowest = std::clamp(positives - lost, 0.0, highest);
    sum_ += (highest + lowest) / 2;
    doubt_ += (highest - lowest) / 2;
  }
  void merge(const AveragePrecision& other) {
    sum_ += other.sum_;
    doubt_ += other.doubt_;
  }

  // nullopt without positives.
  std::optional<Estimate> value(const RankCounts& all) const {
    if (all.positives == 0) return std::nullopt;
    return Estimate{sum_ / all.positives, doubt_ / all.positives};
  }

 private:
  double sum_ = 0;  // of precision x positives
  double doubt_ = 0;
};

}  // namespace dinomaly
