// Average precision: precision at each distinct score, weighted by the recall gained there. No interpolation.
#pragma once

#include <optional>

#include "tie_group.h"

namespace dinomaly {

class AveragePrecision {
 public:
  void add(const TieGroup& group) {
    if (group.positives == 0) return;
    sum_ += group.positives * (group.true_positives / (group.true_positives + group.false_positives));
  }
  void merge(const AveragePrecision& other) { sum_ += other.sum_; }

  // nullopt without positives.
  std::optional<double> value(double positives) const {
    return positives == 0 ? std::nullopt : std::optional(sum_ / positives);
  }

 private:
  double sum_ = 0;  // of precision x positives
};

}  // namespace dinomaly
