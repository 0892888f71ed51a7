// The exact PRO curve: mean overlap of the regions against the false positive rate at every threshold, straight lines
// between. Its area up to a rate, and its height there.
#pragma once

#include <algorithm>
#include <optional>

#include "rank_step.h"

namespace dinomaly {

class ProArea {
 public:
  // `rate` above 0 and below 1; `negatives` of the whole ranking.
  ProArea(double rate, double negatives) : limit_(rate * negatives) {}

  void add(const RankStep& step) {
    if (step.bin.counts.negatives == 0 || step.before.negatives > limit_) return;
    const double width = std::min(step.after.negatives, limit_) - step.before.negatives;
    const double low = step.before.overlap, high = step.after.overlap;
    double end = high;
    if (step.after.negatives > limit_) {
      end = low + (high - low) * (width / step.bin.counts.negatives);
      height_ = {end, step.bin.tied() ? 0 : std::max(end - low, high - end)};
    }
    area_ += width * (low + end) / 2;
    // Within a bin the curve may rise at its beginning or at its end.
    if (!step.bin.tied()) doubt_ += width * (high - (low + end) / 2);
  }

  void merge(const ProArea& other) {
    area_ += other.area_;
    doubt_ += other.doubt_;
    if (other.height_) height_ = other.height_;
  }

  // Divided by the rate. nullopt without a region or without negatives.
  std::optional<Estimate> area(double regions) const {
    if (regions == 0 || limit_ == 0) return std::nullopt;
    return Estimate{fraction(area_ / limit_ / regions), doubt_ / limit_ / regions};
  }
  // At the rate; where the curve steps up there, the top of the step.
  std::optional<Estimate> height(double regions) const {
    if (regions == 0 || !height_) return std::nullopt;
    return Estimate{fraction(height_->value / regions), height_->bound / regions};
  }

 private:
  // The overlaps are rounded sums: those of whole regions may come out a little above 1.
  static double fraction(double value) { return std::min(value, 1.0); }

  double limit_;  // in negatives
  double area_ = 0, doubt_ = 0;
  std::optional<Estimate> height_;
};

}  // namespace dinomaly
