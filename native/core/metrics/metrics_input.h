// What the metrics are computed from. Everything is viewed, nothing copied: the caller keeps it alive.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace dinomaly {

// One entry a picture in every list. H x W is the same for all, unless `widths` are given.
struct MetricsInput {
  std::vector<std::span<const float>> maps;     // anomaly maps, each [H * W]
  std::vector<std::span<const uint8_t>> masks;  // each [H * W], anomalous above mask_limit
  int64_t height = 0, width = 0;
  std::vector<int64_t> widths;      // W of each picture where they differ; empty: all have height x width
  std::vector<uint8_t> labels;      // non-zero for an anomalous picture; empty: those with an anomalous pixel
  std::vector<double> scores;       // empty: no metrics of pictures
  uint8_t mask_limit = 0;           // 0, or 127 where grey levels say how much of a pixel is anomalous
  std::optional<double> threshold;  // above it a pixel counts as anomalous in ClassMetrics::segmentation
  int64_t first_picture = 0;        // number of the first picture, for messages

  int64_t width_of(size_t picture) const { return widths.empty() ? width : widths[picture]; }
  int64_t pixels_of(size_t picture) const { return static_cast<int64_t>(maps[picture].size()); }
  // Of all pictures.
  int64_t pixels() const;
};

// Throws INVALID_INPUT: lists of different lengths, no picture, a map or mask of another size, a score that is not
// finite.
void validate(const MetricsInput& input);

}  // namespace dinomaly
