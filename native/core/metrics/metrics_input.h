// What the metrics are computed from. Everything is viewed, nothing copied: the caller keeps it alive.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace dinomaly {

// One entry a picture in every list. H x W is the same for all.
struct MetricsInput {
  std::vector<std::span<const float>> maps;     // anomaly maps, each [H * W]
  std::vector<std::span<const uint8_t>> masks;  // each [H * W], non-zero where anomalous
  int64_t height = 0, width = 0;
  std::vector<uint8_t> labels;  // non-zero for an anomalous picture
  std::vector<double> scores;
};

// Throws INVALID_INPUT: lists of different lengths, no picture, or a map or mask of another size.
void validate(const MetricsInput& input);

}  // namespace dinomaly
