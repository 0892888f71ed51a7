// The largest F1 over all thresholds, as the authors define it: 2PR / (P + R + 1e-7).
#pragma once

#include <algorithm>
#include <optional>

#include "tie_group.h"

namespace dinomaly {

class F1Max {
 public:
  // `positives` of the whole ranking; not 0.
  explicit F1Max(double positives) : positives_(positives) {}

  void add(const TieGroup& group) {
    // Without a positive in the group recall stands still and precision falls.
    if (group.positives == 0) return;
    const double precision = group.true_positives / (group.true_positives + group.false_positives);
    const double recall = group.true_positives / positives_;
    best_ = std::max(best_, 2 * precision * recall / (precision + recall + kGuard));
  }
  void merge(const F1Max& other) { best_ = std::max(best_, other.best_); }

  // nullopt without positives.
  std::optional<double> value() const { return positives_ == 0 ? std::nullopt : std::optional(best_); }

 private:
  static constexpr double kGuard = 1e-7;

  double positives_;
  double best_ = 0;
};

}  // namespace dinomaly
