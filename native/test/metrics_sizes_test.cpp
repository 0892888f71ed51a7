// Metrics of pictures whose maps differ in size, as those of pictures in tiles do.
#include "core/metrics/metrics_stream.h"
#include "harness.h"
#include "metrics_case.h"

namespace dinomaly::test {
namespace {

template <typename T>
std::vector<T> turned(const std::vector<T>& values, int64_t height, int64_t width) {
  std::vector<T> result;
  for (int64_t x = 0; x < width; ++x) {
    for (int64_t y = 0; y < height; ++y) result.push_back(values[static_cast<size_t>(y * width + x)]);
  }
  return result;
}

// Every second picture laid on its side, which changes no pixel, no rank and no region; and the last rows of the first
// picture, which is normal, given to the third, which is too.
MetricsCase of_many_sizes(const MetricsCase& data, std::vector<int64_t>* widths) {
  MetricsCase result = data;
  for (size_t i = 0; i < data.maps.size(); ++i) {
    widths->push_back(i % 2 == 0 ? data.width : data.height);
    if (i % 2 == 0) continue;
    result.maps[i] = turned(data.maps[i], data.height, data.width);
    result.masks[i] = turned(data.masks[i], data.height, data.width);
  }
  const auto moved = static_cast<std::ptrdiff_t>(5 * data.width);
  result.maps[2].insert(result.maps[2].end(), data.maps[0].end() - moved, data.maps[0].end());
  result.masks[2].insert(result.masks[2].end(), static_cast<size_t>(moved), 0);
  result.maps[0].resize(data.maps[0].size() - static_cast<size_t>(moved));
  result.masks[0].resize(result.maps[0].size());
  return result;
}

void check_same(const ClassMetrics& one, const ClassMetrics& other) {
  const auto same = [](const std::optional<Estimate>& a, const std::optional<Estimate>& b) {
    return a.has_value() && b.has_value() && std::abs(a->value - b->value) < 1e-12;
  };
  CHECK(same(one.pixel.auroc, other.pixel.auroc));
  CHECK(same(one.pixel.ap, other.pixel.ap));
  CHECK(same(one.pixel.f1_max, other.pixel.f1_max));
  CHECK(same(one.aupro, other.aupro));
  CHECK(same(one.pro.area30, other.pro.area30));
  CHECK(one.regions == other.regions);
  CHECK(one.pixels.positives == other.pixels.positives && one.pixels.negatives == other.pixels.negatives);
}

TEST("pictures of different sizes count pixel by pixel, at once and as a stream") {
  const MetricsCase even = random_metrics_case(9, 40, 37, 300);
  std::vector<int64_t> widths;
  const MetricsCase uneven = of_many_sizes(even, &widths);
  MetricsInput input = uneven.input();
  input.height = input.width = 0;
  input.widths = widths;
  const ClassMetrics expected = compute_metrics(even.input());
  check_same(compute_metrics(input), expected);
  MetricsStream stream(40, 37, 0, int64_t{1} << 30);
  stream.add(input);
  check_same(stream.metrics(), expected);
}

TEST("a width that does not divide the values of a map is refused, naming the picture") {
  const MetricsCase data = random_metrics_case(3, 6, 6, 5);
  for (const std::vector<int64_t>& widths :
       {std::vector<int64_t>{6, 7, 6}, std::vector<int64_t>{6, 0, 6}, std::vector<int64_t>{6}}) {
    MetricsInput input = data.input();
    input.widths = widths;
    CHECK_THROWS_CODE(compute_metrics(input), "INVALID_INPUT");
  }
}

}  // namespace
}  // namespace dinomaly::test
