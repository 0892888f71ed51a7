// Thresholds and thinned curves: what they say about the samples, recounted.
#include <algorithm>
#include <cmath>
#include <random>

#include "core/metrics/class_metrics.h"
#include "core/metrics/rank_scores.h"
#include "harness.h"
#include "metrics_case.h"

namespace dinomaly::test {
namespace {

struct Counted {
  double found = 0, wrong = 0, positives = 0, negatives = 0;

  double rate() const { return wrong / negatives; }
  double recall() const { return found / positives; }
  double precision() const { return found + wrong == 0 ? 1 : found / (found + wrong); }
  double f1() const { return 2 * precision() * recall() / (precision() + recall() + 1e-7); }
};

// Pixels above a threshold.
Counted count_above(const MetricsCase& data, double threshold) {
  Counted counted;
  for (size_t i = 0; i < data.maps.size(); ++i) {
    for (size_t k = 0; k < data.maps[i].size(); ++k) {
      const bool anomalous = data.masks[i][k] != 0, above = data.maps[i][k] > threshold;
      (anomalous ? counted.positives : counted.negatives) += 1;
      if (above) (anomalous ? counted.found : counted.wrong) += 1;
    }
  }
  return counted;
}

TEST("what is above the F1 threshold of pixels reaches F1-max, as float and as double") {
  for (const double levels : {1.0, 3.0, 50.0, 1e9}) {
    const MetricsCase data = random_metrics_case(6, 30, 31, levels);
    const RankMetrics pixel = compute_metrics(data.input()).pixel;
    REQUIRE(pixel.f1_threshold.has_value());
    CHECK(static_cast<double>(static_cast<float>(*pixel.f1_threshold)) == *pixel.f1_threshold);
    CHECK(std::abs(count_above(data, *pixel.f1_threshold).f1() - pixel.f1_max->value) < 1e-12);
  }
}

TEST("a threshold lies halfway to the next value below, and just below the lowest value where none is") {
  CHECK(rank_scores({0, 1, 1}, {1, 3, 4}).f1_threshold == 2.0);
  CHECK(rank_scores({1, 1}, {3, 4}).f1_threshold == std::nextafter(3.0, 0.0));
  const double next = std::nextafter(3.0, 4.0);
  CHECK(rank_scores({0, 1}, {3, next}).f1_threshold == 3.0);
  // The best bin may end one run of buckets, and the next value begin another.
  MetricsCase data = random_metrics_case(2, 4, 4, 5);
  for (size_t i = 0; i < 2; ++i) {
    for (size_t k = 0; k < 16; ++k) data.maps[i][k] = data.masks[i][k] != 0 ? 1e20f : 2.0f + static_cast<float>(k);
  }
  const auto threshold = compute_metrics(data.input()).pixel.f1_threshold;
  CHECK(threshold && *threshold > 1e19 && *threshold < 1e20);
}

double area_under(const std::vector<CurvePoint>& curve) {
  double area = 0;
  for (size_t i = 1; i < curve.size(); ++i) area += (curve[i].x - curve[i - 1].x) * (curve[i].y + curve[i - 1].y) / 2;
  return area;
}

TEST("curves have at most the points asked for, both ends, and points that recounting confirms") {
  const MetricsCase data = random_metrics_case(6, 40, 41, 1e9);
  for (const int points : {10, 64, 500}) {
    const ClassMetrics metrics = compute_metrics(data.input(), points);
    REQUIRE(metrics.pixel.roc && metrics.pixel.pr && metrics.pro.curve && metrics.image.roc && metrics.image.pr);
    const auto& roc = *metrics.pixel.roc;
    for (const auto& curve : {roc, *metrics.pixel.pr, *metrics.pro.curve}) {
      CHECK(curve.size() <= static_cast<size_t>(points) && curve.size() > static_cast<size_t>(points) / 3);
      for (size_t i = 1; i < curve.size(); ++i) {
        CHECK(curve[i].threshold < curve[i - 1].threshold && curve[i].x >= curve[i - 1].x);
      }
    }
    CHECK(roc.front().x == 0 && roc.front().y == 0 && roc.back().x == 1 && roc.back().y == 1);
    CHECK(std::abs(area_under(roc) - metrics.pixel.auroc->value) < 1.0 / points);
    for (const CurvePoint& point : roc) {
      const Counted counted = count_above(data, point.threshold);
      CHECK(std::abs(counted.rate() - point.x) < 1e-12 && std::abs(counted.recall() - point.y) < 1e-12);
    }
    const auto& pr = *metrics.pixel.pr;
    CHECK(pr.front().x == 0 && pr.front().y == 1 && pr.back().x == 1);
    for (const CurvePoint& point : pr) {
      const Counted counted = count_above(data, point.threshold);
      CHECK(std::abs(counted.recall() - point.x) < 1e-12 && std::abs(counted.precision() - point.y) < 1e-12);
    }
  }
}

TEST("the PRO curve is close to the exact area and the curves of pictures are whole") {
  const MetricsCase data = random_metrics_case(8, 40, 41, 1e9);
  const ClassMetrics metrics = compute_metrics(data.input(), 400);
  double area = 0;
  const auto& curve = *metrics.pro.curve;
  for (size_t i = 1; i < curve.size() && curve[i].x <= 0.3; ++i) {
    area += (curve[i].x - curve[i - 1].x) * (curve[i].y + curve[i - 1].y) / 2;
  }
  CHECK(std::abs(area / 0.3 - metrics.pro.area30->value) < 0.02);
  CHECK(curve.back().x == 1 && std::abs(curve.back().y - 1) < 1e-12);
  CHECK(std::abs(area_under(*metrics.image.roc) - metrics.image.auroc->value) < 1e-12);
}

TEST("where a metric is undefined so is its curve, and no curve is made unless asked for") {
  MetricsCase data = random_metrics_case(3, 8, 8, 5);
  for (auto& mask : data.masks) std::fill(mask.begin(), mask.end(), 0);
  std::fill(data.labels.begin(), data.labels.end(), 0);
  const ClassMetrics metrics = compute_metrics(data.input(), 50);
  CHECK(!metrics.image.roc && !metrics.image.pr && !metrics.pixel.roc && !metrics.pixel.pr && !metrics.pro.curve);
  const ClassMetrics plain = compute_metrics(random_metrics_case(4, 8, 8, 5).input());
  CHECK(!plain.image.roc && !plain.pixel.pr && !plain.pro.curve);
}

TEST("labels that are not given are those of the masks, and without scores pictures have no metrics") {
  const MetricsCase data = random_metrics_case(6, 12, 12, 9);
  MetricsInput input = data.input();
  const ClassMetrics given = compute_metrics(input);
  input.labels.clear();
  const ClassMetrics told = compute_metrics(input);
  CHECK(told.anomalous_images == 3 && told.image.auroc->value == given.image.auroc->value);
  input.scores.clear();
  const ClassMetrics bare = compute_metrics(input);
  CHECK(!bare.image.auroc && !bare.image.f1_threshold && bare.pixel.auroc->value == given.pixel.auroc->value);
}

TEST("'half' reads grey levels, and refuses masks of 0 and 1") {
  MetricsCase data = random_metrics_case(4, 12, 12, 9);
  for (auto& mask : data.masks) {
    for (uint8_t& pixel : mask) pixel = pixel != 0 ? 128 : 127;
  }
  MetricsInput input = data.input();
  input.mask_limit = 127;
  CHECK(compute_metrics(input).pixels.positives > 0);
  CHECK(compute_metrics(data.input()).pixels.negatives == 0);
  for (auto& mask : data.masks) {
    for (uint8_t& pixel : mask) pixel = pixel > 127 ? 1 : 0;
  }
  CHECK_THROWS_CODE(compute_metrics(input), "INVALID_INPUT");
}

}  // namespace
}  // namespace dinomaly::test
