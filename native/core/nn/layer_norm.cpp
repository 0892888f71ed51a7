#include "layer_norm.h"

#include <ATen/ATen.h>

namespace dinomaly {

LayerNorm::LayerNorm(int64_t dim, double eps_) : weight(at::ones({dim})), bias(at::zeros({dim})), eps(eps_) {}

at::Tensor LayerNorm::operator()(const at::Tensor& x) const {
  const auto norm = [&](const at::Tensor& values) { return at::layer_norm(values, weight.sizes(), weight, bias, eps); };
  // The CPU's kernel takes fp32 weights beside a rounded input, CUDA's does not.
  const bool mixed = x.scalar_type() != weight.scalar_type() && !x.is_cpu();
  return mixed ? norm(x.to(weight.scalar_type())).to(x.scalar_type()) : norm(x);
}

void LayerNorm::visit(const std::string& prefix, const ParameterVisitor& visitor) {
  // An encoder's last norm, which is not applied, may be missing in its file.
  if (weight.defined()) visitor(prefix + "weight", weight);
  if (bias.defined()) visitor(prefix + "bias", bias);
}

}  // namespace dinomaly
