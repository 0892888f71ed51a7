// Linear layers with weights laid out once as a faster kernel takes them. fp32 goes through oneDNN: on AMD and Intel
// CPUs libtorch's own fp32 linear goes through MKL, which is about half as fast for these shapes. bf16 and int8 are
// nn/cpu_linear.h.
#pragma once

#include "../nn/linear.h"
#include "plan.h"

namespace dinomaly {

// Installs the packed weights and releases the plain ones; the layer can then only be run. Returns their bytes. Layers
// of equal weights are one in memory, in whatever models. A layer that must not be so coarse, or whose shape the
// rounded kernels do not take, is fp32 in every precision; one that fits no kernel stays as it is.
int64_t pack(Linear& linear, Precision precision);

}  // namespace dinomaly
