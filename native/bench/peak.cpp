#include "peak.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <chrono>
#include <functional>

#include "core/error.h"
#include "peak_loops.h"

namespace dinomaly::bench {
namespace {

constexpr int kRepeats = 5;
constexpr int64_t kLoopRounds = 2'000'000;  // about 10 ms
constexpr int64_t kMatrixSide = 2048;

// Operations per second in the best of a few runs, the first not counted.
double best_rate(double operations, const std::function<void()>& work) {
  work();
  double best = 0;
  for (int i = 0; i < kRepeats; ++i) {
    const auto start = std::chrono::steady_clock::now();
    work();
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    best = std::max(best, operations / seconds);
  }
  return best;
}

double loop_rate(const std::string& precision) {
  const Loop loop = fastest_loop(precision);
  if (loop.run == nullptr) return 0;
  const int64_t threads = at::get_num_threads();
  const double operations = loop.operations * static_cast<double>(kLoopRounds * threads);
  return best_rate(operations, [&] {
    at::parallel_for(0, threads, 1, [&](int64_t begin, int64_t end) { loop.run((end - begin) * kLoopRounds); });
  });
}

double product_rate(const std::string& precision) {
  const double operations = 2.0 * kMatrixSide * kMatrixSide * kMatrixSide;
  if (precision == "int8") {
    const at::Tensor a = at::randint(-100, 100, {kMatrixSide, kMatrixSide}, at::kChar);
    return best_rate(operations, [&] { at::_int_mm(a, a); });
  }
  const at::Tensor a = at::rand({kMatrixSide, kMatrixSide}).to(precision == "bf16" ? at::kBFloat16 : at::kFloat);
  return best_rate(operations, [&] { at::mm(a, a); });
}

}  // namespace

Peak measure_peak(const std::string& precision) {
  if (precision != "fp32" && precision != "bf16" && precision != "int8") {
    throw Error("INVALID_INPUT", "Expected fp32, bf16 or int8 but received '" + precision + "'");
  }
  const at::NoGradGuard no_grad;
  return {.loop = loop_rate(precision), .product = product_rate(precision)};
}

}  // namespace dinomaly::bench
