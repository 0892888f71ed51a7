#include "patch_embed.h"

#include <ATen/ATen.h>

namespace dinomaly {

PatchEmbed::PatchEmbed(int64_t dim, int64_t patch_)
    : weight(at::zeros({dim, 3, patch_, patch_})), bias(at::zeros({dim})), patch(patch_) {}

at::Tensor PatchEmbed::operator()(const at::Tensor& images) const {
  return at::conv2d(images, weight, bias, {patch, patch}).flatten(2).transpose(1, 2);
}

void PatchEmbed::visit(const std::string& prefix, const ParameterVisitor& visitor) {
  visitor(prefix + "proj.weight", weight);
  visitor(prefix + "proj.bias", bias);
}

}  // namespace dinomaly
