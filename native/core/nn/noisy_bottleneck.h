// The noisy bottleneck (section 3.2): an MLP whose dropout replaces the pseudo-anomalies of other methods.
#pragma once

#include <ATen/core/Generator.h>

#include <optional>

#include "mlp.h"

namespace dinomaly {

// What the three dropouts multiply by, element by element: 0, or 1 / (1 - rate) so that the mean stays.
struct BottleneckNoise {
  at::Tensor input;   // [B, N, C], before the first linear layer
  at::Tensor hidden;  // [B, N, 4C], after GELU
  at::Tensor output;  // [B, N, C], after the second linear layer
};

struct NoisyBottleneck {
  Mlp mlp;
  double dropout = 0.2;

  NoisyBottleneck() = default;
  NoisyBottleneck(int64_t dim, double dropout);

  // x [B, N, C] -> [B, N, C]. With a generator: dropout, Linear C->4C, GELU, dropout, Linear 4C->C, dropout; without
  // one (eval mode) the noise is off.
  at::Tensor operator()(const at::Tensor& x, const std::optional<at::Generator>& noise) const;

  // The same with noise that is given.
  at::Tensor with_noise(const at::Tensor& x, const BottleneckNoise& noise) const;
  // The noise of one pass over x.
  BottleneckNoise draw(const at::Tensor& x, const at::Generator& generator) const;

  void visit(const std::string& prefix, const ParameterVisitor& visitor) { mlp.visit(prefix, visitor); }
};

}  // namespace dinomaly
