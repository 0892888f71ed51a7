// Quantiles over many arrays.
#include "core/metrics/quantiles.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "harness.h"
#include "metrics_case.h"

namespace dinomaly::test {
namespace {

TEST("quantiles interpolate between the neighbours of all values, as numpy does") {
  const std::vector<float> a{4, 1, 3}, b{2};
  const std::vector<double> found = quantiles({a, b}, {0, 0.5, 1, 0.25, 0.9, 1.0 / 3});
  const std::vector<double> expected{1, 2.5, 4, 1.75, 3.7, 2};
  for (size_t i = 0; i < expected.size(); ++i) CHECK(std::abs(found[i] - expected[i]) < 1e-15);
  CHECK(quantiles({b}, {0.3})[0] == 2);
}

TEST("quantiles equal those of the sorted values") {
  const MetricsCase data = random_metrics_case(5, 31, 17, 50);
  std::vector<double> sorted;
  for (const auto& map : data.maps) sorted.insert(sorted.end(), map.begin(), map.end());
  std::sort(sorted.begin(), sorted.end());
  for (const double q : {0.0, 0.001, 0.5, 0.777, 0.999, 1.0}) {
    const double place = q * static_cast<double>(sorted.size() - 1);
    const double low = sorted[static_cast<size_t>(std::floor(place))],
                 high = sorted[static_cast<size_t>(std::ceil(place))];
    const double expected = low + (high - low) * (place - std::floor(place));
    CHECK(std::abs(quantiles(data.input().maps, {q})[0] - expected) < 1e-12);
  }
}

TEST("quantiles of nothing, of NaN and outside 0 to 1 are refused") {
  const std::vector<float> good{1, 2}, bad{1, std::numeric_limits<float>::quiet_NaN()};
  CHECK_THROWS_CODE(quantiles({}, {0.5}), "INVALID_INPUT");
  CHECK_THROWS_CODE(quantiles({good, bad}, {0.5}), "INVALID_INPUT");
  for (const double q : {-0.1, 1.1, std::nan("")}) CHECK_THROWS_CODE(quantiles({good}, {q}), "INVALID_INPUT");
}

}  // namespace
}  // namespace dinomaly::test
