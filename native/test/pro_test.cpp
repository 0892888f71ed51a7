// AUPRO in its parts: thresholds to the bit, regions, and the curves re-counted plainly.

#include <algorithm>
#include <cmath>
#include <random>
#include <set>

#include "core/metrics/class_metrics.h"
#include "core/metrics/regions.h"
#include "harness.h"

namespace dinomaly::test {
namespace {

struct Grid {
  float lo, hi;
  size_t count;
  double second, last;
};

// numpy.arange(lo, hi, (hi - lo) / 200) of numpy.float32 values, by numpy 2.4.
constexpr Grid kGrids[] = {
    {0x0.0p+0f, 0x1.0000000000000p+0f, 200, 0x1.47ae140000000p-8, 0x1.fd70a31800000p-1},
    {0x1.99999a0000000p-4f, 0x1.cccccc0000000p-1f, 200, 0x1.a9fbe80000000p-4, 0x1.cac0878000000p-1},
    {-0x1.0000000000000p+0f, 0x1.0000000000000p+0f, 200, -0x1.fae1480000000p-1, 0x1.fae1080000000p-1},
    {0x1.a3ad180000000p-5f, 0x1.bb6ae80000000p+0f, 201, 0x1.e8864c0000000p-5, 0x1.bb6aedc000000p+0},
    {-0x1.0624de0000000p-12f, 0x1.450efe0000000p-12f, 200, -0x1.0335400000000p-12, 0x1.421ef40000000p-12},
    {0x1.0624de0000000p-10f, 0x1.0667fa0000000p-10f, 200, 0x1.0625340000000p-10, 0x1.0667b80000000p-10},
    {0x1.ed00000000000p+6f, 0x1.f200000000000p+6f, 200, 0x1.ed06660000000p+6, 0x1.f1f94a0000000p+6},
    {-0x1.1170000000000p+16f, 0x1.b774000000000p+19f, 200, -0x1.fcfc000000000p+15, 0x1.b515c00000000p+19},
    {0x1.3333340000000p-2f, 0x1.3333800000000p-2f, 200, 0x1.3333340000000p-2, 0x1.3333340000000p-2},
    {-0x1.f2cee40000000p-3f, 0x1.847b880000000p-1f, 201, -0x1.e88b620000000p-3, 0x1.847bab0000000p-1},
    {-0x1.b7f8380000000p-3f, 0x1.22ce3c0000000p-1f, 201, -0x1.aff4220000000p-3, 0x1.22ce3e0000000p-1},
};

TEST("thresholds are numpy's to the bit") {
  for (const Grid& grid : kGrids) {
    const std::vector<double> thresholds = pro_thresholds(grid.lo, grid.hi);
    REQUIRE(thresholds.size() == grid.count);
    CHECK(thresholds[0] == grid.lo && thresholds[1] == grid.second && thresholds.back() == grid.last);
  }
}

TEST("thresholds are a float32 arange for many ranges") {
  std::mt19937 draws(6);
  std::normal_distribution<double> normal;
  int longer = 0;
  for (int i = 0; i < 20'000; ++i) {
    const auto lo = static_cast<float>(normal(draws) * std::pow(10, static_cast<int>(draws() % 16) - 8));
    const auto hi = static_cast<float>(lo + std::abs(normal(draws)) * std::pow(10, static_cast<int>(draws() % 16) - 8));
    // numpy: the first two values as float32, their distance in double, as many as fit the range by float32 division.
    const auto step = static_cast<float>((hi - lo) / 200.0f);
    if (!(step > 0)) continue;
    const double pitch = static_cast<double>(static_cast<float>(lo + step)) - static_cast<double>(lo);
    std::vector<double> expected;
    for (float k = 0; k < static_cast<float>(static_cast<float>(hi - lo) / step); ++k) {
      const volatile double distance = static_cast<double>(k) * pitch;
      expected.push_back(static_cast<double>(lo) + distance);
    }
    CHECK(pro_thresholds(lo, hi) == expected);
    longer += expected.size() == 201 ? 1 : 0;
  }
  CHECK(longer > 100);
}

TEST("there are no thresholds where the values leave no step") {
  CHECK(pro_thresholds(0.5f, 0.5f).empty());
  CHECK(pro_thresholds(1.0f, 0.5f).empty());
  CHECK(pro_thresholds(0.0f, 1e-45f).empty());
  CHECK(pro_thresholds(-3e38f, 3e38f).empty());
}

// Region of each pixel, -1 outside, by flooding.
std::vector<int> flood(const std::vector<uint8_t>& mask, int height, int width) {
  std::vector<int> labels(mask.size(), -1);
  int next = 0;
  for (int start = 0; start < height * width; ++start) {
    if (mask[start] == 0 || labels[start] >= 0) continue;
    std::vector<int> open{start};
    labels[start] = next;
    while (!open.empty()) {
      const int y = open.back() / width, x = open.back() % width;
      open.pop_back();
      for (int v = std::max(y - 1, 0); v <= std::min(y + 1, height - 1); ++v) {
        for (int u = std::max(x - 1, 0); u <= std::min(x + 1, width - 1); ++u) {
          const int at = v * width + u;
          if (mask[at] == 0 || labels[at] >= 0) continue;
          labels[at] = next;
          open.push_back(at);
        }
      }
    }
    ++next;
  }
  return labels;
}

TEST("regions are those that flooding through sides and corners finds, in the same order") {
  std::mt19937 draws(4);
  for (int i = 0; i < 300; ++i) {
    const int height = 1 + static_cast<int>(draws() % 12), width = 1 + static_cast<int>(draws() % 12);
    std::vector<uint8_t> mask(static_cast<size_t>(height * width));
    for (uint8_t& pixel : mask) pixel = draws() % 10 < 1 + static_cast<unsigned>(i) % 9 ? 255 : 0;
    const std::vector<int> expected = flood(mask, height, width);
    const Regions regions = find_regions(mask, height, width);
    std::vector<int> actual(mask.size(), -1);
    std::vector<int64_t> sizes(regions.sizes.size(), 0);
    for (const Run& run : regions.runs) {
      for (int x = run.begin; x < run.end; ++x) actual[static_cast<size_t>(run.row * width + x)] = run.region;
      sizes[static_cast<size_t>(run.region)] += run.end - run.begin;
    }
    CHECK(actual == expected);
    CHECK(sizes == regions.sizes);
  }
}

// By the definition: at each threshold, every region and every normal pixel is looked at.
double count_plainly(const std::vector<float>& map, const std::vector<uint8_t>& mask, int height, int width) {
  const auto [lo, hi] = std::minmax_element(map.begin(), map.end());
  const std::vector<int> labels = flood(mask, height, width);
  const int regions = *std::max_element(labels.begin(), labels.end()) + 1;
  std::vector<std::pair<double, double>> points;
  for (const double threshold : pro_thresholds(*lo, *hi)) {
    std::vector<double> above(static_cast<size_t>(regions) + 1, 0), all(above.size(), 0);
    for (size_t i = 0; i < map.size(); ++i) {
      all[static_cast<size_t>(labels[i] + 1)] += 1;
      above[static_cast<size_t>(labels[i] + 1)] += map[i] > threshold ? 1 : 0;
    }
    double overlap = 0;
    for (int r = 1; r <= regions; ++r) overlap += above[static_cast<size_t>(r)] / all[static_cast<size_t>(r)] / regions;
    if (above[0] / all[0] < 0.3) points.emplace_back(above[0] / all[0], overlap);
  }
  double area = 0;
  for (size_t i = 1; i < points.size(); ++i) {
    area += (points[i - 1].first - points[i].first) / points[0].first * (points[i - 1].second + points[i].second) / 2;
  }
  return area;
}

MetricsInput one_picture(const std::vector<float>& map, const std::vector<uint8_t>& mask, int height, int width) {
  MetricsInput input;
  input.maps = {map};
  input.masks = {mask};
  input.height = height;
  input.width = width;
  return input;
}

TEST("AUPRO equals its definition, with values on the thresholds and without") {
  std::mt19937 draws(8);
  for (int i = 0; i < 20; ++i) {
    const int height = 24, width = 31;
    std::vector<float> map(static_cast<size_t>(height * width));
    std::vector<uint8_t> mask(map.size());
    for (size_t k = 0; k < map.size(); ++k) {
      mask[k] = draws() % 9 == 0 ? 1 : 0;
      map[k] = static_cast<float>(draws() % 1000) / 999.0f + (mask[k] != 0 ? 0.2f : 0.0f);
    }
    if (i % 2 == 1) {
      // Whole numbers from 0 to 200: every value but the last is a threshold, to the bit.
      for (float& value : map) value = std::round(value * 160);
      map[0] = 0;
      map[1] = 200;
      REQUIRE(pro_thresholds(0, 200)[137] == 137);
    }
    const ClassMetrics metrics = compute_metrics(one_picture(map, mask, height, width));
    REQUIRE(metrics.aupro.has_value());
    CHECK(std::abs(metrics.aupro->value - count_plainly(map, mask, height, width)) < 1e-9);
    CHECK(metrics.aupro->bound == 0);
  }
}

TEST("a false positive rate of exactly 0.3 is left out of AUPRO") {
  // Ten normal pixels, of which one after the other passes the thresholds, and one region of two.
  const std::vector<float> map = {0.0f, 0.1f, 0.2f, 0.3f, 0.4f, 0.5f, 0.6f, 0.7f, 0.8f, 0.9f, 1.0f, 0.75f};
  const std::vector<uint8_t> mask = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1};
  const ClassMetrics metrics = compute_metrics(one_picture(map, mask, 1, 12));
  REQUIRE(metrics.aupro.has_value());
  // From the rate 0.2 down the overlap is 0.5, but for its beginning; with the rate 0.3 it would be two thirds.
  CHECK(std::abs(metrics.aupro->value - count_plainly(map, mask, 1, 12)) < 1e-12);
  CHECK(std::abs(metrics.aupro->value - 0.5) < 1e-6);
}

struct PlainPro {
  double area = 0, height = 0;
};

// Every distinct value a threshold at or above which a pixel counts, straight lines between.
PlainPro trace_plainly(const std::vector<float>& map, const std::vector<uint8_t>& mask, int height, int width,
                       double limit) {
  const std::vector<int> labels = flood(mask, height, width);
  const int regions = *std::max_element(labels.begin(), labels.end()) + 1;
  std::vector<double> all(static_cast<size_t>(regions) + 1, 0);
  for (const int label : labels) all[static_cast<size_t>(label + 1)] += 1;
  PlainPro result;
  double x0 = 0, y0 = 0;
  for (const float threshold : std::set<float, std::greater<>>(map.begin(), map.end())) {
    double x = 0, y = 0;
    for (size_t i = 0; i < map.size(); ++i) {
      const double share = 1 / all[static_cast<size_t>(labels[i] + 1)];
      if (map[i] >= threshold) (labels[i] < 0 ? x : y) += labels[i] < 0 ? share : share / regions;
    }
    if (x0 <= limit) {
      const double end = std::min(x, limit), top = x > limit ? y0 + (y - y0) * (limit - x0) / (x - x0) : y;
      result.area += (end - x0) * (y0 + top) / 2 / limit;
      result.height = top;
    }
    x0 = x;
    y0 = y;
  }
  return result;
}

TEST("the exact PRO figures equal their definition, with ties and without") {
  std::mt19937 draws(9);
  for (int i = 0; i < 20; ++i) {
    const int height = 14, width = 17;
    std::vector<float> map(static_cast<size_t>(height * width));
    std::vector<uint8_t> mask(map.size());
    for (size_t k = 0; k < map.size(); ++k) {
      mask[k] = draws() % 9 == 0 ? 1 : 0;
      // Few values, which pixels of both kinds have; or many, each of one pixel.
      map[k] = i % 2 == 0 ? static_cast<float>(draws() % 12 + (mask[k] != 0 ? 3 : 0))
                          : static_cast<float>(draws() % 1000000) * (mask[k] != 0 ? 1.3f : 1.0f);
    }
    const ProMetrics pro = compute_metrics(one_picture(map, mask, height, width)).pro;
    const PlainPro wide = trace_plainly(map, mask, height, width, 0.3);
    const PlainPro narrow = trace_plainly(map, mask, height, width, 0.05);
    REQUIRE(pro.area30 && pro.area05 && pro.at05);
    CHECK(std::abs(pro.area30->value - wide.area) < 1e-12);
    CHECK(std::abs(pro.area05->value - narrow.area) < 1e-12);
    CHECK(std::abs(pro.at05->value - narrow.height) < 1e-12);
  }
}

}  // namespace
}  // namespace dinomaly::test
