// The largest F1 over all thresholds, as the authors define it: 2PR / (P + R + 1e-7).
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "rank_step.h"

namespace dinomaly {

// The next value towards minus infinity that `value`'s type holds: a float where `single`.
inline double next_below(double value, bool single) {
  constexpr double kLowest = -std::numeric_limits<double>::infinity();
  if (!single || value <= std::numeric_limits<float>::lowest()) return std::nextafter(value, kLowest);
  return std::nextafter(static_cast<float>(value), -std::numeric_limits<float>::infinity());
}

class F1Max {
 public:
  // `positives` of the whole ranking.
  explicit F1Max(double positives) : positives_(positives) {}

  void add(const RankStep& step) {
    meet(step.bin.high);
    // Without a positive in the bin recall stands still and precision falls.
    if (step.bin.counts.positives == 0) return;
    const double here = f1(step.after.positives, step.after.negatives);
    if (here > best_) {
      best_ = here;
      value_ = step.bin.low;
      waiting_ = true;
      below_.reset();
    }
    // Within a bin all its positives may come before its negatives.
    most_ = std::max(most_, step.bin.tied() ? here : f1(step.after.positives, step.before.negatives));
  }

  // `other` is the run of the ranking that follows.
  void merge(const F1Max& other) {
    if (other.first_) meet(*other.first_);
    most_ = std::max(most_, other.most_);
    if (!(other.best_ > best_)) return;
    best_ = other.best_;
    value_ = other.value_;
    below_ = other.below_;
    waiting_ = other.waiting_;
  }

  // nullopt without positives. The value is reached at threshold().
  std::optional<Estimate> value() const {
    if (positives_ == 0) return std::nullopt;
    return Estimate{best_, most_ - best_};
  }

  // Halfway between the lowest value that counts as anomalous and the next value below, rounded down to a float where
  // `single`: what is above it is exactly what reaches the largest F1. Where several thresholds do, the highest. Where
  // nothing is below, the next number below the lowest value.
  std::optional<double> threshold(bool single) const {
    if (positives_ == 0) return std::nullopt;
    if (!below_) return next_below(value_, single);
    double middle = *below_ + (value_ - *below_) / 2;
    if (single) middle = static_cast<float>(middle);
    return middle < value_ && middle >= *below_ ? middle : *below_;
  }

 private:
  static constexpr double kGuard = 1e-7;

  double f1(double found, double wrong) const {
    const double precision = found / (found + wrong), recall = found / positives_;
    return 2 * precision * recall / (precision + recall + kGuard);
  }

  // The highest value of a bin that follows.
  void meet(double value) {
    if (!first_) first_ = value;
    if (waiting_) below_ = value;
    waiting_ = false;
  }

  double positives_;
  double best_ = 0, most_ = 0;
  double value_ = 0;             // lowest value that counts at the best
  std::optional<double> below_;  // highest value that does not
  bool waiting_ = false;         // for it
  std::optional<double> first_;  // highest value of this run
};

}  // namespace dinomaly
