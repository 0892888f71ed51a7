// The noisy bottleneck (section 3.2): an MLP whose dropout replaces the pseudo-anomalies of other methods.
#pragma once

#include <ATen/core/Generator.h>

#include <optional>

#include "mlp.h"

namespace dinomaly {

struct NoisyBottleneck {
  Mlp mlp;
  double dropout = 0.2;

  NoisyBottleneck() = default;
  NoisyBottleneck(int64_t dim, double dropout);

  // x [B, N, C] -> [B, N, C]. With a generator: dropout, Linear C->4C, GELU, dropout, Linear 4C->C, dropout; without
  // one (eval mode) the noise is off.
  at::Tensor operator()(const at::Tensor& x, const std::optional<at::Generator>& noise) const;
  void visit(const std::string& prefix, const ParameterVisitor& visitor) { mlp.visit(prefix, visitor); }
};

}  // namespace dinomaly
