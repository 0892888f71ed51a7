#include "pro.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "../parallel.h"
#include "regions.h"

namespace dinomaly {
namespace {

constexpr float kSteps = 200;
constexpr double kRateLimit = 0.3;
constexpr int64_t kMaxTasks = 64;  // fixed, so that the result does not depend on the number of threads

struct Point {
  double rate, overlap;
};

// By trapezoids, from the highest rate down; rates are relative to the first.
double trapezoid_area(const std::vector<Point>& points) {
  const double largest = points.front().rate;
  double area = 0;
  for (size_t i = 1; i < points.size(); ++i) {
    const double width = points[i - 1].rate / largest - points[i].rate / largest;
    area += width * (points[i - 1].overlap + points[i].overlap) / 2;
  }
  return area;
}

}  // namespace

std::vector<double> pro_thresholds(float lo, float hi) {
  const float range = hi - lo;
  const float step = range / kSteps;
  if (!(step > 0) || !std::isfinite(step)) return {};
  const float count = std::ceil(range / step);
  // numpy takes the grid's pitch from its first two values, which it rounds to float32, and goes on in double.
  const float second = lo + step;
  const double pitch = static_cast<double>(second) - static_cast<double>(lo);
  std::vector<double> thresholds;
  for (int i = 0; i < static_cast<int>(count); ++i) {
    const volatile double distance = i * pitch;  // rounded by itself: no fused multiply-add
    thresholds.push_back(static_cast<double>(lo) + distance);
  }
  return thresholds;
}

ProCounts::ProCounts(const std::vector<double>& thresholds)
    : thresholds_(thresholds),
      bins_per_unit_(0),
      negatives_(thresholds.size() + 1, 0),
      overlap_(thresholds.size() + 1, 0.0) {
  const double span = thresholds.back() - thresholds.front();
  if (span > 0) bins_per_unit_ = static_cast<double>(thresholds.size() - 1) / span;
}

size_t ProCounts::bin(float value) const {
  const auto count = static_cast<int64_t>(thresholds_.size());
  // An estimate, then the comparisons that decide.
  const double estimate = (static_cast<double>(value) - thresholds_.front()) * bins_per_unit_;
  int64_t bin = std::clamp(static_cast<int64_t>(estimate), int64_t{0}, count);
  while (bin < count && value > thresholds_[static_cast<size_t>(bin)]) ++bin;
  while (bin > 0 && !(value > thresholds_[static_cast<size_t>(bin - 1)])) --bin;
  return static_cast<size_t>(bin);
}

void ProCounts::add(std::span<const float> map, std::span<const uint8_t> mask, int64_t height, int64_t width) {
  const Regions regions = find_regions(mask, height, width);
  size_t at = 0;
  const auto count_normal = [&](size_t end) {
    for (; at < end; ++at) ++negatives_[bin(map[at])];
  };
  for (const Run& run : regions.runs) {
    const auto row = static_cast<size_t>(run.row * width);
    count_normal(row + static_cast<size_t>(run.begin));
    const double weight = 1.0 / static_cast<double>(regions.sizes[static_cast<size_t>(run.region)]);
    for (const size_t end = row + static_cast<size_t>(run.end); at < end; ++at) overlap_[bin(map[at])] += weight;
  }
  count_normal(map.size());
  regions_ += static_cast<int64_t>(regions.sizes.size());
}

void ProCounts::merge(const ProCounts& other) {
  for (size_t i = 0; i < negatives_.size(); ++i) {
    negatives_[i] += other.negatives_[i];
    overlap_[i] += other.overlap_[i];
  }
  regions_ += other.regions_;
}

std::optional<double> ProCounts::area() const {
  const auto normal = static_cast<double>(std::accumulate(negatives_.begin(), negatives_.end(), int64_t{0}));
  if (regions_ == 0 || normal == 0) return std::nullopt;
  std::vector<Point> points;
  int64_t above = 0;
  double overlap = 0;
  for (size_t i = thresholds_.size(); i > 0; --i) {  // bin i counts at thresholds 0 to i - 1
    above += negatives_[i];
    overlap += overlap_[i];
    const double rate = static_cast<double>(above) / normal;
    if (rate < kRateLimit) points.push_back({rate, overlap / static_cast<double>(regions_)});
  }
  std::reverse(points.begin(), points.end());
  if (points.size() < 2 || points.front().rate == 0) return std::nullopt;
  return trapezoid_area(points);
}

std::optional<double> aupro(const MetricsInput& input, float lo, float hi, const StopToken& stop) {
  const std::vector<double> thresholds = pro_thresholds(lo, hi);
  if (thresholds.empty()) return std::nullopt;
  const auto pictures = static_cast<int64_t>(input.maps.size());
  const int64_t tasks = std::min(pictures, kMaxTasks);
  std::vector<ProCounts> counts(static_cast<size_t>(tasks), ProCounts(thresholds));
  run_parallel(tasks, stop, [&](int64_t task) {
    for (int64_t i = pictures * task / tasks; i < pictures * (task + 1) / tasks; ++i) {
      stop.check();
      const auto picture = static_cast<size_t>(i);
      counts[static_cast<size_t>(task)].add(input.maps[picture], input.masks[picture], input.height, input.width);
    }
  });
  for (size_t i = 1; i < counts.size(); ++i) counts[0].merge(counts[i]);
  return counts[0].area();
}

}  // namespace dinomaly
