// All metrics of the pictures of one class: the seven of the paper (section 4.1), the exact PRO figures, thresholds and
// curves.
#pragma once

#include <optional>

#include "../progress.h"
#include "metrics_input.h"
#include "rank_walk.h"
#include "segmentation.h"

namespace dinomaly {

// Fractions in [0, 1].
struct ClassMetrics {
  RankMetrics image;  // empty without scores
  RankMetrics pixel;
  std::optional<Estimate> aupro;  // over the authors' grid: see grid_area
  ProMetrics pro;
  int64_t images = 0, anomalous_images = 0;
  RankCounts pixels;
  int64_t regions = 0;
  std::optional<PixelConfusion> segmentation;  // at MetricsInput::threshold
  float lowest = 0, highest = 0;               // of the maps
  int dropped_bits = 0;                        // of the 32 of a value; every bound is 0 where it is 0
};

struct MetricsHooks {
  StopToken stop;
  ReportProgress progress;
};

// Equal to scikit-learn and the authors' AUPRO to rounding, ties included, whatever the number of threads. Takes 4
// bytes a normal pixel and 8 an anomalous one beside the input. `points`: at most so many of a curve, 0 for none.
// Throws INVALID_INPUT as validate(), scan_pixels() and check_masks() do; ABORTED.
ClassMetrics compute_metrics(const MetricsInput& input, int points = 0, const MetricsHooks& hooks = {});

// Pictures and their metrics; what both ways of counting pixels share.
ClassMetrics image_metrics(const std::vector<uint8_t>& labels, const std::vector<double>& scores, int points);

}  // namespace dinomaly
