#include "noisy_bottleneck.h"

#include <ATen/ATen.h>

namespace dinomaly {

NoisyBottleneck::NoisyBottleneck(int64_t dim, double dropout_) : mlp(dim, 4 * dim), dropout(dropout_) {}

at::Tensor NoisyBottleneck::operator()(const at::Tensor& x, const std::optional<at::Generator>& noise) const {
  if (!noise || dropout == 0) return mlp(x);
  // Not at::dropout: its noise comes from the process-wide generator, which other models would disturb.
  const auto drop = [&](const at::Tensor& t) {
    const at::Tensor kept = at::empty_like(t, at::MemoryFormat::Contiguous).bernoulli_(1 - dropout, noise);
    return t * kept.div_(1 - dropout);
  };
  return drop(mlp.fc2(drop(mlp.fc1.gelu(drop(x)))));
}

}  // namespace dinomaly
