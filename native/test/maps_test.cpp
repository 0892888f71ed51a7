// Maps in the pixels of pictures, against plain references: a fill of polygons, a flood fill, libtorch's own bilinear.
#include <ATen/ATen.h>

#include <cmath>
#include <limits>
#include <queue>

#include "core/maps/anomalous_regions.h"
#include "core/maps/encode.h"
#include "core/maps/overlay.h"
#include "core/maps/place.h"
#include "harness.h"

namespace dinomaly::test {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

MapView view(const at::Tensor& map) { return {map.data_ptr<float>(), map.size(0), map.size(1)}; }

AxisPlacement whole(int64_t size, int64_t map_size) {
  const double scale = static_cast<double>(map_size) / static_cast<double>(size);
  return {.size = size, .begin = 0, .end = size, .scale = scale, .shift = 0.5 * scale - 0.5};
}

at::Tensor placed(const at::Tensor& map, const AxisPlacement& down, const AxisPlacement& across) {
  at::Tensor out = at::zeros({down.size, across.size});
  place_map(view(map), down, across, out.data_ptr<float>(), {});
  return out;
}

RegionList regions_of(const at::Tensor& map, RegionOptions options = {.threshold = 0.5}) {
  return find_anomalous_regions(view(map), options, {});
}

int64_t twice_area(const Ring& ring) {
  int64_t twice = 0;
  for (size_t i = 0; i < ring.size(); ++i) {
    const PixelCorner &a = ring[i], &b = ring[(i + 1) % ring.size()];
    twice += static_cast<int64_t>(a.x) * b.y - static_cast<int64_t>(b.x) * a.y;
  }
  return twice;
}

// Pixels inside by the even-odd rule: vertical edges to the left of a pixel's centre.
void fill(const Ring& ring, at::Tensor* parity) {
  auto cells = parity->accessor<int64_t, 2>();
  for (size_t i = 0; i < ring.size(); ++i) {
    const PixelCorner &a = ring[i], &b = ring[(i + 1) % ring.size()];
    if (a.x != b.x) continue;
    for (int32_t y = std::min(a.y, b.y); y < std::max(a.y, b.y); ++y) {
      for (int64_t x = a.x; x < parity->size(1); ++x) cells[y][x] ^= 1;
    }
  }
}

// Each edge is along one axis, each corner turns, and no point comes twice.
bool is_simple(const Ring& ring) {
  std::vector<std::pair<int32_t, int32_t>> points;
  for (size_t i = 0; i < ring.size(); ++i) {
    const PixelCorner &a = ring[i], &b = ring[(i + 1) % ring.size()], &c = ring[(i + 2) % ring.size()];
    if ((a.x == b.x) == (a.y == b.y) || (a.x == b.x) == (b.x == c.x)) return false;
    points.emplace_back(a.x, a.y);
  }
  std::sort(points.begin(), points.end());
  return ring.size() >= 4 && std::adjacent_find(points.begin(), points.end()) == points.end();
}

void check_contours(const at::Tensor& map) {
  const RegionList list = regions_of(map, {.threshold = 0.5, .max_regions = 100000, .max_corners = 1 << 30});
  at::Tensor parity = at::zeros(map.sizes(), at::kLong);
  for (const AnomalousRegion& region : list.regions) {
    REQUIRE(region.contour.has_value());
    int64_t twice = 0;
    for (const Polygon& polygon : *region.contour) {
      for (size_t i = 0; i < polygon.rings.size(); ++i) {
        const Ring& ring = polygon.rings[i];
        CHECK(is_simple(ring));
        CHECK((twice_area(ring) > 0) == (i == 0));
        twice += twice_area(ring);
        fill(ring, &parity);
      }
    }
    CHECK(twice == 2 * region.area);
  }
  CHECK(at::equal(parity, map.gt(0.5).to(at::kLong)));
}

int64_t flood_count(const at::Tensor& map) {
  at::Tensor left = map.gt(0.5).contiguous();
  auto cells = left.accessor<bool, 2>();
  int64_t count = 0;
  for (int64_t y = 0; y < map.size(0); ++y) {
    for (int64_t x = 0; x < map.size(1); ++x) {
      if (!cells[y][x]) continue;
      ++count;
      std::queue<std::pair<int64_t, int64_t>> queue;
      queue.emplace(y, x);
      cells[y][x] = false;
      while (!queue.empty()) {
        const auto [py, px] = queue.front();
        queue.pop();
        for (int64_t ny = std::max<int64_t>(0, py - 1); ny <= std::min(map.size(0) - 1, py + 1); ++ny) {
          for (int64_t nx = std::max<int64_t>(0, px - 1); nx <= std::min(map.size(1) - 1, px + 1); ++nx) {
            if (!cells[ny][nx]) continue;
            cells[ny][nx] = false;
            queue.emplace(ny, nx);
          }
        }
      }
    }
  }
  return count;
}

TEST("a map placed on a picture that was not cropped is libtorch's bilinear without aligned corners") {
  at::manual_seed(7);
  for (const auto& [mh, mw, h, w] : {std::array<int64_t, 4>{8, 8, 31, 57}, {5, 9, 3, 4}, {1, 1, 6, 2}, {7, 3, 1, 1}}) {
    const at::Tensor map = at::rand({mh, mw});
    const at::Tensor expected = at::upsample_bilinear2d(map.view({1, 1, mh, mw}), {h, w}, false).view({h, w});
    CHECK_CLOSE(placed(map, whole(h, mh), whole(w, mw)), expected, 2e-6);
  }
}

TEST("a flat map stays exactly flat, and what was not inspected is NaN") {
  const at::Tensor map = at::full({4, 6}, 0.3F);
  AxisPlacement down = whole(10, 4), across = whole(12, 6);
  down.begin = 2;
  across.end = 9;
  const at::Tensor out = placed(map, down, across);
  CHECK(out.narrow(0, 2, 8).narrow(1, 0, 9).eq(0.3F).all().item<bool>());
  CHECK(out.isnan().sum().item<int64_t>() == 120 - 72);
}

TEST("a map value that is not finite spreads to no pixel that gives it no weight") {
  at::Tensor map = at::zeros({3, 3});
  map[1][1] = kNan;
  CHECK(placed(map, whole(3, 3), whole(3, 3)).isnan().sum().item<int64_t>() == 1);
}

TEST("a map without values and a placement outside the picture are refused") {
  at::Tensor map = at::zeros({2, 2}), out = at::zeros({2, 2});
  AxisPlacement outside = whole(2, 2);
  outside.end = 3;
  CHECK_THROWS_CODE(place_map({}, whole(2, 2), whole(2, 2), out.data_ptr<float>(), {}), "INVALID_INPUT");
  CHECK_THROWS_CODE(place_map(view(map), outside, whole(2, 2), out.data_ptr<float>(), {}), "INVALID_INPUT");
  CHECK_THROWS_CODE(find_anomalous_regions({}, {}, {}), "INVALID_INPUT");
}

TEST("contours of random masks are simple rings of the regions' areas that fill to the same masks") {
  at::manual_seed(11);
  for (const double density : {0.1, 0.3, 0.5, 0.6, 0.75, 0.95}) {
    for (int repeat = 0; repeat < 6; ++repeat) {
      const at::Tensor map = at::rand({17 + repeat, 23}).lt(density).to(at::kFloat);
      check_contours(map);
      CHECK(static_cast<int64_t>(regions_of(map).regions.size()) == flood_count(map));
    }
  }
  for (int64_t pattern = 0; pattern < 512; ++pattern) {
    at::Tensor map = at::zeros({3, 3});
    for (int64_t bit = 0; bit < 9; ++bit) map[bit / 3][bit % 3] = static_cast<float>((pattern >> bit) & 1);
    check_contours(map);
  }
}

TEST("pixels that meet at a corner are one region of two polygons, and a gap closed by a corner is a hole") {
  at::Tensor map = at::zeros({2, 2});
  map[0][0] = map[1][1] = 1;
  const RegionList diagonal = regions_of(map);
  REQUIRE(diagonal.regions.size() == 1);
  CHECK(diagonal.regions[0].contour->size() == 2);
  at::Tensor ring = at::ones({3, 3});
  ring[1][1] = ring[2][2] = 0;  // the gap's corner touches the outside
  const RegionList open = regions_of(ring);
  REQUIRE(open.regions.size() == 1 && open.regions[0].contour->size() == 1);
  CHECK(open.regions[0].contour->front().rings.size() == 2);
}

TEST("a region has its box, area, peak and mean; a NaN belongs to none") {
  at::Tensor map = at::zeros({5, 6});
  map[1][2] = 2;
  map[1][3] = 4;
  map[2][4] = 3;
  map[4][0] = 9;
  map[1][4] = kNan;
  const RegionList list = regions_of(map);
  REQUIRE(list.regions.size() == 2 && list.found == 2);
  CHECK(list.regions[0].peak == 9 && list.regions[0].area == 1 && list.regions[0].top == 4);
  const AnomalousRegion& second = list.regions[1];
  CHECK(second.left == 2 && second.top == 1 && second.width == 3 && second.height == 2);
  CHECK(second.area == 3 && second.peak == 4 && second.peak_x == 3 && second.peak_y == 1 && second.mean == 3);
}

TEST("the smallest regions are left out and counted, and outlines past the limit are not kept") {
  at::Tensor map = at::zeros({9, 9});
  map[0][0] = 5;
  map.narrow(0, 2, 2).fill_(1);
  map.narrow(0, 6, 3).fill_(2);
  const RegionList list = regions_of(map, {.threshold = 0.5, .max_regions = 2, .max_corners = 7});
  REQUIRE(list.regions.size() == 2 && list.found == 3);
  CHECK(list.regions[0].area == 27 && list.regions[1].area == 18);
  CHECK(list.regions[0].contour.has_value() && !list.regions[1].contour.has_value());
  CHECK(regions_of(map, {.threshold = 0.5, .min_area = 2}).found == 2);
  CHECK(regions_of(map, {.threshold = 5}).regions.empty());
}

TEST("16-bit levels are linear over the scale, held at its ends, and 0 for NaN unless filled") {
  const std::vector<float> values{0.F, 1.F, 2.F, -3.F, 7.F, kNan};
  std::vector<uint16_t> levels(values.size());
  auto* bytes = reinterpret_cast<uint8_t*>(levels.data());
  MapEncoder encoder{.encoding = MapEncoding::kUint16, .low = 0, .high = 2, .fill = kNan};
  encode_map(values, encoder, bytes, {});
  CHECK(levels == std::vector<uint16_t>{1, 32768, 65535, 1, 65535, 0});
  encoder.fill = 2;
  encode_map(values, encoder, bytes, {});
  CHECK(levels.back() == 65535);
}

TEST("values above the threshold alone are white in a binary map") {
  const std::vector<float> values{0.5F, 0.6F, kNan, 0.4F};
  std::vector<uint8_t> out(values.size());
  encode_map(values, {.encoding = MapEncoding::kBinary, .low = 0.5, .fill = kNan}, out.data(), {});
  CHECK(out == std::vector<uint8_t>{0, 255, 0, 0});
}

TEST("colours change where the values do, a NaN inside is hot, and the margin is grey") {
  const at::Tensor picture = at::full({4, 8, 3}, 200, at::kByte);
  at::Tensor map = at::zeros({1, 4});
  map[0][3] = kNan;
  const std::vector<uint8_t> table{0, 0, 255, 0, 255, 0, 0, 255};
  AxisPlacement across{.size = 8, .begin = 2, .end = 6, .scale = 1, .shift = -2};
  at::Tensor out = at::zeros({4, 8, 3}, at::kByte);
  overlay_map({picture.data_ptr<uint8_t>(), 4, 8, 3}, view(map), whole(4, 1), across,
              {.low = 0, .high = 1, .table = table}, 2, out.data_ptr<uint8_t>(), {});
  CHECK(out[1][3].eq(200).all().item<bool>());
  CHECK(out[1][5][0].item<int>() == 255 && out[1][5][2].item<int>() == 0);
  const int margin = out[1][7][0].item<int>();
  CHECK(margin < 200 && margin > 128 && out[1][7][2].item<int>() == margin);
}

TEST("outlines are white with a dark rim, and end at the picture's edge") {
  at::Tensor pixels = at::full({8, 8, 3}, 90, at::kByte);
  const std::vector<Segment> segments{{-3, 4, 40, 4}};
  draw_segments(segments, 2, 8, 8, pixels.data_ptr<uint8_t>(), {});
  const at::Tensor column = pixels.select(1, 5).select(1, 0);
  const at::Tensor expected = at::tensor({90, 90, 20, 255, 255, 20, 90, 90}, at::kByte);
  CHECK(at::equal(column, expected));
  CHECK(pixels.eq(255).sum().item<int64_t>() == 2 * 8 * 3);
}

}  // namespace
}  // namespace dinomaly::test
