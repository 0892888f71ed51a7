#include "class_metrics.h"

#include <algorithm>

#include "exact_ranking.h"
#include "rank_scores.h"

namespace dinomaly {
namespace {

constexpr int64_t kMaxTasks = 64;  // fixed, so that the result does not depend on the number of threads

// The overlaps of the grid's points, rounded as the authors' order of pictures and pixels has it.
void count_overlap(const MetricsInput& input, const PixelScan& scan, const std::vector<double>& thresholds,
                   std::vector<GridPoint>* points, const StopToken& stop) {
  const auto pictures = static_cast<int64_t>(input.maps.size());
  const int64_t tasks = std::min(pictures, kMaxTasks);
  std::vector<GridOverlap> counts(static_cast<size_t>(tasks), GridOverlap(thresholds));
  run_parallel(tasks, stop, [&](int64_t task) {
    for (int64_t i = pictures * task / tasks; i < pictures * (task + 1) / tasks; ++i) {
      const auto picture = static_cast<size_t>(i);
      counts[static_cast<size_t>(task)].add(input.maps[picture], scan.regions[picture], input.width_of(picture));
    }
  });
  for (size_t i = 1; i < counts.size(); ++i) counts[0].merge(counts[i]);
  const std::vector<double> above = counts[0].above();
  for (size_t i = 0; i < above.size(); ++i) (*points)[i].least.overlap = (*points)[i].most.overlap = above[i];
}

}  // namespace

ClassMetrics image_metrics(const std::vector<uint8_t>& labels, const std::vector<double>& scores, int points) {
  ClassMetrics result;
  result.image = rank_scores(labels, scores, points);
  result.images = static_cast<int64_t>(labels.size());
  result.anomalous_images = std::count_if(labels.begin(), labels.end(), [](uint8_t label) { return label != 0; });
  return result;
}

ClassMetrics compute_metrics(const MetricsInput& input, int points, const MetricsHooks& hooks) {
  validate(input);
  hooks.stop.check();
  const ProgressStretch way{hooks.progress};
  const PixelScan scan = scan_pixels(input, hooks.stop, way.part(0, 0.2));
  check_masks(scan.highest_mask, input.mask_limit);
  ClassMetrics result = image_metrics(labels_of(input, scan), input.scores, points);
  const std::vector<double> thresholds = pro_thresholds(scan.lowest, scan.highest);
  const auto positives = static_cast<double>(scan.positives);
  const auto pixels = static_cast<double>(input.pixels());
  const auto regions = static_cast<double>(scan.weights.size());
  const RankContext context{.all = {positives, pixels - positives, regions},
                            .lowest = scan.lowest,
                            .highest = scan.highest,
                            .regions = regions,
                            .grid = thresholds,
                            .points = points,
                            .single = true};
  const PixelDeal deal(input, scan, 0, input.maps.size(), 0, hooks.stop, way.part(0.2, 0.6));
  const RankWalk walk = walk_pixels(deal, scan, context, hooks.stop, way.part(0.6, 1));
  result.pixel = walk.metrics();
  result.pro = walk.pro();
  if (!thresholds.empty()) {
    std::vector<GridPoint> grid = walk.grid();
    count_overlap(input, scan, thresholds, &grid, hooks.stop);
    result.aupro = grid_area(grid, regions, context.all.negatives);
  }
  result.pixels = context.all;
  result.regions = static_cast<int64_t>(scan.weights.size());
  result.segmentation = count_pixels(input, hooks.stop);
  result.lowest = scan.lowest;
  result.highest = scan.highest;
  return result;
}

}  // namespace dinomaly
