#include "metrics_stream.h"

#include <algorithm>

#include "../error.h"
#include "exact_ranking.h"
#include "float_key.h"

namespace dinomaly {
namespace {

constexpr int64_t kPixelsAtOnce = int64_t{1} << 23;

}  // namespace

MetricsStream::MetricsStream(int64_t height, int64_t width, uint8_t mask_limit, int64_t max_bytes)
    : height_(height), width_(width), mask_limit_(mask_limit), pages_(max_bytes) {}

void MetricsStream::check_whole() const {
  if (!broken_) return;
  throw Error("INVALID_INPUT",
              "This stream has counted only a part of some pictures: a call of add was ended. Start another stream");
}

void MetricsStream::add(MetricsInput input, const MetricsHooks& hooks) {
  check_whole();
  input.height = height_;
  input.width = width_;
  input.mask_limit = mask_limit_;
  input.first_picture = pictures();
  validate(input);
  if (pictures() > 0 && input.scores.empty() != scores_.empty()) {
    throw Error("INVALID_INPUT", "Expected scores in every call of add or in none");
  }
  hooks.stop.check();
  const PixelScan scan = scan_pixels(input, hooks.stop, ProgressStretch{hooks.progress}.part(0, 0.3));
  const std::optional<PixelConfusion> segmentation = count_pixels(input, hooks.stop);
  broken_ = true;
  count(input, scan, hooks);
  broken_ = false;
  if (segmentation && segmentation_) segmentation_->add(*segmentation);
  if (pictures() == 0) segmentation_ = segmentation;
  const std::vector<uint8_t> labels = labels_of(input, scan);
  labels_.insert(labels_.end(), labels.begin(), labels.end());
  scores_.insert(scores_.end(), input.scores.begin(), input.scores.end());
  lowest_ = std::min(lowest_, scan.lowest);
  highest_ = std::max(highest_, scan.highest);
  highest_mask_ = std::max(highest_mask_, scan.highest_mask);
  pixels_ += input.pixels();
  positives_ += scan.positives;
  regions_ += static_cast<int64_t>(scan.weights.size());
}

void MetricsStream::count(const MetricsInput& input, const PixelScan& scan, const MetricsHooks& hooks) {
  const size_t pictures = input.maps.size();
  const auto way = ProgressStretch{hooks.progress}.part(0.3, 1);
  for (size_t begin = 0, end = 0; begin < pictures; begin = end) {
    int64_t pixels = 0;
    do pixels += input.pixels_of(end++);
    while (end < pictures && pixels + input.pixels_of(end) <= kPixelsAtOnce);
    const auto share = [&](size_t picture) { return static_cast<double>(picture) / static_cast<double>(pictures); };
    const auto stretch = way.part(share(begin), share(end));
    const PixelDeal deal(input, scan, begin, end, pages_.page_bits(), hooks.stop, stretch.part(0, 0.5));
    pages_.add(deal, scan.weights, hooks.stop, stretch.part(0.5, 1));
  }
}

RankBin MetricsStream::bin(uint32_t first, uint32_t last, const RankCounts& counts) const {
  // Keys beyond the range of the values may be those of infinity or NaN.
  const float low = key_float(std::max(first, float_key(lowest_)));
  const float high = key_float(std::min(last, float_key(highest_)));
  return {low, high, counts};
}

RankWalk MetricsStream::walk(const RankContext& context, const MetricsHooks& hooks) const {
  const std::vector<uint32_t> pages = pages_.pages();
  const auto count = static_cast<int64_t>(pages.size());
  const ProgressStretch way{hooks.progress};
  std::vector<RankCounts> totals(pages.size());
  run_parallel(count, hooks.stop, way.part(0, 0.4),
               [&](int64_t i) { totals[static_cast<size_t>(i)] = pages_.total(pages[static_cast<size_t>(i)]); });
  std::vector<RankWalk> walks;
  RankCounts above;
  double top = std::numeric_limits<double>::infinity();
  for (size_t i = 0; i < pages.size(); ++i) {
    const bool last = i + 1 == pages.size();
    const auto first_key = static_cast<uint32_t>(pages_.first_key(pages[i]));
    const double bottom = last ? -std::numeric_limits<double>::infinity() : key_float(first_key);
    walks.emplace_back(context, above, grid_share(context.grid, bottom, top));
    top = bottom;
    above.add(totals[i]);
  }
  run_parallel(count, hooks.stop, way.part(0.4, 1), [&](int64_t i) {
    RankWalk& walk = walks[static_cast<size_t>(i)];
    pages_.visit(pages[static_cast<size_t>(i)],
                 [&](uint32_t first, uint32_t last, const RankCounts& counts) { walk.add(bin(first, last, counts)); });
    walk.end();
  });
  RankWalk all = walks.front();
  for (size_t i = 1; i < walks.size(); ++i) all.merge(walks[i]);
  return all;
}

ClassMetrics MetricsStream::metrics(int points, const MetricsHooks& hooks) const {
  check_whole();
  if (pictures() == 0) throw Error("INVALID_INPUT", "Expected at least one picture to compute metrics of");
  hooks.stop.check();
  check_masks(highest_mask_, mask_limit_);
  ClassMetrics result = image_metrics(labels_, scores_, points);
  const std::vector<double> thresholds = pro_thresholds(lowest_, highest_);
  const auto positives = static_cast<double>(positives_), regions = static_cast<double>(regions_);
  const auto pixels = static_cast<double>(pixels_);
  const RankContext context{.all = {positives, pixels - positives, regions},
                            .lowest = lowest_,
                            .highest = highest_,
                            .regions = regions,
                            .grid = thresholds,
                            .points = points,
                            .single = true};
  const RankWalk all = walk(context, hooks);
  result.pixel = all.metrics();
  result.pro = all.pro();
  if (!thresholds.empty()) result.aupro = grid_area(all.grid(), regions, context.all.negatives);
  result.pixels = context.all;
  result.regions = regions_;
  result.segmentation = segmentation_;
  result.lowest = lowest_;
  result.highest = highest_;
  result.dropped_bits = pages_.dropped_bits();
  return result;
}

}  // namespace dinomaly
