#include "noisy_bottleneck.h"

#include <ATen/ATen.h>

namespace dinomaly {

NoisyBottleneck::NoisyBottleneck(int64_t dim, double dropout_) : mlp(dim, 4 * dim), dropout(dropout_) {}

BottleneckNoise NoisyBottleneck::draw(const at::Tensor& x, const at::Generator& generator) const {
  // Not at::dropout: its noise comes from the process-wide generator, which other models would disturb.
  const auto one = [&](int64_t width) {
    at::Tensor kept = at::empty({x.size(0), x.size(1), width}, x.options()).bernoulli_(1 - dropout, generator);
    return kept.div_(1 - dropout);
  };
  // One after the other: they share a generator.
  const at::Tensor input = one(mlp.fc1.weight.size(1)), hidden = one(mlp.fc1.weight.size(0));
  return {.input = input, .hidden = hidden, .output = one(mlp.fc2.weight.size(0))};
}

at::Tensor NoisyBottleneck::with_noise(const at::Tensor& x, const BottleneckNoise& noise) const {
  return mlp.fc2(mlp.fc1.gelu(x * noise.input) * noise.hidden) * noise.output;
}

at::Tensor NoisyBottleneck::operator()(const at::Tensor& x, const std::optional<at::Generator>& noise) const {
  if (!noise || dropout == 0) return mlp(x);
  return with_noise(x, draw(x, *noise));
}

}  // namespace dinomaly
