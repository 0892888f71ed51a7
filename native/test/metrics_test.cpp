// The seven metrics against their definitions, computed the slow way.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <random>
#include <set>

#include "core/metrics/class_metrics.h"
#include "core/metrics/rank_scores.h"
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

bool close(const std::optional<Estimate>& value, double expected) {
  return value.has_value() && value->bound == 0 && std::abs(value->value - expected) < 1e-12;
}

TEST("image and pixel metrics equal their definitions, with ties and without") {
  for (const double levels : {2.0, 5.0, 40.0, 1e9}) {
    const MetricsCase data = random_metrics_case(6, 9, 13, levels);
    const ClassMetrics metrics = compute_metrics(data.input());
    const Samples all = pixels(data);
    CHECK(close(metrics.pixel.auroc, slow_auroc(all)));
    CHECK(close(metrics.pixel.ap, slow_precision_recall(all).ap));
    CHECK(close(metrics.pixel.f1_max, slow_precision_recall(all).f1_max));
    Samples images;
    for (size_t i = 0; i < data.scores.size(); ++i) images.emplace_back(data.scores[i], data.labels[i] != 0);
    CHECK(close(metrics.image.auroc, slow_auroc(images)));
    CHECK(close(metrics.image.ap, slow_precision_recall(images).ap));
    CHECK(close(metrics.image.f1_max, slow_precision_recall(images).f1_max));
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
    const RankMetrics expected = rank_scores(labels, scores);
    const RankMetrics actual = compute_metrics(data.input()).pixel;
    CHECK(close(actual.auroc, expected.auroc->value));
    CHECK(close(actual.ap, expected.ap->value));
    CHECK(close(actual.f1_max, expected.f1_max->value));
  }
}

bool same(const std::optional<Estimate>& a, const std::optional<Estimate>& b) {
  return a.has_value() == b.has_value() && (!a || a->value == b->value);
}

TEST("metrics do not depend on the number of threads, to the bit") {
  const MetricsCase data = random_metrics_case(40, 180, 190, 1e9);
  const int threads = at::get_num_threads();
  std::vector<ClassMetrics> results;
  for (const int count : {1, 2, 7}) {
    at::set_num_threads(count);
    results.push_back(compute_metrics(data.input()));
  }
  at::set_num_threads(threads);
  for (const ClassMetrics& metrics : results) {
    CHECK(same(metrics.pixel.auroc, results[0].pixel.auroc) && same(metrics.pixel.ap, results[0].pixel.ap));
    CHECK(same(metrics.pixel.f1_max, results[0].pixel.f1_max) && same(metrics.aupro, results[0].aupro));
    CHECK(metrics.pixel.f1_threshold == results[0].pixel.f1_threshold);
    CHECK(same(metrics.pro.area30, results[0].pro.area30) && same(metrics.pro.at05, results[0].pro.at05));
  }
}

TEST("without anomalous samples no metric is defined, without normal ones no AUROC and no AUPRO") {
  MetricsCase data = random_metrics_case(3, 8, 8, 5);
  const auto label_all = [&](uint8_t label) {
    std::fill(data.labels.begin(), data.labels.end(), label);
    for (auto& mask : data.masks) std::fill(mask.begin(), mask.end(), label);
    return compute_metrics(data.input());
  };
  const ClassMetrics normal = label_all(0);
  CHECK(!normal.image.auroc && !normal.image.ap && !normal.image.f1_max);
  CHECK(!normal.pixel.auroc && !normal.pixel.ap && !normal.pixel.f1_max && !normal.aupro);
  const ClassMetrics anomalous = label_all(1);
  CHECK(!anomalous.image.auroc && !anomalous.pixel.auroc && !anomalous.aupro);
  CHECK(close(anomalous.image.ap, 1) && close(anomalous.pixel.ap, 1));
  CHECK(anomalous.pixel.f1_max && std::abs(anomalous.pixel.f1_max->value - 1) < 1e-6);
  CHECK(!normal.pixel.f1_threshold && !normal.pro.area30 && !anomalous.pro.area30 && !anomalous.pro.at05);
}

TEST("maps of one value rank nothing and have no AUPRO") {
  MetricsCase data = random_metrics_case(4, 8, 8, 5);
  for (auto& map : data.maps) std::fill(map.begin(), map.end(), 0.25f);
  const ClassMetrics metrics = compute_metrics(data.input());
  CHECK(close(metrics.pixel.auroc, 0.5));
  CHECK(!metrics.aupro);
  // One straight line from nothing to everything: half of 0.3 x 0.3 over 0.3.
  CHECK(close(metrics.pro.area30, 0.15));
  CHECK(close(metrics.pro.at05, 0.05));
}

// The message of the Error, or "".
std::string refusal(const MetricsInput& input) {
  try {
    compute_metrics(input);
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
  const MetricsHooks hooks{.stop = stop.token(), .progress = {}};
  CHECK_THROWS_CODE(compute_metrics(random_metrics_case(2, 4, 4, 5).input(), 0, hooks), "ABORTED");
}

TEST("progress ends at 1 and never leaves 0 to 1") {
  std::mutex mutex;
  std::vector<double> told;
  const auto note = [&](double fraction) {
    const std::lock_guard lock(mutex);
    told.push_back(fraction);
  };
  compute_metrics(random_metrics_case(6, 40, 40, 1e9).input(), 0, {.stop = {}, .progress = note});
  REQUIRE(told.size() > 10);
  CHECK(*std::max_element(told.begin(), told.end()) == 1);
  CHECK(*std::min_element(told.begin(), told.end()) > 0);
}

}  // namespace
}  // namespace dinomaly::test
