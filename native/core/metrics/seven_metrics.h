// The seven metrics of the paper (section 4.1) for the pictures of one class.
#pragma once

#include <optional>

#include "../stop_token.h"
#include "metrics_input.h"

namespace dinomaly {

// Fractions in [0, 1]. nullopt where the data leaves a metric undefined: an AUROC when one class has no sample, an AP
// or F1-max without positives, AUPRO as pro.h says.
struct SevenMetrics {
  std::optional<double> image_auroc, image_ap, image_f1_max;
  std::optional<double> pixel_auroc, pixel_ap, pixel_f1_max;
  std::optional<double> aupro;
};

// Equal to scikit-learn and the authors' AUPRO to rounding, ties included. Takes 4 bytes a pixel beside the input.
// Throws INVALID_INPUT as validate() does and for a map or score that is not finite, naming the picture; ABORTED.
SevenMetrics compute_seven_metrics(const MetricsInput& input, const StopToken& stop);

}  // namespace dinomaly
