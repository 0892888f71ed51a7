// A first look at all pixels: the range of the maps, and the regions of the masks.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "../progress.h"
#include "metrics_input.h"
#include "regions.h"

namespace dinomaly {

struct PixelScan {
  float lowest = std::numeric_limits<float>::infinity();
  float highest = -std::numeric_limits<float>::infinity();
  uint8_t highest_mask = 0;
  std::vector<Regions> regions;        // of each picture
  std::vector<uint32_t> first_region;  // of each picture, among those of all
  std::vector<double> weights;         // of each region: 1 / its pixels
  int64_t positives = 0;               // anomalous pixels
};

// Throws INVALID_INPUT for a map that is not finite, naming the picture; ABORTED.
PixelScan scan_pixels(const MetricsInput& input, const StopToken& stop, const ProgressStretch& progress);

// Throws INVALID_INPUT for masks of 0 and 1 that are to be read as grey levels of 255: all would be normal.
void check_masks(uint8_t highest_mask, uint8_t mask_limit);

// The labels, or those that the masks tell.
std::vector<uint8_t> labels_of(const MetricsInput& input, const PixelScan& scan);

}  // namespace dinomaly
