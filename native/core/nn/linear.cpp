#include "linear.h"

#include <ATen/ATen.h>

#include "weight_memory.h"

namespace dinomaly {

Linear::Linear(int64_t in, int64_t out) : weight(zero_weights({out, in})), bias(at::zeros({out})) {}

Linear Linear::convolution(int64_t in, int64_t out, int64_t side) {
  Linear linear;
  linear.weight = zero_weights({out, in, side, side});
  linear.bias = at::zeros({out});
  linear.rounding = Rounding::kNone;
  return linear;
}

at::Tensor Linear::operator()(const at::Tensor& x) const {
  return packed ? packed->apply(x) : at::linear(x, weight.flatten(1), bias);
}

at::Tensor Linear::gelu(const at::Tensor& x) const {
  return packed ? packed->apply_gelu(x) : at::gelu(at::linear(x, weight, bias));
}

at::Tensor Linear::add_to(const at::Tensor& residual, const at::Tensor& x) const {
  return packed ? packed->apply_add(residual, x) : residual + at::linear(x, weight, bias);
}

void Linear::visit(const std::string& prefix, const ParameterVisitor& visitor) {
  visitor(prefix + "weight", weight);
  visitor(prefix + "bias", bias);
}

}  // namespace dinomaly
