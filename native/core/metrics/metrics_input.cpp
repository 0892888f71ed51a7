#include "metrics_input.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "../error.h"

namespace dinomaly {
namespace {

std::string number_of(const MetricsInput& input, size_t picture) {
  return std::to_string(input.first_picture + static_cast<int64_t>(picture));
}

void check_one_size(const MetricsInput& input) {
  if (input.height < 1 || input.width < 1 || input.height > INT32_MAX || input.width > INT32_MAX) {
    throw Error("INVALID_INPUT", "Expected maps of at least one pixel but their size is " +
                                     std::to_string(input.height) + " x " + std::to_string(input.width));
  }
  const auto pixels = static_cast<size_t>(input.height * input.width);
  for (size_t i = 0; i < input.maps.size(); ++i) {
    if (input.maps[i].size() == pixels && input.masks[i].size() == pixels) continue;
    throw Error("INVALID_INPUT", "Expected " + std::to_string(pixels) + " values in map and mask of picture " +
                                     number_of(input, i) + " but received " + std::to_string(input.maps[i].size()) +
                                     " and " + std::to_string(input.masks[i].size()));
  }
}

void check_sizes(const MetricsInput& input) {
  for (size_t i = 0; i < input.maps.size(); ++i) {
    const size_t pixels = input.maps[i].size();
    const int64_t width = i < input.widths.size() ? input.widths[i] : 0;
    if (pixels > 0 && pixels == input.masks[i].size() && width >= 1 && width <= INT32_MAX &&
        input.pixels_of(i) % width == 0 && input.pixels_of(i) / width <= INT32_MAX) {
      continue;
    }
    throw Error("INVALID_INPUT", "Expected whole rows of " + std::to_string(width) +
                                     " values in map and mask of picture " + number_of(input, i) + " but received " +
                                     std::to_string(pixels) + " and " + std::to_string(input.masks[i].size()));
  }
}

}  // namespace

int64_t MetricsInput::pixels() const {
  int64_t sum = 0;
  for (const auto& map : maps) sum += static_cast<int64_t>(map.size());
  return sum;
}

void validate(const MetricsInput& input) {
  const size_t pictures = input.maps.size();
  if (pictures == 0) throw Error("INVALID_INPUT", "Expected at least one picture to compute metrics of");
  const auto fits = [pictures](size_t count) { return count == pictures || count == 0; };
  if (input.masks.size() != pictures || !fits(input.labels.size()) || !fits(input.scores.size())) {
    throw Error("INVALID_INPUT", "Expected as many masks, labels and scores as maps but received " +
                                     std::to_string(pictures) + " maps, " + std::to_string(input.masks.size()) +
                                     " masks, " + std::to_string(input.labels.size()) + " labels and " +
                                     std::to_string(input.scores.size()) + " scores");
  }
  if (input.widths.empty()) {
    check_one_size(input);
  } else {
    check_sizes(input);
  }
  const auto& scores = input.scores;
  const auto bad = std::find_if(scores.begin(), scores.end(), [](double score) { return !std::isfinite(score); });
  if (bad == scores.end()) return;
  throw Error("INVALID_INPUT", "Expected finite scores but that of picture " +
                                   std::to_string(input.first_picture + (bad - scores.begin())) +
                                   " is NaN or infinite");
}

}  // namespace dinomaly
