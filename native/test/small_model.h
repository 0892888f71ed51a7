// A network small enough for unit tests, with seeded random weights.
#pragma once

#include <ATen/core/Tensor.h>

#include "core/dinomaly.h"

namespace dinomaly::test {

// C 16, 2 heads, 6 blocks, patch 8, 2 registers, 4 targets in 2 groups, 4 decoder blocks.
ModelConfig small_config();
Network small_network(const ModelConfig& config = small_config());
// Normalised pixels from a fixed seed.
at::Tensor random_images(int64_t batch, int64_t height, int64_t width);
// Of pictures that the network sees whole, as they are.
Geometry geometry_of(const at::Tensor& images);

}  // namespace dinomaly::test
