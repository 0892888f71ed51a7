#include "picture_features.h"

#include <ATen/ATen.h>

namespace dinomaly {
namespace {

constexpr double kLengthEps = 1e-8;

}  // namespace

at::Tensor picture_features(const std::vector<at::Tensor>& groups) {
  std::vector<at::Tensor> means;
  for (const at::Tensor& group : groups) {
    const at::Tensor tokens = group.to(at::kFloat);                                           // [B, P, C]
    const at::Tensor lengths = at::linalg_vector_norm(tokens, 2, at::IntArrayRef{2}, false);  // [B, P]
    const at::Tensor weights = lengths.clamp_min(kLengthEps).reciprocal() / tokens.size(1);
    // One product in place of a copy of all tokens at length 1.
    means.push_back(at::matmul(weights.unsqueeze(1), tokens).squeeze(1));  // [B, C]
  }
  return at::cat(means, 1);
}

}  // namespace dinomaly
