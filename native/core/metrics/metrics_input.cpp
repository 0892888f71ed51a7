#include "metrics_input.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "../error.h"

namespace dinomaly {

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
  if (input.height < 1 || input.width < 1 || input.height > INT32_MAX || input.width > INT32_MAX) {
    throw Error("INVALID_INPUT", "Expected maps of at least one pixel but their size is " +
                                     std::to_string(input.height) + " x " + std::to_string(input.width));
  }
  const auto pixels = static_cast<size_t>(input.height * input.width);
  for (size_t i = 0; i < pictures; ++i) {
    if (input.maps[i].size() == pixels && input.masks[i].size() == pixels) continue;
    throw Error("INVALID_INPUT", "Expected " + std::to_string(pixels) + " values in map and mask of picture " +
                                     std::to_string(input.first_picture + static_cast<int64_t>(i)) + " but received " +
                                     std::to_string(input.maps[i].size()) + " and " +
                                     std::to_string(input.masks[i].size()));
  }
  const auto& scores = input.scores;
  const auto bad = std::find_if(scores.begin(), scores.end(), [](double score) { return !std::isfinite(score); });
  if (bad == scores.end()) return;
  throw Error("INVALID_INPUT", "Expected finite scores but that of picture " +
                                   std::to_string(input.first_picture + (bad - scores.begin())) +
                                   " is NaN or infinite");
}

}  // namespace dinomaly
