// What every encoder does with its blocks, whatever a block is: runs them up to the last target, names their tensors,
// and lists their linear layers.
#pragma once

#include <string>
#include <vector>

#include "../nn/parameters.h"
#include "../stop_token.h"

namespace dinomaly {

struct Linear;

template <typename Block>
struct BlockStack {
  std::vector<Block> blocks;

  // The outputs of the ascending `target_layers`. run(layer, block, x) applies a block; no block after the last target
  // is run.
  template <typename Run>
  std::vector<at::Tensor> outputs(at::Tensor x, const std::vector<int64_t>& target_layers, const StopToken& stop,
                                  const Run& run) const {
    std::vector<at::Tensor> found;
    for (int64_t layer = 0; layer <= target_layers.back(); ++layer) {
      stop.check();
      x = run(layer, blocks[layer], x);
      if (layer == target_layers[found.size()]) found.push_back(x);
    }
    return found;
  }

  static std::string name(const std::string& prefix, size_t layer) {
    return prefix + "blocks." + std::to_string(layer) + ".";
  }

  void visit(const std::string& prefix, const ParameterVisitor& visitor) {
    for (size_t layer = 0; layer < blocks.size(); ++layer) blocks[layer].visit(name(prefix, layer), visitor);
  }

  void keep(int64_t count) { blocks.resize(count); }

  void fold_scales() {
    for (Block& block : blocks) block.fold_scales();
  }

  void fold_norms() {
    for (Block& block : blocks) block.fold_norms();
  }

  // `stem`, which makes the tokens, and those of the blocks.
  std::vector<Linear*> linears(Linear& stem, int64_t last_layer) {
    std::vector<Linear*> found{&stem};
    for (Linear* linear : blocks.front().linears()) linear->rounding = Rounding::kFine;
    for (int64_t layer = 0; layer <= last_layer; ++layer) {
      for (Linear* linear : blocks[layer].linears()) found.push_back(linear);
    }
    return found;
  }
};

}  // namespace dinomaly
