#include "contours.h"

#include <algorithm>
#include <numeric>

namespace dinomaly {
namespace {

// Where an outline turns. One horizontal and one vertical edge leave it. Where two pixels of a region meet at a corner
// only, there are two of them, one for each pixel: twins.
struct Corner {
  PixelCorner at;
  int32_t run;              // a run whose outline it is on
  int32_t horizontal = -1;  // the corners at the other ends of its edges
  int32_t vertical = -1;
  int32_t twin = -1;
  bool leads = false;  // the outline leaves it along the horizontal edge
};

// The left or right end of a run, with the corner where the vertical edge along it began.
struct Side {
  int32_t x;
  bool right;
  int32_t run;
  int32_t top;
};

// Sweeps over the lines between rows of pixels and collects the corners on them. On such a line the outline is where
// exactly one of the rows above and below has a pixel, so that ends which only one row has are the corners.
class CornerSweep {
 public:
  CornerSweep(std::span<const Run> runs, int64_t most) : runs_(runs), most_(most) {}

  // False when there are more than `most`.
  bool run() {
    size_t next = 0;
    int32_t y = runs_.empty() ? 0 : runs_.front().row;
    while (next < runs_.size() || !above_.empty()) {
      if (above_.empty()) y = runs_[next].row;
      below_.clear();
      for (; next < runs_.size() && runs_[next].row == y; ++next) {
        const auto index = static_cast<int32_t>(next);
        below_.push_back({runs_[next].begin, false, index, -1});
        below_.push_back({runs_[next].end, true, index, -1});
      }
      line(y);
      if (static_cast<int64_t>(corners_.size()) > most_) return false;
      std::swap(above_, below_);
      ++y;
    }
    return true;
  }

  std::vector<Corner>& corners() { return corners_; }

 private:
  void line(int32_t y) {
    const size_t first = corners_.size();
    size_t a = 0, b = 0;
    while (a < above_.size() || b < below_.size()) {
      if (b == below_.size() || (a < above_.size() && above_[a].x < below_[b].x)) {
        close(above_[a++], y);
      } else if (a == above_.size() || below_[b].x < above_[a].x) {
        open(&below_[b++], y);
      } else {
        meet(above_[a++], &below_[b++], y);
      }
    }
    for (size_t i = first; i + 1 < corners_.size(); i += 2) join(i, y);
  }

  int32_t add(const Side& side, int32_t y) {
    corners_.push_back({.at = {side.x, y}, .run = side.run});
    return static_cast<int32_t>(corners_.size()) - 1;
  }

  // An end of a run above that the row below does not have: the vertical edge ends here.
  int32_t close(const Side& side, int32_t y) {
    const int32_t corner = add(side, y);
    at(corner).vertical = side.top;
    at(side.top).vertical = corner;
    return corner;
  }

  int32_t open(Side* side, int32_t y) { return side->top = add(*side, y); }

  // Ends at the same place above and below. Of the same kind: the edge goes on. Else pixels meet at a corner, and the
  // horizontal edge to the left is of the run that ends here: its corner comes first.
  void meet(const Side& above, Side* below, int32_t y) {
    if (above.right == below->right) {
      below->top = above.top;
      return;
    }
    const int32_t first = above.right ? close(above, y) : open(below, y);
    const int32_t second = above.right ? open(below, y) : close(above, y);
    at(first).twin = second;
    at(second).twin = first;
  }

  // The horizontal edge between a corner and its neighbour to the right. Outlines have their pixels on the right hand:
  // along a top edge they run to the right.
  void join(size_t left, int32_t y) {
    Corner& a = corners_[left];
    Corner& b = corners_[left + 1];
    a.horizontal = static_cast<int32_t>(left) + 1;
    b.horizontal = static_cast<int32_t>(left);
    const Run& run = runs_[static_cast<size_t>(a.run)];
    const bool down = run.row == y;
    const bool begins = run.begin == a.at.x;
    (down == begins ? a : b).leads = true;
  }

  Corner& at(int32_t corner) { return corners_[static_cast<size_t>(corner)]; }

  std::span<const Run> runs_;
  int64_t most_;
  std::vector<Side> above_, below_;
  std::vector<Corner> corners_;
};

// For each run the first run of the part, connected by edges, that it belongs to.
std::vector<int32_t> parts_of(std::span<const Run> runs) {
  std::vector<int32_t> parents(runs.size());
  std::iota(parents.begin(), parents.end(), 0);
  const auto find = [&](int32_t run) {
    while (parents[static_cast<size_t>(run)] != run) {
      int32_t& parent = parents[static_cast<size_t>(run)];
      parent = parents[static_cast<size_t>(parent)];
      run = parent;
    }
    return run;
  };
  size_t above = 0;
  for (size_t i = 0; i < runs.size(); ++i) {
    while (above < i && (runs[above].row < runs[i].row - 1 ||
                         (runs[above].row == runs[i].row - 1 && runs[above].end <= runs[i].begin))) {
      ++above;
    }
    for (size_t k = above; k < i && runs[k].row == runs[i].row - 1 && runs[k].begin < runs[i].end; ++k) {
      const int32_t a = find(static_cast<int32_t>(k)), b = find(static_cast<int32_t>(i));
      parents[static_cast<size_t>(std::max(a, b))] = std::min(a, b);
    }
  }
  for (size_t i = 0; i < runs.size(); ++i) parents[i] = find(static_cast<int32_t>(i));
  return parents;
}

bool is_outer(const Ring& ring) {
  int64_t twice = 0;
  for (size_t i = 0; i < ring.size(); ++i) {
    const PixelCorner &a = ring[i], &b = ring[(i + 1) % ring.size()];
    twice += static_cast<int64_t>(a.x) * b.y - static_cast<int64_t>(b.x) * a.y;
  }
  return twice > 0;
}

// Follows the outlines from corner to corner, and cuts them where they come to a point again.
class RingWalk {
 public:
  RingWalk(const std::vector<Corner>& corners, std::vector<int32_t> parts)
      : corners_(corners), parts_(std::move(parts)), polygon_of_(parts_.size(), -1), place_(corners.size(), -1) {}

  std::vector<Polygon> run() {
    std::vector<bool> seen(corners_.size());
    for (size_t i = 0; i < corners_.size(); ++i) {
      if (seen[i]) continue;
      const auto start = corners_[i].leads ? static_cast<int32_t>(i) : corners_[i].horizontal;
      int32_t corner = start;
      do {
        seen[static_cast<size_t>(corner)] = true;
        push(corner);
        const Corner& c = corners_[static_cast<size_t>(corner)];
        corner = c.leads ? c.horizontal : c.vertical;
      } while (corner != start);
      emit(0);
    }
    return std::move(polygons_);
  }

 private:
  void push(int32_t corner) {
    const int32_t twin = corners_[static_cast<size_t>(corner)].twin;
    if (twin >= 0 && place_[static_cast<size_t>(twin)] >= 0)
      emit(static_cast<size_t>(place_[static_cast<size_t>(twin)]));
    place_[static_cast<size_t>(corner)] = static_cast<int32_t>(path_.size());
    path_.push_back(corner);
  }

  // The path from `first` on is a ring.
  void emit(size_t first) {
    Ring ring;
    for (size_t i = first; i < path_.size(); ++i) {
      ring.push_back(corners_[static_cast<size_t>(path_[i])].at);
      place_[static_cast<size_t>(path_[i])] = -1;
    }
    const int32_t run = corners_[static_cast<size_t>(path_[first])].run;
    path_.resize(first);
    Polygon& polygon = polygon_of(parts_[static_cast<size_t>(run)]);
    const auto place = is_outer(ring) ? polygon.rings.begin() : polygon.rings.end();
    polygon.rings.insert(place, std::move(ring));
  }

  Polygon& polygon_of(int32_t part) {
    int32_t& index = polygon_of_[static_cast<size_t>(part)];
    if (index < 0) {
      index = static_cast<int32_t>(polygons_.size());
      polygons_.emplace_back();
    }
    return polygons_[static_cast<size_t>(index)];
  }

  const std::vector<Corner>& corners_;
  std::vector<int32_t> parts_, polygon_of_;
  std::vector<int32_t> place_;  // of a corner on the path, or -1
  std::vector<int32_t> path_;
  std::vector<Polygon> polygons_;
};

}  // namespace

std::optional<std::vector<Polygon>> trace_contours(std::span<const Run> runs, int64_t most_corners) {
  CornerSweep sweep(runs, most_corners);
  if (!sweep.run()) return std::nullopt;
  return RingWalk(sweep.corners(), parts_of(runs)).run();
}

}  // namespace dinomaly
