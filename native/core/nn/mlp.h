// Two linear layers with exact GELU between them.
#pragma once

#include "linear.h"

namespace dinomaly {

struct Mlp {
  Linear fc1;  // [hidden, C]
  Linear fc2;  // [C, hidden]

  Mlp() = default;
  Mlp(int64_t dim, int64_t hidden);

  at::Tensor operator()(const at::Tensor& x) const;
  // residual + (*this)(x)
  at::Tensor add_to(const at::Tensor& residual, const at::Tensor& x) const;
  void visit(const std::string& prefix, const ParameterVisitor& visitor);
};

}  // namespace dinomaly
