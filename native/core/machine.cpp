#include "machine.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <chrono>

#include "device.h"

namespace dinomaly {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kLongest = std::chrono::milliseconds(500);
constexpr int kFewestRounds = 3;

// Side of the matrices: large enough for the product to be what takes the time, small enough for many rounds.
int64_t side(at::Device device) { return device.is_cpu() ? 768 : 4096; }

}  // namespace

Machine measure_machine(at::Device device, at::ScalarType type, const StopToken& stop) {
  const at::NoGradGuard no_grad;
  const int64_t n = side(device);
  const at::Tensor a = at::rand({n, n}, at::TensorOptions().device(device)).to(type);
  at::Tensor product = at::mm(a, a);  // not timed: libraries start, memory is taken
  double best = 0;
  const auto start = Clock::now();
  for (int round = 0; round < kFewestRounds || Clock::now() - start < kLongest; ++round) {
    stop.check();
    synchronise(device);
    const auto before = Clock::now();
    at::mm_out(product, a, a);
    synchronise(device);
    const double seconds = std::chrono::duration<double>(Clock::now() - before).count();
    best = std::max(best, 2.0 * static_cast<double>(n * n * n) / seconds);
  }
  return {.threads = at::get_num_threads(), .instructions = at::get_cpu_capability(), .products = best};
}

}  // namespace dinomaly
