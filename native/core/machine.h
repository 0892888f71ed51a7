// What this machine can do at best, to compare a network's speed with.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

#include "stop_token.h"

namespace dinomaly {

struct Machine {
  int64_t threads = 1;       // that share the work of one operator on the CPU
  std::string instructions;  // that libtorch's kernels use on the CPU: "DEFAULT", "AVX2", "AVX512"
  double products = 0;       // floating-point operations per second in products of square matrices of `type`
};

// Multiplies matrices for about half a second and takes the best round. Throws ABORTED when stopped.
Machine measure_machine(at::Device device, at::ScalarType type, const StopToken& stop);

}  // namespace dinomaly
