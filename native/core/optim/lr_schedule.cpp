#include "lr_schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace dinomaly {

double LrSchedule::at(int64_t step) const {
  if (step < warmup_steps) {
    return warmup_steps == 1 ? 0.0 : base * static_cast<double>(step) / static_cast<double>(warmup_steps - 1);
  }
  const double length = static_cast<double>(std::max<int64_t>(total_steps - warmup_steps, 1));
  const double progress = static_cast<double>(step - warmup_steps) / length;
  return final + 0.5 * (base - final) * (1 + std::cos(std::numbers::pi * progress));
}

}  // namespace dinomaly
