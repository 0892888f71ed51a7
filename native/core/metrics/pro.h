// AUPRO: per-region overlap against the false positive rate, integrated up to a rate of 0.3 over the authors' grid of
// about 200 thresholds.
//
// Legend: T thresholds, rising. A pixel counts at threshold t when its value is above t.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "../stop_token.h"
#include "metrics_input.h"

namespace dinomaly {

// numpy.arange(lo, hi, (hi - lo) / 200) on float32 scalars, to the bit: 200 or 201 values. Empty where hi <= lo or the
// step is no positive finite float32.
std::vector<double> pro_thresholds(float lo, float hi);

// What the curve is made of. Pictures may be counted apart and merged.
class ProCounts {
 public:
  // `thresholds` as from pro_thresholds, not empty; they outlive the counts.
  explicit ProCounts(const std::vector<double>& thresholds);

  // map and mask [height * width].
  void add(std::span<const float> map, std::span<const uint8_t> mask, int64_t height, int64_t width);
  void merge(const ProCounts& other);

  // Area under the points of a rate below 0.3, rates divided by the largest of them. nullopt without a region, without
  // a normal pixel, with fewer than two such points, or when all of them have rate 0.
  std::optional<double> area() const;

 private:
  size_t bin(float value) const;  // thresholds below the value

  const std::vector<double>& thresholds_;
  double bins_per_unit_;
  // By bin, T + 1 of them.
  std::vector<int64_t> negatives_;  // pixels
  std::vector<double> overlap_;     // anomalous pixels, each weighing 1 / pixels of its region
  int64_t regions_ = 0;
};

// Of all pictures, in parallel. lo and hi are the smallest and the largest value of the maps. Throws ABORTED.
std::optional<double> aupro(const MetricsInput& input, float lo, float hi, const StopToken& stop);

}  // namespace dinomaly
