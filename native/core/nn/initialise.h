// Random initial weights from an explicit generator.
#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

namespace dinomaly {

// Fills with a normal of mean 0 and the given deviation, cut at +-bound.
void truncated_normal(at::Tensor& tensor, double deviation, double bound, at::Generator generator);

}  // namespace dinomaly
