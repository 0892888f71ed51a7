#include "metrics_case.h"

#include <algorithm>
#include <cmath>
#include <random>

namespace dinomaly::test {
namespace {

class Painter {
 public:
  Painter(int64_t height, int64_t width) : height_(height), width_(width), draws_(static_cast<uint32_t>(height)) {}

  std::vector<uint8_t> mask(bool anomalous) {
    std::vector<uint8_t> mask(static_cast<size_t>(height_ * width_), 0);
    if (!anomalous) return mask;
    for (int box = 0; box < 4; ++box) {
      const int64_t top = below(height_), left = below(width_);
      const int64_t bottom = std::min(height_, top + 1 + below(height_ / 3)), side = 1 + below(width_ / 3);
      for (int64_t y = top; y < bottom; ++y) {
        for (int64_t x = left; x < std::min(width_, left + side); ++x) mask[static_cast<size_t>(y * width_ + x)] = 255;
      }
    }
    for (int pixel = 0; pixel < 4; ++pixel) mask[static_cast<size_t>(below(height_ * width_))] = 1;
    return mask;
  }

  float value(bool anomalous, double levels) {
    const double raw = std::uniform_real_distribution(0.0, 1.0)(draws_) + (anomalous ? 0.3 : 0.0);
    return static_cast<float>(std::round(raw * levels) / levels);
  }

 private:
  int64_t below(int64_t limit) {
    return static_cast<int64_t>(draws_() % static_cast<uint64_t>(std::max<int64_t>(limit, 1)));
  }

  int64_t height_, width_;
  std::mt19937 draws_;
};

}  // namespace

MetricsInput MetricsCase::input() const {
  MetricsInput input;
  input.height = height;
  input.width = width;
  input.maps.assign(maps.begin(), maps.end());
  input.masks.assign(masks.begin(), masks.end());
  input.labels = labels;
  input.scores = scores;
  return input;
}

MetricsCase random_metrics_case(size_t pictures, int64_t height, int64_t width, double levels) {
  MetricsCase data{.height = height, .width = width, .maps = {}, .masks = {}, .labels = {}, .scores = {}};
  Painter painter(height, width);
  for (size_t i = 0; i < pictures; ++i) {
    const bool anomalous = i >= pictures / 2;
    data.masks.push_back(painter.mask(anomalous));
    std::vector<float> map;
    for (const uint8_t pixel : data.masks.back()) map.push_back(painter.value(pixel != 0, levels));
    data.labels.push_back(anomalous ? 1 : 0);
    data.scores.push_back(painter.value(anomalous, levels));
    data.maps.push_back(std::move(map));
  }
  return data;
}

}  // namespace dinomaly::test
