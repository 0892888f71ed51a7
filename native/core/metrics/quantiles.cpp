#include "quantiles.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "../error.h"

namespace dinomaly {
namespace {

std::vector<float> concatenate(const std::vector<std::span<const float>>& arrays) {
  size_t count = 0;
  for (const auto& array : arrays) count += array.size();
  if (count == 0) throw Error("INVALID_INPUT", "Expected at least one value to take quantiles of");
  std::vector<float> values;
  values.reserve(count);
  for (size_t i = 0; i < arrays.size(); ++i) {
    if (!std::all_of(arrays[i].begin(), arrays[i].end(), [](float value) { return std::isfinite(value); })) {
      throw Error("INVALID_INPUT", "Expected finite values but array " + std::to_string(i) + " holds NaN or infinity");
    }
    values.insert(values.end(), arrays[i].begin(), arrays[i].end());
  }
  return values;
}

// The value of this rank; partly sorts.
double select(std::vector<float>* values, size_t rank) {
  const auto place = values->begin() + static_cast<std::ptrdiff_t>(rank);
  std::nth_element(values->begin(), place, values->end());
  return *place;
}

double quantile(std::vector<float>* values, double q) {
  const double position = q * static_cast<double>(values->size() - 1);
  const auto rank = static_cast<size_t>(std::floor(position));
  const double share = position - std::floor(position);
  const double low = select(values, rank);
  if (share == 0) return low;
  // Past the rank all values are as large or larger.
  const double high = *std::min_element(values->begin() + static_cast<std::ptrdiff_t>(rank) + 1, values->end());
  // From the nearer end, as numpy does, so that equal neighbours give their own value.
  return share < 0.5 ? low + (high - low) * share : high - (high - low) * (1 - share);
}

}  // namespace

std::vector<double> quantiles(const std::vector<std::span<const float>>& arrays, const std::vector<double>& q) {
  for (const double share : q) {
    if (!(share >= 0 && share <= 1)) {
      throw Error("INVALID_INPUT", "Expected quantiles between 0 and 1 but received " + std::to_string(share));
    }
  }
  std::vector<float> values = concatenate(arrays);
  std::vector<double> result;
  for (const double share : q) result.push_back(quantile(&values, share));
  return result;
}

}  // namespace dinomaly
