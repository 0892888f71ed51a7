// Where a patch looks: the attention rows of figure 3 and how spread out each is.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace dinomaly {

struct AttentionMaps {
  at::Tensor weights;             // fp32 [blocks, h, w], on the CPU
  std::vector<double> entropies;  // one a block
};

// Shannon entropy in nats of weights >= 0 taken as a distribution; 0 where there are none.
double entropy(const at::Tensor& weights);

// rows: [1, h, w] of each decoder block, as Network::decoder_attention gives them for one picture.
AttentionMaps attention_maps(const std::vector<at::Tensor>& rows);

}  // namespace dinomaly
