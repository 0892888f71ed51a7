// Linear layers through oneDNN with weights reordered once. On AMD and Intel CPUs libtorch's own fp32 linear goes
// through MKL, which is about half as fast for these shapes; GELU is fused into the first layer of each MLP.
#pragma once

#include "../nn/linear.h"

namespace dinomaly {

// Whether this libtorch and machine have the kernel.
bool can_pack_linear();

// Installs the packed weights and releases the plain ones; the layer can then only be run.
void pack(Linear& linear);

}  // namespace dinomaly
