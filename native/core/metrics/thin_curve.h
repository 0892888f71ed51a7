// A curve of a ranking with few enough points to draw. The way along the curve is cut into cells of one length, and the
// first point in each cell is kept: no point that is dropped is further than a cell from one that is kept.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace dinomaly {

struct CurvePoint {
  double x, y;
  double threshold;  // what is above it counts as anomalous
};

class ThinCurve {
 public:
  // At most `points` with both ends; 0 keeps none. `way` in [0, 1] is that of all above this run of the ranking.
  ThinCurve(int points, double way) : cells_(points > 2 ? points - 2 : 0) {
    if (cells_ > 0) enter(way);
  }

  // Whether the point at this way begins a cell; then it must be added.
  bool due(double way) const { return way >= next_; }
  void add(const CurvePoint& point, double way) {
    enter(way);
    points_.push_back({point, cell_});
  }

  // `other` is the run of the ranking that follows. A cell that both began keeps its first point.
  void merge(const ThinCurve& other) {
    for (const Kept& kept : other.points_) {
      if (points_.empty() || kept.cell > points_.back().cell) points_.push_back(kept);
    }
  }

  // The curve behind its first point.
  std::vector<CurvePoint> from(const CurvePoint& first) const {
    std::vector<CurvePoint> result{first};
    for (const Kept& kept : points_) result.push_back(kept.point);
    return result;
  }
  // The same, up to a last point where it is another than the last one kept.
  std::vector<CurvePoint> between(const CurvePoint& first, const CurvePoint& last) const {
    std::vector<CurvePoint> result = from(first);
    if (result.back().x != last.x || result.back().y != last.y) result.push_back(last);
    return result;
  }

 private:
  struct Kept {
    CurvePoint point;
    int64_t cell;
  };

  void enter(double way) {
    cell_ = static_cast<int64_t>(std::floor(way * cells_));
    next_ = static_cast<double>(cell_ + 1) / cells_;
  }

  double cells_;
  double next_ = std::numeric_limits<double>::infinity();
  int64_t cell_ = 0;
  std::vector<Kept> points_;
};

}  // namespace dinomaly
