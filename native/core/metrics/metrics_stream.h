// Metrics of more pictures than memory holds: pixels are counted, not kept.
#pragma once

#include "class_metrics.h"
#include "counter_pages.h"

namespace dinomaly {

class MetricsStream {
 public:
  // At most `max_bytes` of counters. Beside them a call takes 4 bytes a normal pixel and 8 an anomalous one, of at most
  // some 8 million pixels at a time (or one picture, where it is larger), and 9 bytes a picture are kept.
  MetricsStream(int64_t height, int64_t width, uint8_t mask_limit, int64_t max_bytes);

  // Pictures of the stream's size, or of their own widths; input.first_picture, its size and mask limit are set here.
  // Either every call has scores or none. Throws as compute_metrics; what is refused leaves the stream as it was, but
  // where a call was aborted or found no memory while it counted, later calls throw INVALID_INPUT.
  void add(MetricsInput input, const MetricsHooks& hooks = {});

  // Of all pictures so far; pictures may follow. Equal to compute_metrics within the bounds that it gives.
  ClassMetrics metrics(int points = 0, const MetricsHooks& hooks = {}) const;

  int64_t pictures() const { return static_cast<int64_t>(labels_.size()); }
  int64_t bytes() const { return pages_.bytes(); }

 private:
  void count(const MetricsInput& input, const PixelScan& scan, const MetricsHooks& hooks);
  RankWalk walk(const RankContext& context, const MetricsHooks& hooks) const;
  RankBin bin(uint32_t first, uint32_t last, const RankCounts& counts) const;
  void check_whole() const;

  const int64_t height_, width_;
  const uint8_t mask_limit_;
  CounterPages pages_;
  std::vector<uint8_t> labels_;
  std::vector<double> scores_;
  float lowest_ = std::numeric_limits<float>::infinity();
  float highest_ = -std::numeric_limits<float>::infinity();
  uint8_t highest_mask_ = 0;
  int64_t pixels_ = 0, positives_ = 0, regions_ = 0;
  std::optional<PixelConfusion> segmentation_;  // where every call had a threshold
  bool broken_ = false;                         // a call ended while it counted
};

}  // namespace dinomaly
