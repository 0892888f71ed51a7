// Regions of a map above a threshold, as people and machines use them: where, how large, how anomalous, which outline.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "contours.h"
#include "place.h"

namespace dinomaly {

struct RegionOptions {
  double threshold = 0;
  int64_t min_area = 1;          // pixels
  int64_t max_regions = 1000;    // the largest are kept
  int64_t max_corners = 100000;  // of all outlines together
};

struct AnomalousRegion {
  int32_t left = 0, top = 0, width = 0, height = 0;
  int64_t area = 0;  // pixels
  float peak = 0;
  int32_t peak_x = 0, peak_y = 0;  // of equal peaks the topmost, then leftmost
  double mean = 0;
  std::optional<std::vector<Polygon>> contour;  // none where it would exceed what max_corners left
};

struct RegionList {
  std::vector<AnomalousRegion> regions;  // by peak, highest first
  int64_t found = 0;                     // regions of at least min_area, those left out among them
};

// 8-connected regions of the values above the threshold; a NaN is in none.
RegionList find_anomalous_regions(const MapView& map, const RegionOptions& options, const StopToken& stop);

}  // namespace dinomaly
