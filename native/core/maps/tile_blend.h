// The maps of overlapping tiles put together into the map of their picture, without seams: the weight of a tile falls
// linearly to zero towards its edges where another one overlaps it, and the weights of all tiles sum to one.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "../anomaly_map.h"
#include "place.h"

namespace dinomaly {

// Tiles form a grid: each is a row of it and a column.
class TileBlend {
 public:
  // down, across: where the pixels of the picture's map lie on the map of each row and each column of tiles, which has
  // tile_height x tile_width values; their spans [begin, end) together cover the picture's map. Throws Error
  // INVALID_INPUT otherwise.
  TileBlend(std::vector<AxisPlacement> down, std::vector<AxisPlacement> across, int64_t tile_height,
            int64_t tile_width);

  // The map of tile `tile`, counted row by row. The picture's map is the same to the bit if the order of the calls is.
  void add(int64_t tile, const MapView& map);

  struct Blended {
    at::Tensor map;         // fp32 [H, W]
    HottestPixels hottest;  // [1] each
  };
  // After all tiles were added. As hottest_pixels() counts: `ratio` is a share of `counted` pixels.
  Blended finish(double ratio, int64_t counted) const;

 private:
  using Weights = std::vector<std::vector<float>>;  // of each span of an axis
  static Weights weights(const std::vector<AxisPlacement>& axis, int64_t tile_size);

  std::vector<AxisPlacement> down_, across_;
  Weights down_weights_, across_weights_;
  int64_t tile_height_, tile_width_;
  at::Tensor sum_;  // fp32 [H, W]
};

}  // namespace dinomaly
