#include "place.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "../error.h"
#include "bands.h"

namespace dinomaly {
namespace {

bool inspects_own_pixels(const AxisPlacement& axis) {
  return axis.begin >= 0 && axis.begin < axis.end && axis.end <= axis.size;
}

}  // namespace

void check_placement(const MapView& map, const AxisPlacement& down, const AxisPlacement& across) {
  if (map.data == nullptr || map.height < 1 || map.width < 1) {
    throw Error("INVALID_INPUT", "Expected a map of at least 1 x 1 values");
  }
  if (!inspects_own_pixels(down) || !inspects_own_pixels(across)) {
    throw Error("INVALID_INPUT", "Expected an inspected rectangle within the picture");
  }
}

std::vector<PlacedRows::Tap> PlacedRows::taps(const AxisPlacement& axis, int64_t map_size) {
  std::vector<Tap> taps;
  taps.reserve(static_cast<size_t>(axis.end - axis.begin));
  for (int64_t i = axis.begin; i < axis.end; ++i) {
    const double index = static_cast<double>(i) * axis.scale + axis.shift;
    const double held = std::clamp(index, 0.0, static_cast<double>(map_size - 1));
    const auto first = static_cast<int64_t>(std::floor(held));
    taps.push_back({first, std::min(first + 1, map_size - 1), static_cast<float>(held - static_cast<double>(first))});
  }
  return taps;
}

PlacedRows::PlacedRows(const MapView& map, const AxisPlacement& down, const AxisPlacement& across)
    : map_(map), top_(down.begin), down_(taps(down, map.height)), across_(taps(across, map.width)) {}

void PlacedRows::row(int64_t y, std::vector<float>* scratch, float* out) const {
  const Tap& tap = down_[static_cast<size_t>(y - top_)];
  const float* upper = map_.data + tap.first * map_.width;
  const float* lower = map_.data + tap.second * map_.width;
  scratch->resize(static_cast<size_t>(map_.width));
  float* mixed = scratch->data();
  // A weight of 0 must not let a neighbour that is not finite in.
  if (tap.weight == 0) {
    std::copy_n(upper, map_.width, mixed);
  } else {
    for (int64_t x = 0; x < map_.width; ++x) mixed[x] = upper[x] + (lower[x] - upper[x]) * tap.weight;
  }
  for (const Tap& t : across_) {
    const float left = mixed[t.first];
    *out++ = t.weight == 0 ? left : left + (mixed[t.second] - left) * t.weight;
  }
}

void place_map(const MapView& map, const AxisPlacement& down, const AxisPlacement& across, float* out,
               const StopToken& stop) {
  check_placement(map, down, across);
  const PlacedRows rows(map, down, across);
  constexpr float kNotInspected = std::numeric_limits<float>::quiet_NaN();
  for_bands(down.size, stop, [&](int64_t first, int64_t last) {
    std::vector<float> scratch;
    for (int64_t y = first; y < last; ++y) {
      float* line = out + y * across.size;
      if (y < down.begin || y >= down.end) {
        std::fill_n(line, across.size, kNotInspected);
        continue;
      }
      std::fill_n(line, across.begin, kNotInspected);
      rows.row(y, &scratch, line + across.begin);
      std::fill(line + across.end, line + across.size, kNotInspected);
    }
  });
}

}  // namespace dinomaly
