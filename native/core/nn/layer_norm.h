// Layer normalisation over the channels. eps is 1e-6 in the encoders, 1e-8 in the decoder.
#pragma once

#include "parameters.h"

namespace dinomaly {

struct LayerNorm {
  at::Tensor weight;  // [C]
  at::Tensor bias;    // [C]
  double eps = 1e-6;

  LayerNorm() = default;
  LayerNorm(int64_t dim, double eps);

  at::Tensor operator()(const at::Tensor& x) const;
  void visit(const std::string& prefix, const ParameterVisitor& visitor);
};

}  // namespace dinomaly
