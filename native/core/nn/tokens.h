// Sums over tokens that are one pass through memory where the CPU has a kernel for it, and libtorch's operators
// elsewhere.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace dinomaly {

// The mean of tensors of one shape.
at::Tensor mean_of(const std::vector<at::Tensor>& tensors);

// a, b [B, P, C] -> 1 - cosine similarity of each pair of tokens, fp32 [B, P]; lengths below 1e-8 count as that.
at::Tensor cosine_distances(const at::Tensor& a, const at::Tensor& b);

}  // namespace dinomaly
