#include "initialise.h"

#include <ATen/ATen.h>

#include <cmath>

namespace dinomaly {

void truncated_normal(at::Tensor& tensor, double deviation, double bound, at::Generator generator) {
  // Inverse of the normal's distribution function on the interval that the cut leaves: 2 Phi(b/s) - 1 = erf(b/(s sqrt
  // 2)).
  const double limit = std::erf(bound / deviation / std::sqrt(2.0));
  tensor.uniform_(-limit, limit, generator).erfinv_().mul_(deviation * std::sqrt(2.0)).clamp_(-bound, bound);
}

}  // namespace dinomaly
