// AUPRO as the authors compute it: mean overlap of the regions against the false positive rate at about 200 thresholds,
// points of a rate below 0.3, rates divided by the largest of them.
//
// Legend: T thresholds, rising. A pixel counts at threshold t when its value is above t.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "rank_step.h"
#include "regions.h"

namespace dinomaly {

// numpy.arange(lo, hi, (hi - lo) / 200) on float32 scalars, to the bit: 200 or 201 values. Empty where hi <= lo or the
// step is no positive finite float32.
std::vector<double> pro_thresholds(float lo, float hi);

// Normal pixels and overlap of the regions above a threshold: between two counts, of which the truth is neither more
// nor less. They are one where no bin holds values on both sides of the threshold.
struct GridPoint {
  RankCounts least, most;
};

// Thresholds [begin, end) of the grid.
struct GridShare {
  size_t begin = 0, end = 0;
};

// The points of a run of the ranking, from the highest threshold down.
class GridCounts {
 public:
  GridCounts(std::span<const double> thresholds, GridShare share)
      : thresholds_(thresholds), begin_(share.begin), next_(share.end) {}

  void add(const RankStep& step) {
    while (next_ > begin_ && thresholds_[next_ - 1] >= step.bin.low) {
      const bool inside = step.bin.high > thresholds_[next_ - 1];
      points_.push_back({step.before, inside ? step.after : step.before});
      --next_;
    }
  }
  // Thresholds below all bins of the run.
  void end(const RankCounts& counts) {
    for (; next_ > begin_; --next_) points_.push_back({counts, counts});
  }
  void merge(const GridCounts& below) { points_.insert(points_.end(), below.points_.begin(), below.points_.end()); }

  const std::vector<GridPoint>& points() const { return points_; }

 private:
  std::span<const double> thresholds_;
  size_t begin_, next_;  // next_: one behind the threshold that comes next
  std::vector<GridPoint> points_;
};

// Overlap of regions above each threshold. Pictures may be counted apart and merged; the sum is rounded in the order of
// the pictures and their pixels.
class GridOverlap {
 public:
  // `thresholds` as from pro_thresholds, not empty; they outlive the counts.
  explicit GridOverlap(const std::vector<double>& thresholds);

  // map [height * width] and the regions of its mask.
  void add(std::span<const float> map, const Regions& regions, int64_t width);
  void merge(const GridOverlap& other);

  std::vector<double> above() const;  // [T], of the highest threshold first

 private:
  size_t bin(float value) const;  // thresholds below the value

  const std::vector<double>& thresholds_;
  double bins_per_unit_ = 0;
  std::vector<double> overlap_;  // [T + 1] anomalous pixels, each weighing 1 / pixels of its region
};

// `points` from the highest threshold down. nullopt without a region, without a normal pixel, with fewer than two
// points below the rate, or when all of those have rate 0. The bound is 1 where that is in doubt.
std::optional<Estimate> grid_area(const std::vector<GridPoint>& points, double regions, double normal);

}  // namespace dinomaly
