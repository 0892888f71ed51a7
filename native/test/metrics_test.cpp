// The seven metrics against their definitions, computed the slow way.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <set>

#include "core/metrics/quantiles.h"
#include "core/metrics/ranking.h"
#include "core/metrics/seven_metrics.h"
#include "harness.h"
#include "metrics_case.h"

namespace dinomaly::test {
namespace {

using Samples = std::vector<std::pair<double, bool>>;  // score, whether anomalous

// Of all pairs of a positive and a negative, the share in the right order, ties half.
double slow_auroc(const Samples& samples) {
  double right = 0, pairs = 0;
  for (const auto& [positive, is_positive] : samples) {
    for (const auto& [negative, is_other] : samples) {
      if (!is_positive || is_other) continue;
      right += positive > negative ? 1 : positive == negative ? 0.5 : 0;
      ++pairs;
    }
  }
  return right / pairs;
}

struct Slow {
  double ap = 0, f1_max = 0;
};

// Each distinct score as a threshold, at or above which a sample counts as anomalous.
Slow slow_precision_recall(const Samples& samples) {
  std::set<double, std::greater<>> thresholds;
  double positives = 0;
  for (const auto& [score, is_positive] : samples) {
    thresholds.insert(score);
    positives += is_positive ? 1 : 0;
  }
  Slow result;
  double previous_recall = 0;
  for (const double threshold : thresholds) {
    double found = 0, flagged = 0;
    for (const auto& [score, is_positive] : samples) {
      flagged += score >= threshold ? 1 : 0;
      found += score >= threshold && is_positive ? 1 : 0;
    }
    const double precision = found / flagged, recall = found / positives;
    result.ap += precision * (recall - previous_recall);
    result.f1_max = std::max(result.f1_max, 2 * precision * recall / (precision + recall + 1e-7));
    previous_recall = recall;
  }
  return result;
}

Samples pixels(const MetricsCase& data) {
  Samples samples;
  for (size_t i = 0; i < data.maps.size(); ++i) {
    for (size_t k = 0; k < data.maps[i].size(); ++k) samples.emplace_back(data.maps[i][k], data.masks[i][k] != 0);
  }
  return samples;
}

bool close(const std::optional<double>& value, double expected) {
  return value.has_value() && std::abs(*value - expected) < 1e-12;
}

TEST("image and pixel metrics equal their definitions, with ties and without") {
  for (const double levels : {2.0, 5.0, 40.0, 1e9}) {
    const MetricsCase data = random_metrics_case(6, 9, 13, levels);
    const SevenMetrics metrics = compute_seven_metrics(data.input(), {});
    const Samples all = pixels(data);
    CHECK(close(metrics.pixel_auroc, slow_auroc(all)));
    CHECK(close(metrics.pixel_ap, slow_precision_recall(all).ap));
    CHECK(close(metrics.pixel_f1_max, slow_precision_recall(all).f1_max));
    Samples images;
    for (size_t i = 0; i < data.scores.size(); ++i) images.emplace_back(data.scores[i], data.labels[i] != 0);
    CHECK(close(metrics.image_auroc, slow_auroc(images)));
    CHECK(close(metrics.image_ap, slow_precision_recall(images).ap));
    CHECK(close(metrics.image_f1_max, slow_precision_recall(images).f1_max));
  }
}

// Values of every magnitude and sign fill the buckets so unevenly that some are sorted, some counted, some dealt again.
TEST("the pixel ranking gives what sorting all pixels gives") {
  std::mt19937 draws(5);
  std::normal_distribution<float> normal;
  for (const int spread : {0, 2, 30}) {
    MetricsCase data = random_metrics_case(20, 150, 200, 1e9);
    std::vector<uint8_t> labels;
    std::vector<double> scores;
    for (size_t i = 0; i < data.maps.size(); ++i) {
      for (size_t k = 0; k < data.maps[i].size(); ++k) {
        data.maps[i][k] =
            std::ldexp(normal(draws), spread == 0 ? 0 : static_cast<int>(draws() % (2 * spread)) - spread);
        if (draws() % 10 == 0) data.maps[i][k] = draws() % 2 == 0 ? -0.0f : 0.0f;
        labels.push_back(data.masks[i][k]);
        scores.push_back(data.maps[i][k]);
      }
    }
    const auto [lowest, highest] = std::minmax_element(scores.begin(), scores.end());
    const RankMetrics expected = rank_scores(labels, scores);
    const RankMetrics actual = rank_pixels(data.input().maps, data.input().masks, static_cast<float>(*lowest),
                                           static_cast<float>(*highest), {});
    CHECK(close(actual.auroc, *expected.auroc));
    CHECK(close(actual.ap, *expected.ap));
    CHECK(close(actual.f1_max, *expected.f1_max));
  }
}

TEST("metrics do not depend on the number of threads, to the bit") {
  const MetricsCase data = random_metrics_case(40, 180, 190, 1e9);
  const int threads = at::get_num_threads();
  std::vector<SevenMetrics> results;
  for (const int count : {1, 2, 7}) {
    at::set_num_threads(count);
    results.push_back(compute_seven_metrics(data.input(), {}));
  }
  at::set_num_threads(threads);
  for (const SevenMetrics& metrics : results) {
    CHECK(metrics.pixel_auroc == results[0].pixel_auroc && metrics.pixel_ap == results[0].pixel_ap);
    CHECK(metrics.pixel_f1_max == results[0].pixel_f1_max && metrics.aupro == results[0].aupro);
  }
}

TEST("without anomalous samples no metric is defined, without normal ones no AUROC and no AUPRO") {
  MetricsCase data = random_metrics_case(3, 8, 8, 5);
  const auto label_all = [&](uint8_t label) {
    std::fill(data.labels.begin(), data.labels.end(), label);
    for (auto& mask : data.masks) std::fill(mask.begin(), mask.end(), label);
    return compute_seven_metrics(data.input(), {});
  };
  const SevenMetrics normal = label_all(0);
  CHECK(!normal.image_auroc && !normal.image_ap && !normal.image_f1_max);
  CHECK(!normal.pixel_auroc && !normal.pixel_ap && !normal.pixel_f1_max && !normal.aupro);
  const SevenMetrics anomalous = label_all(1);
  CHECK(!anomalous.image_auroc && !anomalous.pixel_auroc && !anomalous.aupro);
  CHECK(close(anomalous.image_ap, 1) && close(anomalous.pixel_ap, 1));
  CHECK(anomalous.pixel_f1_max && std::abs(*anomalous.pixel_f1_max - 1) < 1e-6);
}

TEST("maps of one value rank nothing and have no AUPRO") {
  MetricsCase data = random_metrics_case(4, 8, 8, 5);
  for (auto& map : data.maps) std::fill(map.begin(), map.end(), 0.25f);
  const SevenMetrics metrics = compute_seven_metrics(data.input(), {});
  CHECK(close(metrics.pixel_auroc, 0.5));
  CHECK(!metrics.aupro);
}

// The message of the Error, or "".
std::string refusal(const MetricsInput& input) {
  try {
    compute_seven_metrics(input, {});
  } catch (const Error& error) {
    return error.code() + ": " + error.what();
  }
  return "";
}

bool names(const std::string& message, const std::string& part) {
  return message.starts_with("INVALID_INPUT: ") && message.find(part) != std::string::npos;
}

TEST("maps and scores that are not finite are refused, naming the picture") {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                          -std::numeric_limits<float>::infinity()}) {
    MetricsCase data = random_metrics_case(5, 6, 6, 5);
    data.maps[3][35] = bad;
    CHECK(names(refusal(data.input()), "that of picture 3 holds NaN or infinity"));
    data = random_metrics_case(5, 6, 6, 5);
    data.scores[4] = bad;
    CHECK(names(refusal(data.input()), "that of picture 4 is NaN or infinite"));
  }
}

TEST("lists of different lengths and pictures of another size are refused with their sizes") {
  const MetricsCase data = random_metrics_case(3, 6, 6, 5);
  MetricsInput input = data.input();
  CHECK(names(refusal({}), "at least one picture"));
  input.labels.pop_back();
  CHECK(names(refusal(input), "3 maps, 3 masks, 2 labels and 3 scores"));
  input = data.input();
  input.masks[1] = input.masks[1].first(35);
  CHECK(names(refusal(input), "36 values in map and mask of picture 1 but received 36 and 35"));
  input = data.input();
  input.height = 0;
  CHECK(names(refusal(input), "0 x 6"));
}

TEST("an aborted evaluation ends before it starts") {
  StopSource stop;
  stop.request_stop();
  CHECK_THROWS_CODE(compute_seven_metrics(random_metrics_case(2, 4, 4, 5).input(), stop.token()), "ABORTED");
}

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
    CHECK(close(quantiles(data.input().maps, {q})[0], low + (high - low) * (place - std::floor(place))));
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
