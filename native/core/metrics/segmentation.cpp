#include "segmentation.h"

#include "../parallel.h"

namespace dinomaly {

void PixelConfusion::add(const PixelConfusion& other) {
  true_positives += other.true_positives;
  false_positives += other.false_positives;
  false_negatives += other.false_negatives;
}

std::optional<PixelConfusion> count_pixels(const MetricsInput& input, const StopToken& stop) {
  if (!input.threshold) return std::nullopt;
  std::vector<PixelConfusion> counts(input.maps.size());
  run_parallel(static_cast<int64_t>(counts.size()), stop, [&](int64_t i) {
    const auto picture = static_cast<size_t>(i);
    const auto map = input.maps[picture];
    const auto mask = input.masks[picture];
    PixelConfusion own;
    for (size_t at = 0; at < map.size(); ++at) {
      const bool found = static_cast<double>(map[at]) > *input.threshold, anomalous = mask[at] > input.mask_limit;
      own.true_positives += found && anomalous ? 1 : 0;
      own.false_positives += found && !anomalous ? 1 : 0;
      own.false_negatives += !found && anomalous ? 1 : 0;
    }
    counts[picture] = own;
  });
  PixelConfusion sum;
  for (const PixelConfusion& own : counts) sum.add(own);
  return sum;
}

}  // namespace dinomaly
