#include "encoder.h"

#include <ATen/ATen.h>

#include <cmath>

#include "../nn/initialise.h"

namespace dinomaly {

at::Tensor with_prefix(const at::Tensor& cls_token, const at::Tensor& registers, const at::Tensor& patches) {
  const int64_t batch = patches.size(0);
  const at::ScalarType type = patches.scalar_type();
  std::vector<at::Tensor> parts{cls_token.to(type).expand({batch, -1, -1})};
  if (registers.defined()) parts.push_back(registers.to(type).expand({batch, -1, -1}));
  parts.push_back(patches);
  return at::cat(parts, 1);
}

void initialise_untrained(Encoder& encoder, at::Generator generator) {
  encoder.visit("", [&](const std::string& name, at::Tensor& tensor) {
    const double fan_in = static_cast<double>(tensor.numel() / tensor.size(0));
    if (name.ends_with("bias")) {
      tensor.zero_();
    } else if (name.find("gamma") != std::string::npos || name.find("norm") != std::string::npos) {
      tensor.fill_(1);
    } else if (name.starts_with("patch_embed.")) {
      // Keeps the scale of the pixels.
      truncated_normal(tensor, 1 / std::sqrt(fan_in), 2 / std::sqrt(fan_in), generator);
    } else if (name.starts_with("blocks.") && name.ends_with("weight")) {
      truncated_normal(tensor, 1 / std::sqrt(2 * fan_in), 2 / std::sqrt(2 * fan_in), generator);
    } else {
      truncated_normal(tensor, 0.02, 0.04, generator);
    }
  });
}

}  // namespace dinomaly
