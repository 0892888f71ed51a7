#include "tile_blend.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "../error.h"

namespace dinomaly {
namespace {

// A pixel that lies beyond the tiles by a rounding still belongs to the outermost.
constexpr double kLeastWeight = 1e-6;

int64_t common_size(const std::vector<AxisPlacement>& axis) {
  int64_t covered = 0;
  for (const AxisPlacement& tile : axis) {
    if (tile.size != axis.front().size || tile.begin < 0 || tile.begin > covered || tile.end <= tile.begin ||
        tile.end > tile.size) {
      throw Error("INVALID_INPUT", "Expected tiles that overlap and lie within the map of their picture");
    }
    covered = std::max(covered, tile.end);
  }
  if (axis.empty() || covered != axis.front().size) {
    throw Error("INVALID_INPUT", "Expected tiles that cover the map of their picture");
  }
  return covered;
}

}  // namespace

TileBlend::Weights TileBlend::weights(const std::vector<AxisPlacement>& axis, int64_t tile_size) {
  Weights weights(axis.size());
  std::vector<double> totals(static_cast<size_t>(axis.front().size), 0.0);
  const auto distance = [&](const AxisPlacement& tile, int64_t i) {
    const double index = static_cast<double>(i) * tile.scale + tile.shift;
    return std::max(kLeastWeight, std::min(index + 0.5, static_cast<double>(tile_size) - 0.5 - index));
  };
  for (const AxisPlacement& tile : axis) {
    for (int64_t i = tile.begin; i < tile.end; ++i) totals[static_cast<size_t>(i)] += distance(tile, i);
  }
  for (size_t t = 0; t < axis.size(); ++t) {
    for (int64_t i = axis[t].begin; i < axis[t].end; ++i) {
      weights[t].push_back(static_cast<float>(distance(axis[t], i) / totals[static_cast<size_t>(i)]));
    }
  }
  return weights;
}

TileBlend::TileBlend(std::vector<AxisPlacement> down, std::vector<AxisPlacement> across, int64_t tile_height,
                     int64_t tile_width)
    : down_(std::move(down)), across_(std::move(across)), tile_height_(tile_height), tile_width_(tile_width) {
  sum_ = at::zeros({common_size(down_), common_size(across_)}, at::kFloat);
  down_weights_ = weights(down_, tile_height);
  across_weights_ = weights(across_, tile_width);
}

void TileBlend::add(int64_t tile, const MapView& map) {
  const auto columns = static_cast<int64_t>(across_.size());
  if (tile < 0 || tile >= static_cast<int64_t>(down_.size()) * columns || map.height != tile_height_ ||
      map.width != tile_width_) {
    throw Error("INVALID_INPUT", "Expected the map of one of the picture's tiles");
  }
  const auto row = static_cast<size_t>(tile / columns), column = static_cast<size_t>(tile % columns);
  const AxisPlacement &down = down_[row], &across = across_[column];
  const PlacedRows rows(map, down, across);
  const std::vector<float>& across_weights = across_weights_[column];
  std::vector<float> scratch, line(across_weights.size());
  for (int64_t y = down.begin; y < down.end; ++y) {
    rows.row(y, &scratch, line.data());
    const float weight = down_weights_[row][static_cast<size_t>(y - down.begin)];
    float* out = sum_.data_ptr<float>() + y * sum_.size(1) + across.begin;
    for (size_t x = 0; x < line.size(); ++x) out[x] += weight * across_weights[x] * line[x];
  }
}

TileBlend::Blended TileBlend::finish(double ratio, int64_t counted) const {
  return {.map = sum_, .hottest = hottest_pixels(sum_.unsqueeze(0), ratio, counted)};
}

}  // namespace dinomaly
