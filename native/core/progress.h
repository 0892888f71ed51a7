// How far a long function is, for those who wait.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

#include "parallel.h"

namespace dinomaly {

// Called from any thread, several at once, with a fraction that need not rise. Empty where nobody asks.
using ReportProgress = std::function<void(double fraction)>;

// A stretch of the way, from one fraction to another.
struct ProgressStretch {
  const ReportProgress& report;
  double from = 0, to = 1;

  ProgressStretch part(double begin, double end) const {
    return {report, from + (to - from) * begin, from + (to - from) * end};
  }
};

// run_parallel that reports after each task.
inline void run_parallel(int64_t count, const StopToken& stop, const ProgressStretch& progress,
                         const std::function<void(int64_t task)>& task) {
  std::atomic<int64_t> done{0};
  run_parallel(count, stop, [&](int64_t i) {
    task(i);
    if (!progress.report) return;
    const double share = static_cast<double>(++done) / static_cast<double>(count);
    progress.report(progress.from + (progress.to - progress.from) * share);
  });
}

}  // namespace dinomaly
