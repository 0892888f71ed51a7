#include "layer_norm.h"

#include <ATen/ATen.h>

namespace dinomaly {

LayerNorm::LayerNorm(int64_t dim, double eps_) : weight(at::ones({dim})), bias(at::zeros({dim})), eps(eps_) {}

at::Tensor LayerNorm::operator()(const at::Tensor& x) const {
  return at::layer_norm(x, weight.sizes(), weight, bias, eps);
}

void LayerNorm::visit(const std::string& prefix, const ParameterVisitor& visitor) {
  // An encoder's last norm, which is not applied, may be missing in its file.
  if (weight.defined()) visitor(prefix + "weight", weight);
  if (bias.defined()) visitor(prefix + "bias", bias);
}

}  // namespace dinomaly
