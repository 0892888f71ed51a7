// Pixels as one threshold tells them apart: no ranking, so exact at any size.
#pragma once

#include "../stop_token.h"
#include "metrics_input.h"

namespace dinomaly {

struct PixelConfusion {
  int64_t true_positives = 0, false_positives = 0, false_negatives = 0;

  void add(const PixelConfusion& other);
};

// Of all pixels of all pictures, which validate() has passed; nothing without a threshold. Throws ABORTED.
std::optional<PixelConfusion> count_pixels(const MetricsInput& input, const StopToken& stop);

}  // namespace dinomaly
