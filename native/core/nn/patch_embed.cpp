#include "patch_embed.h"

#include <ATen/ATen.h>

namespace dinomaly {

PatchEmbed::PatchEmbed(int64_t dim, int64_t patch_) : product(Linear::convolution(3, dim, patch_)), patch(patch_) {}

at::Tensor PatchEmbed::operator()(const at::Tensor& images) const {
  // A convolution whose stride is its kernel is a product over the pixels of each patch. As such it is fp32 on every
  // device, where cuDNN would round it to TF32, and several times as fast there.
  const int64_t batch = images.size(0), height = images.size(2) / patch, width = images.size(3) / patch;
  const at::Tensor pixels = images.reshape({batch, 3, height, patch, width, patch})
                                .permute({0, 2, 4, 1, 3, 5})
                                .reshape({batch, height * width, 3 * patch * patch});
  return product(pixels);
}

void PatchEmbed::visit(const std::string& prefix, const ParameterVisitor& visitor) {
  product.visit(prefix + "proj.", visitor);
}

}  // namespace dinomaly
