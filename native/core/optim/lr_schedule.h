// Warm-up then cosine (section 4.2): linear from 0 over the warm-up as numpy.linspace counts it, so that the first step
// has rate 0 and the last warm-up step the base rate; then a half cosine down to the final rate.
#pragma once

#include <cstdint>

namespace dinomaly {

struct LrSchedule {
  double base = 2e-3;
  double final = 2e-4;
  int64_t warmup_steps = 100;
  int64_t total_steps = 10000;

  // Rate of a 0-based step. Runs shorter than the warm-up use its first entries.
  double at(int64_t step) const;
};

}  // namespace dinomaly
