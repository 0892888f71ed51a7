// Pixels to tokens: a convolution whose stride is its kernel.
#pragma once

#include "linear.h"

namespace dinomaly {

struct PatchEmbed {
  Linear product;  // weight [C, 3, patch, patch]
  int64_t patch = 14;

  PatchEmbed() = default;
  PatchEmbed(int64_t dim, int64_t patch);

  // images [B, 3, h * patch, w * patch] -> [B, h * w, C]
  at::Tensor operator()(const at::Tensor& images) const;
  void visit(const std::string& prefix, const ParameterVisitor& visitor);
};

}  // namespace dinomaly
