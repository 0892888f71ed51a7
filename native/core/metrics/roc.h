// Area under the ROC curve: the chance that a positive outranks a negative, a tie counting half.
#pragma once

#include <optional>

#include "rank_step.h"

namespace dinomaly {

class RocArea {
 public:
  void add(const RankStep& step) {
    const auto& [positives, negatives, overlap] = step.bin.counts;
    pairs_ += negatives * (step.after.positives - 0.5 * positives);
    // All pairs within the bin may be in the right order, or none.
    if (!step.bin.tied()) doubt_ += 0.5 * positives * negatives;
  }
  void merge(const RocArea& other) {
    pairs_ += other.pairs_;
    doubt_ += other.doubt_;
  }

  // nullopt without positives or without negatives.
  std::optional<Estimate> value(const RankCounts& all) const {
    if (all.positives == 0 || all.negatives == 0) return std::nullopt;
    return Estimate{pairs_ / all.positives / all.negatives, doubt_ / all.positives / all.negatives};
  }

 private:
  double pairs_ = 0;  // pairs of a positive and a negative in the right order
  double doubt_ = 0;
};

}  // namespace dinomaly
