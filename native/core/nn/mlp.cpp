#include "mlp.h"

namespace dinomaly {

Mlp::Mlp(int64_t dim, int64_t hidden) : fc1(Linear(dim, hidden).feeding_products()), fc2(hidden, dim) {}

at::Tensor Mlp::operator()(const at::Tensor& x) const { return fc2(fc1.gelu(x)); }

at::Tensor Mlp::add_to(const at::Tensor& residual, const at::Tensor& x) const {
  return fc2.add_to(residual, fc1.gelu(x));
}

void Mlp::visit(const std::string& prefix, const ParameterVisitor& visitor) {
  fc1.visit(prefix + "fc1.", visitor);
  fc2.visit(prefix + "fc2.", visitor);
}

}  // namespace dinomaly
