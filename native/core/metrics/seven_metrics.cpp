#include "seven_metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "../error.h"
#include "../parallel.h"
#include "pro.h"
#include "ranking.h"

namespace dinomaly {
namespace {

struct Range {
  float lowest = std::numeric_limits<float>::infinity();
  float highest = -std::numeric_limits<float>::infinity();
  bool finite = true;

  void add(float value) {
    lowest = std::min(lowest, value);
    highest = std::max(highest, value);
    finite = finite && std::isfinite(value);
  }
};

void check_scores(const std::vector<double>& scores) {
  const auto bad = std::find_if(scores.begin(), scores.end(), [](double score) { return !std::isfinite(score); });
  if (bad == scores.end()) return;
  throw Error("INVALID_INPUT", "Expected finite scores but that of picture " + std::to_string(bad - scores.begin()) +
                                   " is NaN or infinite");
}

// The smallest and the largest value of all maps.
Range scan_maps(const MetricsInput& input, const StopToken& stop) {
  std::vector<Range> ranges(input.maps.size());
  run_parallel(static_cast<int64_t>(ranges.size()), stop, [&](int64_t i) {
    Range range;
    for (const float value : input.maps[static_cast<size_t>(i)]) range.add(value);
    ranges[static_cast<size_t>(i)] = range;
  });
  Range all;
  for (size_t i = 0; i < ranges.size(); ++i) {
    if (!ranges[i].finite) {
      throw Error("INVALID_INPUT",
                  "Expected finite maps but that of picture " + std::to_string(i) + " holds NaN or infinity");
    }
    all.lowest = std::min(all.lowest, ranges[i].lowest);
    all.highest = std::max(all.highest, ranges[i].highest);
  }
  return all;
}

}  // namespace

SevenMetrics compute_seven_metrics(const MetricsInput& input, const StopToken& stop) {
  validate(input);
  check_scores(input.scores);
  stop.check();
  const RankMetrics image = rank_scores(input.labels, input.scores);
  const Range range = scan_maps(input, stop);
  const RankMetrics pixel = rank_pixels(input.maps, input.masks, range.lowest, range.highest, stop);
  return {.image_auroc = image.auroc,
          .image_ap = image.ap,
          .image_f1_max = image.f1_max,
          .pixel_auroc = pixel.auroc,
          .pixel_ap = pixel.ap,
          .pixel_f1_max = pixel.f1_max,
          .aupro = aupro(input, range.lowest, range.highest, stop)};
}

}  // namespace dinomaly
