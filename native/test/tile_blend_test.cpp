// Maps of tiles put together: constants, slopes and lone tiles come back, steps between tiles are spread.
#include "core/maps/tile_blend.h"

#include <ATen/ATen.h>

#include "harness.h"

namespace dinomaly::test {
namespace {

constexpr int64_t kTile = 16;

MapView view(const at::Tensor& map) { return {map.data_ptr<float>(), map.size(0), map.size(1)}; }

// Tiles of 16 pixels that begin at these places of an axis, in its own pixels.
std::vector<AxisPlacement> tiles(int64_t size, const std::vector<double>& starts) {
  std::vector<AxisPlacement> axis;
  for (const double start : starts) {
    axis.push_back({.size = size,
                    .begin = static_cast<int64_t>(start),
                    .end = std::min(size, static_cast<int64_t>(start + kTile)),
                    .scale = 1,
                    .shift = -start});
  }
  return axis;
}

at::Tensor blended(TileBlend& blend, const std::vector<at::Tensor>& maps) {
  for (size_t i = 0; i < maps.size(); ++i) blend.add(static_cast<int64_t>(i), view(maps[i]));
  return blend.finish(0.01, 0).map;
}

TEST("tiles of one value give a map of that value, wherever they lie") {
  TileBlend blend(tiles(40, {0, 11.7, 24}), tiles(30, {0, 14}), kTile, kTile);
  const std::vector<at::Tensor> maps(6, at::full({kTile, kTile}, 0.3f));
  CHECK_CLOSE(blended(blend, maps), at::full({40, 30}, 0.3f), 1e-6);
}

TEST("a slope that runs through all tiles runs through the picture's map, without a step") {
  const std::vector<double> starts = {0, 12, 24};
  TileBlend blend(tiles(40, starts), tiles(kTile, {0}), kTile, kTile);
  std::vector<at::Tensor> maps;
  for (const double start : starts) {
    maps.push_back((at::arange(kTile, at::kFloat) + start).view({kTile, 1}).expand({kTile, kTile}).contiguous());
  }
  CHECK_CLOSE(blended(blend, maps), at::arange(40, at::kFloat).view({40, 1}).expand({40, kTile}), 1e-4);
}

TEST("between tiles that disagree the map goes over evenly from one to the other") {
  TileBlend blend(tiles(kTile, {0}), tiles(24, {0, 8}), kTile, kTile);
  const at::Tensor row =
      blended(blend, {at::zeros({kTile, kTile}), at::ones({kTile, kTile})})[0];  // 8 columns of overlap
  CHECK_CLOSE(row.narrow(0, 0, 8), at::zeros({8}), 1e-6);
  CHECK_CLOSE(row.narrow(0, 8, 8), (at::arange(8, at::kFloat) + 0.5) / 8, 1e-6);
  CHECK_CLOSE(row.narrow(0, 16, 8), at::ones({8}), 1e-6);
}

TEST("the score of a map of tiles is that of the hottest pixels of one tile's worth") {
  TileBlend blend(tiles(kTile, {0}), tiles(24, {0, 8}), kTile, kTile);
  const at::Tensor hot = at::zeros({kTile, kTile});
  hot[3][3] = 8;
  hot[3][4] = 4;
  blend.add(0, view(hot));
  blend.add(1, view(at::zeros({kTile, kTile})));
  CHECK_CLOSE(blend.finish(0.01, kTile * kTile).hottest.scores, at::tensor({6.0f}), 1e-6);  // 2.56 pixels
  CHECK_CLOSE(blend.finish(0, kTile * kTile).hottest.scores, at::tensor({8.0f}), 1e-6);
  CHECK_CLOSE(blend.finish(0.01, 0).hottest.scores, at::tensor({4.0f}), 1e-6);  // 3.84 pixels
}

TEST("tiles that leave a gap, and maps of another size, are refused") {
  CHECK_THROWS_CODE(TileBlend(tiles(kTile, {0}), tiles(40, {0, 20}), kTile, kTile), "INVALID_INPUT");
  CHECK_THROWS_CODE(TileBlend(tiles(kTile, {0}), tiles(40, {0, 10}), kTile, kTile), "INVALID_INPUT");
  CHECK_THROWS_CODE(TileBlend({}, tiles(kTile, {0}), kTile, kTile), "INVALID_INPUT");
  TileBlend blend(tiles(kTile, {0}), tiles(kTile, {0}), kTile, kTile);
  CHECK_THROWS_CODE(blend.add(0, view(at::zeros({8, 8}))), "INVALID_INPUT");
  CHECK_THROWS_CODE(blend.add(1, view(at::zeros({kTile, kTile}))), "INVALID_INPUT");
}

}  // namespace
}  // namespace dinomaly::test
