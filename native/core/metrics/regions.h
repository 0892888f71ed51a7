// The 8-connected regions of a mask.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace dinomaly {

// Anomalous pixels [begin, end) of one row.
struct Run {
  int32_t row, begin, end;
  int32_t region;
};

struct Regions {
  std::vector<Run> runs;       // by row, then column; together all anomalous pixels
  std::vector<int64_t> sizes;  // pixels of each region
};

// mask [height * width], anomalous above `limit`. Regions are numbered by their first pixel.
Regions find_regions(std::span<const uint8_t> mask, int64_t height, int64_t width, uint8_t limit = 0);

}  // namespace dinomaly
