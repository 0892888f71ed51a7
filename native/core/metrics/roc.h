// Area under the ROC curve: the chance that a positive outranks a negative, a tie counting half.
#pragma once

#include <optional>

#include "tie_group.h"

namespace dinomaly {

class RocArea {
 public:
  void add(const TieGroup& group) { pairs_ += group.negatives * (group.true_positives - 0.5 * group.positives); }
  void merge(const RocArea& other) { pairs_ += other.pairs_; }

  // nullopt without positives or without negatives.
  std::optional<double> value(double positives, double negatives) const {
    if (positives == 0 || negatives == 0) return std::nullopt;
    return pairs_ / positives / negatives;
  }

 private:
  double pairs_ = 0;  // pairs of a positive and a negative in the right order
};

}  // namespace dinomaly
