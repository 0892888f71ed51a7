#include "pixel_scan.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "../error.h"

namespace dinomaly {
namespace {

struct Range {
  float lowest = std::numeric_limits<float>::infinity();
  float highest = -std::numeric_limits<float>::infinity();
  bool finite = true;
  uint8_t mask = 0;

  void add(float value) {
    lowest = std::min(lowest, value);
    highest = std::max(highest, value);
    finite = finite && std::isfinite(value);
  }
};

void number_regions(PixelScan* scan) {
  for (const Regions& regions : scan->regions) {
    scan->first_region.push_back(static_cast<uint32_t>(scan->weights.size()));
    for (const int64_t size : regions.sizes) {
      scan->weights.push_back(1.0 / static_cast<double>(size));
      scan->positives += size;
    }
  }
}

}  // namespace

PixelScan scan_pixels(const MetricsInput& input, const StopToken& stop, const ProgressStretch& progress) {
  PixelScan scan;
  const size_t pictures = input.maps.size();
  std::vector<Range> ranges(pictures);
  scan.regions.resize(pictures);
  run_parallel(static_cast<int64_t>(pictures), stop, progress, [&](int64_t i) {
    const auto picture = static_cast<size_t>(i);
    const std::span<const uint8_t> mask = input.masks[picture];
    Range range;
    for (const float value : input.maps[picture]) range.add(value);
    range.mask = *std::max_element(mask.begin(), mask.end());
    if (range.mask > input.mask_limit) {
      scan.regions[picture] = find_regions(mask, input.pixels_of(picture) / input.width_of(picture),
                                           input.width_of(picture), input.mask_limit);
    }
    ranges[picture] = range;
  });
  for (size_t i = 0; i < pictures; ++i) {
    if (!ranges[i].finite) {
      throw Error("INVALID_INPUT", "Expected finite maps but that of picture " +
                                       std::to_string(input.first_picture + static_cast<int64_t>(i)) +
                                       " holds NaN or infinity");
    }
    scan.lowest = std::min(scan.lowest, ranges[i].lowest);
    scan.highest = std::max(scan.highest, ranges[i].highest);
    scan.highest_mask = std::max(scan.highest_mask, ranges[i].mask);
  }
  number_regions(&scan);
  return scan;
}

void check_masks(uint8_t highest_mask, uint8_t mask_limit) {
  if (highest_mask != 1 || mask_limit == 0) return;
  throw Error("INVALID_INPUT",
              "Expected masks of grey levels from 0 to 255 for the mask convention 'half' but none is above 1; use "
              "'any' for masks of 0 and 1, or multiply them by 255");
}

std::vector<uint8_t> labels_of(const MetricsInput& input, const PixelScan& scan) {
  if (!input.labels.empty()) return input.labels;
  std::vector<uint8_t> labels;
  for (const Regions& regions : scan.regions) labels.push_back(regions.sizes.empty() ? 0 : 1);
  return labels;
}

}  // namespace dinomaly
