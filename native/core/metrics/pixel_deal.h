// The pixels of many pictures dealt once into buckets by the upper bits of their keys (float_key), normal and anomalous
// ones apart: what a comparison sort would take minutes for.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "../progress.h"
#include "metrics_input.h"
#include "pixel_scan.h"

namespace dinomaly {

// An anomalous pixel.
struct Positive {
  uint32_t key;
  uint32_t region;  // index into PixelScan::weights
};

class PixelDeal {
 public:
  // Pictures [begin, end). A bucket spans 2^shift keys, at least 2^least_shift, and begins at a multiple of that.
  // Takes 4 bytes a normal pixel and 8 an anomalous one. input and scan outlive it. Throws ABORTED.
  PixelDeal(const MetricsInput& input, const PixelScan& scan, size_t begin, size_t end, int least_shift,
            const StopToken& stop, const ProgressStretch& progress);

  size_t buckets() const { return buckets_; }
  int shift() const { return shift_; }
  // The first key of a bucket.
  uint32_t first_key(size_t bucket) const { return base_ + (static_cast<uint32_t>(bucket) << shift_); }
  // In the order of the pictures and their pixels; free to be reordered.
  std::span<uint32_t> normal(size_t bucket) const { return slot(normal_.get(), normal_starts_, bucket); }
  std::span<Positive> anomalous(size_t bucket) const { return slot(anomalous_.get(), anomalous_starts_, bucket); }

 private:
  template <typename Item>
  static std::span<Item> slot(Item* items, const std::vector<size_t>& starts, size_t bucket) {
    return {items + starts[bucket], starts[bucket + 1] - starts[bucket]};
  }

  size_t bucket(uint32_t key) const { return (key - base_) >> shift_; }
  template <typename VisitNormal, typename VisitAnomalous>
  void visit_task(int64_t task, const VisitNormal& normal, const VisitAnomalous& anomalous) const;
  template <typename VisitNormal, typename VisitAnomalous>
  void visit_part(size_t picture, int64_t from, int64_t to, const VisitNormal& normal,
                  const VisitAnomalous& anomalous) const;
  void deal(const StopToken& stop, const ProgressStretch& progress);

  const MetricsInput& input_;
  const PixelScan& scan_;
  size_t begin_;
  int shift_ = 0;
  uint32_t base_ = 0;
  size_t buckets_ = 0;
  int64_t pixels_ = 0, tasks_ = 0;
  std::vector<int64_t> starts_;                           // of each picture, the pixels before it
  std::vector<size_t> normal_starts_, anomalous_starts_;  // of each bucket, and the end
  std::unique_ptr<uint32_t[]> normal_;
  std::unique_ptr<Positive[]> anomalous_;
};

}  // namespace dinomaly
