// Layer normalisation over the channels. eps is 1e-6 in the encoders, 1e-8 in the decoder.
#pragma once

#include <vector>

#include "linear.h"
#include "parameters.h"

namespace dinomaly {

struct LayerNorm {
  at::Tensor weight;  // [C]; undefined once folded
  at::Tensor bias;    // [C]
  double eps = 1e-6;

  LayerNorm() = default;
  LayerNorm(int64_t dim, double eps);

  at::Tensor operator()(const at::Tensor& x) const;
  void visit(const std::string& prefix, const ParameterVisitor& visitor);

  // Makes weight and bias a part of the layers that alone take the output, for a network that is only run.
  void fold_into(const std::vector<Linear*>& takers);
};

}  // namespace dinomaly
