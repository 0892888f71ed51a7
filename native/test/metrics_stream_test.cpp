// Counted pixels against kept ones: the same where no bit is dropped, within the bounds where bits are.
#include "core/metrics/metrics_stream.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "harness.h"
#include "metrics_case.h"

namespace dinomaly::test {
namespace {

constexpr int64_t kPlenty = int64_t{1} << 30;

// The pictures in calls of `at_once`.
MetricsStream streamed(const MetricsCase& data, int64_t max_bytes, size_t at_once) {
  MetricsStream stream(data.height, data.width, 0, max_bytes);
  const MetricsInput all = data.input();
  for (size_t begin = 0; begin < all.maps.size(); begin += at_once) {
    const auto from = static_cast<std::ptrdiff_t>(begin);
    const auto to = static_cast<std::ptrdiff_t>(std::min(all.maps.size(), begin + at_once));
    MetricsInput part;
    part.maps.assign(all.maps.begin() + from, all.maps.begin() + to);
    part.masks.assign(all.masks.begin() + from, all.masks.begin() + to);
    part.labels.assign(all.labels.begin() + from, all.labels.begin() + to);
    part.scores.assign(all.scores.begin() + from, all.scores.begin() + to);
    stream.add(std::move(part));
  }
  return stream;
}

std::vector<std::optional<Estimate>> figures(const ClassMetrics& metrics) {
  return {metrics.image.auroc,  metrics.image.ap, metrics.image.f1_max, metrics.pixel.auroc, metrics.pixel.ap,
          metrics.pixel.f1_max, metrics.aupro,    metrics.pro.area30,   metrics.pro.area05,  metrics.pro.at05};
}

// Every figure within its bound, to rounding. The largest bound.
double check_bounds(const ClassMetrics& counted, const ClassMetrics& exact) {
  const auto a = figures(counted), b = figures(exact);
  double largest = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    if (!a[i] || !b[i]) {
      CHECK(!a[i] == !b[i] || (a[i] && a[i]->bound == 1));
      continue;
    }
    CHECK(std::abs(a[i]->value - b[i]->value) <= a[i]->bound + 1e-12);
    if (std::abs(a[i]->value - b[i]->value) > a[i]->bound + 1e-12) {
      fail(__FILE__, __LINE__,
           "figure " + std::to_string(i) + ": " + std::to_string(a[i]->value) + " against " +
               std::to_string(b[i]->value) + ", bound " + std::to_string(a[i]->bound));
    }
    largest = std::max(largest, a[i]->bound);
  }
  return largest;
}

void spread(MetricsCase* data, int octaves, uint32_t seed) {
  std::mt19937 draws(seed);
  std::normal_distribution<float> normal;
  for (size_t i = 0; i < data->maps.size(); ++i) {
    for (size_t k = 0; k < data->maps[i].size(); ++k) {
      const float lift = data->masks[i][k] != 0 ? 1.0f : 0.0f;
      data->maps[i][k] = std::ldexp(normal(draws) + lift, static_cast<int>(draws() % (2 * octaves)) - octaves);
    }
  }
}

TEST("a stream with room for every value gives the exact metrics, however the pictures come") {
  for (const double levels : {1.0, 4.0, 300.0, 1e9}) {
    const MetricsCase data = random_metrics_case(9, 40, 37, levels);
    const ClassMetrics exact = compute_metrics(data.input());
    for (const size_t at_once : {1, 4, 9}) {
      const ClassMetrics counted = streamed(data, kPlenty, at_once).metrics();
      CHECK(counted.dropped_bits == 0);
      CHECK(check_bounds(counted, exact) == 0);
      CHECK(counted.pixel.f1_threshold == exact.pixel.f1_threshold);
      CHECK(counted.regions == exact.regions && counted.pixels.positives == exact.pixels.positives);
    }
  }
}

TEST("a stream of few pages drops bits and stays within its bounds") {
  double widest = 0;
  for (const int octaves : {1, 8, 60, 120}) {
    for (uint32_t seed = 0; seed < 6; ++seed) {
      MetricsCase data = random_metrics_case(8, 40, 37, 1e9);
      spread(&data, octaves, seed);
      const MetricsStream stream = streamed(data, CounterPages::kLeastBytes, 3);
      const ClassMetrics counted = stream.metrics(50);
      CHECK(counted.dropped_bits > 0);
      CHECK(stream.bytes() <= CounterPages::kLeastBytes);
      widest = std::max(widest, check_bounds(counted, compute_metrics(data.input())));
      CHECK(counted.pixel.roc->size() <= 50);
    }
  }
  CHECK(widest > 0);
}

// All pixels in a few bins: the intervals are wide, and the thresholds of the grid cut them.
TEST("bounds hold where bins are wide and filled unevenly") {
  std::mt19937 draws(3);
  for (uint32_t seed = 0; seed < 40; ++seed) {
    MetricsCase data = random_metrics_case(6, 24, 24, 1e9);
    spread(&data, 30, seed);
    for (size_t i = 0; i < data.maps.size(); ++i) {
      for (size_t k = 0; k < data.maps[i].size(); ++k) {
        const bool anomalous = data.masks[i][k] != 0;
        // Within one bin of 2^13 keys and more, anomalous pixels above, below or among the normal ones.
        const uint32_t step = draws() % 4096 + (anomalous == (seed % 3 == 0) ? 4096 : seed % 3 == 2 ? 2048 : 0);
        if (draws() % 3 != 0) data.maps[i][k] = 1.0f + static_cast<float>(step) * 0x1p-23f;
      }
    }
    const ClassMetrics counted = streamed(data, CounterPages::kLeastBytes, 6).metrics();
    CHECK(counted.dropped_bits > 8);
    CHECK(check_bounds(counted, compute_metrics(data.input())) > 1e-4);
  }
}

TEST("a counter goes on past 32 bits") {
  PageCounters counters;
  uint64_t sum = 0;
  for (const uint64_t count : {uint64_t{0xFFFFFFFF}, uint64_t{1}, uint64_t{0x5FFFFFFFF}, uint64_t{7'500'000'000}}) {
    counters.add(3, count);
    sum += count;
    CHECK(counters.at(3) == sum);
  }
  CHECK(counters.at(2) == 0 && counters.at(4) == 0);
}

TEST("constant maps, one class alone and the largest floats are counted like the others") {
  MetricsCase data = random_metrics_case(4, 12, 12, 5);
  for (auto& map : data.maps) std::fill(map.begin(), map.end(), 0.25f);
  check_bounds(streamed(data, CounterPages::kLeastBytes, 2).metrics(), compute_metrics(data.input()));
  constexpr float kMost = std::numeric_limits<float>::max();
  for (auto& map : data.maps) {
    map[3] = kMost;
    map[4] = -kMost;
    map[5] = -0.0f;
    map[6] = std::numeric_limits<float>::denorm_min();
  }
  for (const int64_t bytes : {CounterPages::kLeastBytes, kPlenty}) {
    check_bounds(streamed(data, bytes, 2).metrics(), compute_metrics(data.input()));
  }
  for (auto& mask : data.masks) std::fill(mask.begin(), mask.end(), 0);
  check_bounds(streamed(data, kPlenty, 2).metrics(), compute_metrics(data.input()));
}

TEST("a stream's metrics do not depend on the number of threads, to the bit") {
  MetricsCase data = random_metrics_case(30, 60, 70, 1e9);
  spread(&data, 20, 1);
  const int threads = at::get_num_threads();
  std::vector<ClassMetrics> results;
  for (const int count : {1, 2, 7}) {
    at::set_num_threads(count);
    results.push_back(streamed(data, 4 * CounterPages::kLeastBytes, 10).metrics());
  }
  at::set_num_threads(threads);
  for (const ClassMetrics& metrics : results) {
    const auto a = figures(metrics), b = figures(results[0]);
    for (size_t i = 0; i < a.size(); ++i) CHECK(a[i]->value == b[i]->value && a[i]->bound == b[i]->bound);
  }
}

TEST("pictures that a stream refuses leave it as it was, and messages count from its first picture") {
  const MetricsCase data = random_metrics_case(4, 12, 12, 5);
  MetricsStream stream = streamed(data, kPlenty, 2);
  MetricsCase bad = data;
  bad.maps[1][7] = std::numeric_limits<float>::quiet_NaN();
  try {
    stream.add(bad.input());
    CHECK(false);
  } catch (const Error& error) {
    CHECK(std::string(error.what()).find("picture 5") != std::string::npos);
  }
  MetricsInput unscored = data.input();
  unscored.scores.clear();
  CHECK_THROWS_CODE(stream.add(unscored), "INVALID_INPUT");
  CHECK(stream.pictures() == 4);
  CHECK(check_bounds(stream.metrics(), compute_metrics(data.input())) == 0);
  CHECK_THROWS_CODE(MetricsStream(4, 4, 0, kPlenty).metrics(), "INVALID_INPUT");
}

TEST("a stream whose counting was aborted gives no metrics") {
  const MetricsCase data = random_metrics_case(4, 12, 12, 5);
  MetricsStream stream = streamed(data, kPlenty, 2);
  StopSource stop;
  // The scan is the first 0.3 of the way.
  const MetricsHooks hooks{.stop = stop.token(), .progress = [&](double fraction) {
                             if (fraction > 0.3) stop.request_stop();
                           }};
  CHECK_THROWS_CODE(stream.add(data.input(), hooks), "ABORTED");
  CHECK_THROWS_CODE(stream.metrics(), "INVALID_INPUT");
  CHECK_THROWS_CODE(stream.add(data.input()), "INVALID_INPUT");
}

}  // namespace
}  // namespace dinomaly::test
