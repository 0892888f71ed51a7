#include "small_model.h"

#include <ATen/ATen.h>

#include "core/generator.h"

namespace dinomaly::test {

ModelConfig small_config() {
  return {.encoder = {.dim = 16, .depth = 6, .heads = 2, .patch = 8, .registers = 2, .position_grid = 4},
          .target_layers = {1, 2, 3, 4},
          .encoder_groups = {{0, 1}, {2, 3}},
          .decoder_groups = {{0, 1}, {2, 3}},
          .decoder_depth = 4,
          .decoder_heads = 2};
}

Network small_network(const ModelConfig& config) {
  Network network(config);
  at::Generator generator = make_generator(at::kCPU, 3);
  for (const NamedParameter& parameter : network.parameters()) {
    const bool scale = parameter.name.ends_with("gamma") || parameter.name.ends_with("norm1.weight") ||
                       parameter.name.ends_with("norm2.weight");
    parameter.tensor->normal_(scale ? 1.0 : 0.0, 0.1, generator);
  }
  return network;
}

Geometry geometry_of(const at::Tensor& images) {
  return {.resize_height = images.size(2),
          .resize_width = images.size(3),
          .crop_height = images.size(2),
          .crop_width = images.size(3)};
}

at::Tensor random_images(int64_t batch, int64_t height, int64_t width) {
  return at::empty({batch, 3, height, width}).normal_(0, 1, make_generator(at::kCPU, 11));
}

}  // namespace dinomaly::test
