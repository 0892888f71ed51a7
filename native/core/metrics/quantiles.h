// Quantiles over the values of many arrays, such as all pixels of all maps.
#pragma once

#include <span>
#include <vector>

namespace dinomaly {

// One value for each q in [0, 1], interpolated linearly between neighbours in double, as numpy.quantile does on the
// concatenated values. Copies them: 4 bytes a value. Throws INVALID_INPUT for a q out of range, for no values at all,
// and for a value that is not finite, naming its array.
std::vector<double> quantiles(const std::vector<std::span<const float>>& arrays, const std::vector<double>& q);

}  // namespace dinomaly
