#include "pro_grid.h"

#include <algorithm>
#include <cmath>

namespace dinomaly {
namespace {

constexpr float kSteps = 200;
constexpr double kRateLimit = 0.3;

struct Point {
  double rate, overlap;
};

// By trapezoids, from the highest rate down; rates are relative to the first.
double trapezoid_area(std::span<const Point> points) {
  const double largest = points.front().rate;
  double area = 0;
  for (size_t i = 1; i < points.size(); ++i) {
    const double width = points[i - 1].rate / largest - points[i].rate / largest;
    area += width * (points[i - 1].overlap + points[i].overlap) / 2;
  }
  return area;
}

std::optional<double> defined_area(std::span<const Point> points) {
  if (points.size() < 2 || points.front().rate == 0) return std::nullopt;
  // The overlaps are rounded sums: those of whole regions may come out a little above 1.
  return std::min(trapezoid_area(points), 1.0);
}

// The curve, rates falling, as three: the middle, and those of the least and the most that the truth can be.
class GridCurve {
 public:
  GridCurve(const std::vector<GridPoint>& points, double regions, double normal) {
    for (auto point = points.rbegin(); point != points.rend(); ++point) {
      const auto at = [&](const RankCounts& counts) {
        return Point{counts.negatives / normal, counts.overlap / regions};
      };
      least_.push_back(at(point->least));
      most_.push_back(at(point->most));
      middle_.push_back(
          {(least_.back().rate + most_.back().rate) / 2, (least_.back().overlap + most_.back().overlap) / 2});
      certain_ = certain_ && least_.back().rate == most_.back().rate && least_.back().overlap == most_.back().overlap;
    }
  }

  std::optional<Estimate> area() const {
    const auto middle = defined_area(std::span(middle_).subspan(first_kept(middle_)));
    if (certain_ || !middle) return middle ? std::optional(Estimate{*middle, 0}) : std::nullopt;
    // Where the kept points begin is in doubt too: each beginning that may be right counts.
    double bound = 0;
    for (size_t first = first_kept(least_); first <= first_kept(most_); ++first) {
      const std::optional<double> lowest = extreme(first, false), highest = extreme(first, true);
      if (!lowest || !highest) return Estimate{*middle, 1};
      bound = std::max({bound, *middle - *lowest, *highest - *middle});
    }
    return Estimate{*middle, std::min(bound, 1.0)};
  }

 private:
  static size_t first_kept(const std::vector<Point>& points) {
    const auto kept = [](const Point& point) { return point.rate < kRateLimit; };
    return static_cast<size_t>(std::find_if(points.begin(), points.end(), kept) - points.begin());
  }

  // The area rises with every overlap and with the first rate, and falls with the other rates.
  std::optional<double> extreme(size_t first, bool largest) const {
    std::vector<Point> points;
    for (size_t i = first; i < middle_.size(); ++i) {
      const bool most_rate = (i == first) == largest;
      points.push_back({(most_rate ? most_ : least_)[i].rate, (largest ? most_ : least_)[i].overlap});
    }
    if (!points.empty()) points.front().rate = std::min(points.front().rate, kRateLimit);
    return defined_area(points);
  }

  std::vector<Point> least_, middle_, most_;
  bool certain_ = true;
};

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

GridOverlap::GridOverlap(const std::vector<double>& thresholds)
    : thresholds_(thresholds), overlap_(thresholds.size() + 1, 0.0) {
  const double span = thresholds.back() - thresholds.front();
  if (span > 0) bins_per_unit_ = static_cast<double>(thresholds.size() - 1) / span;
}

size_t GridOverlap::bin(float value) const {
  const auto count = static_cast<int64_t>(thresholds_.size());
  // An estimate, then the comparisons that decide.
  const double estimate = (static_cast<double>(value) - thresholds_.front()) * bins_per_unit_;
  int64_t bin = std::clamp(static_cast<int64_t>(estimate), int64_t{0}, count);
  while (bin < count && value > thresholds_[static_cast<size_t>(bin)]) ++bin;
  while (bin > 0 && !(value > thresholds_[static_cast<size_t>(bin - 1)])) --bin;
  return static_cast<size_t>(bin);
}

void GridOverlap::add(std::span<const float> map, const Regions& regions, int64_t width) {
  for (const Run& run : regions.runs) {
    const double weight = 1.0 / static_cast<double>(regions.sizes[static_cast<size_t>(run.region)]);
    const float* row = map.data() + run.row * width;
    for (int32_t x = run.begin; x < run.end; ++x) overlap_[bin(row[x])] += weight;
  }
}

void GridOverlap::merge(const GridOverlap& other) {
  for (size_t i = 0; i < overlap_.size(); ++i) overlap_[i] += other.overlap_[i];
}

std::vector<double> GridOverlap::above() const {
  std::vector<double> result;
  double overlap = 0;
  for (size_t i = thresholds_.size(); i > 0; --i) {  // bin i counts at thresholds 0 to i - 1
    overlap += overlap_[i];
    result.push_back(overlap);
  }
  return result;
}

std::optional<Estimate> grid_area(const std::vector<GridPoint>& points, double regions, double normal) {
  if (regions == 0 || normal == 0) return std::nullopt;
  return GridCurve(points, regions, normal).area();
}

}  // namespace dinomaly
