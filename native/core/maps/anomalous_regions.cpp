#include "anomalous_regions.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <span>

#include "../error.h"
#include "bands.h"

namespace dinomaly {
namespace {

std::vector<uint8_t> above(const MapView& map, double threshold, const StopToken& stop) {
  std::vector<uint8_t> mask(static_cast<size_t>(map.height * map.width));
  for_bands(map.height, stop, [&](int64_t first, int64_t last) {
    for (int64_t i = first * map.width; i < last * map.width; ++i) {
      mask[static_cast<size_t>(i)] = static_cast<double>(map.data[i]) > threshold ? 1 : 0;
    }
  });
  return mask;
}

// Numbers of the largest regions of at least min_area, ascending; of equal ones the first. Counts all of them in
// `found`.
std::vector<int32_t> choose(const std::vector<int64_t>& sizes, const RegionOptions& options, int64_t* found) {
  std::vector<int32_t> chosen;
  for (size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] >= options.min_area) chosen.push_back(static_cast<int32_t>(i));
  }
  *found = static_cast<int64_t>(chosen.size());
  if (*found > options.max_regions) {
    const auto larger = [&](int32_t a, int32_t b) {
      const int64_t size_a = sizes[static_cast<size_t>(a)], size_b = sizes[static_cast<size_t>(b)];
      return size_a != size_b ? size_a > size_b : a < b;
    };
    std::nth_element(chosen.begin(), chosen.begin() + options.max_regions, chosen.end(), larger);
    chosen.resize(static_cast<size_t>(options.max_regions));
    std::sort(chosen.begin(), chosen.end());
  }
  return chosen;
}

// The runs of the chosen regions, region by region, each by row and column.
std::vector<std::vector<Run>> group_runs(const Regions& regions, const std::vector<int32_t>& chosen) {
  std::vector<int32_t> place(regions.sizes.size(), -1);
  for (size_t i = 0; i < chosen.size(); ++i) place[static_cast<size_t>(chosen[i])] = static_cast<int32_t>(i);
  std::vector<std::vector<Run>> groups(chosen.size());
  for (const Run& run : regions.runs) {
    const int32_t group = place[static_cast<size_t>(run.region)];
    if (group >= 0) groups[static_cast<size_t>(group)].push_back(run);
  }
  return groups;
}

AnomalousRegion measure(const MapView& map, std::span<const Run> runs) {
  AnomalousRegion region;
  int32_t left = std::numeric_limits<int32_t>::max(), right = 0;
  double sum = 0;
  region.peak = -std::numeric_limits<float>::infinity();
  for (const Run& run : runs) {
    left = std::min(left, run.begin);
    right = std::max(right, run.end);
    region.area += run.end - run.begin;
    const float* row = map.data + run.row * map.width;
    for (int32_t x = run.begin; x < run.end; ++x) {
      sum += static_cast<double>(row[x]);
      if (row[x] > region.peak) {
        region.peak = row[x];
        region.peak_x = x;
        region.peak_y = run.row;
      }
    }
  }
  region.left = left;
  region.top = runs.front().row;
  region.width = right - left;
  region.height = runs.back().row + 1 - region.top;
  region.mean = sum / static_cast<double>(region.area);
  return region;
}

int64_t corners_in(const std::vector<Polygon>& polygons) {
  int64_t corners = 0;
  for (const Polygon& polygon : polygons) {
    for (const Ring& ring : polygon.rings) corners += static_cast<int64_t>(ring.size());
  }
  return corners;
}

}  // namespace

RegionList find_anomalous_regions(const MapView& map, const RegionOptions& options, const StopToken& stop) {
  if (map.data == nullptr || map.height < 1 || map.width < 1) {
    throw Error("INVALID_INPUT", "Expected a map of at least 1 x 1 values");
  }
  const Regions all = find_regions(above(map, options.threshold, stop), map.height, map.width);
  stop.check();
  RegionList list;
  const std::vector<std::vector<Run>> groups = group_runs(all, choose(all.sizes, options, &list.found));
  std::vector<AnomalousRegion> regions;
  for (const auto& runs : groups) {
    stop.check();
    regions.push_back(measure(map, runs));
  }
  std::vector<size_t> order(regions.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return regions[a].peak > regions[b].peak; });
  int64_t left = options.max_corners;
  for (const size_t i : order) {
    stop.check();
    AnomalousRegion& region = list.regions.emplace_back(std::move(regions[i]));
    region.contour = trace_contours(groups[i], left);
    if (region.contour) left -= corners_in(*region.contour);
  }
  return list;
}

}  // namespace dinomaly
