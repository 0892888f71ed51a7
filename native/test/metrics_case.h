// Pictures for the tests of the metrics, with what MetricsInput only views.
#pragma once

#include <vector>

#include "core/metrics/metrics_input.h"

namespace dinomaly::test {

struct MetricsCase {
  int64_t height = 0, width = 0;
  std::vector<std::vector<float>> maps;     // each [height * width]
  std::vector<std::vector<uint8_t>> masks;  // each [height * width]
  std::vector<uint8_t> labels;
  std::vector<double> scores;

  // Views this case.
  MetricsInput input() const;
};

// Seeded noise that is higher where the masks of the later half of the pictures have boxes and single pixels. Values
// are rounded to 1 / levels, so that few levels make many ties.
MetricsCase random_metrics_case(size_t pictures, int64_t height, int64_t width, double levels);

}  // namespace dinomaly::test
