#include "vit.h"

#include <ATen/ATen.h>

#include <cmath>

#include "../nn/initialise.h"

namespace dinomaly {
namespace {

constexpr double kNormEps = 1e-6;
constexpr double kGridOffset = 0.1;

}  // namespace

Vit::Vit(const EncoderConfig& config)
    : config_(config),
      patch_embed_(config.dim, config.patch),
      cls_token_(at::zeros({1, 1, config.dim})),
      pos_embed_(at::zeros({1, 1 + config.position_grid * config.position_grid, config.dim})),
      mask_token_(at::zeros({1, config.dim})),
      norm_(config.dim, kNormEps) {
  if (config.registers > 0) register_tokens_ = at::zeros({1, config.registers, config.dim});
  const BlockConfig block{.dim = config.dim,
                          .heads = config.heads,
                          .attention = AttentionKind::kSoftmax,
                          .norm_eps = kNormEps,
                          .layer_scale = config.layer_scale};
  for (int64_t i = 0; i < config.depth; ++i) blocks_.emplace_back(block);
}

at::Tensor Vit::positions(int64_t grid_height, int64_t grid_width) const {
  const int64_t side = config_.position_grid;
  if (grid_height == side && grid_width == side) return pos_embed_;
  const at::Tensor table = pos_embed_.narrow(1, 1, side * side).reshape({1, side, side, -1}).permute({0, 3, 1, 2});
  const auto scale = [side](int64_t grid) {
    return (static_cast<double>(grid) + kGridOffset) / static_cast<double>(side);
  };
  const at::Tensor resized = at::upsample_bicubic2d(table, {grid_height, grid_width}, /*align_corners=*/false,
                                                    scale(grid_height), scale(grid_width));
  return at::cat({pos_embed_.narrow(1, 0, 1), resized.permute({0, 2, 3, 1}).flatten(1, 2)}, 1);
}

at::Tensor Vit::tokens(const at::Tensor& images) const {
  const int64_t batch = images.size(0);
  const at::Tensor patches = patch_embed_(images);
  at::Tensor sequence = at::cat({cls_token_.expand({batch, -1, -1}), patches}, 1);
  sequence = sequence + positions(images.size(2) / config_.patch, images.size(3) / config_.patch);
  if (!register_tokens_.defined()) return sequence;
  return at::cat(
      {sequence.narrow(1, 0, 1), register_tokens_.expand({batch, -1, -1}), sequence.narrow(1, 1, sequence.size(1) - 1)},
      1);
}

std::vector<at::Tensor> Vit::features(const at::Tensor& images, const std::vector<int64_t>& target_layers,
                                      const StopToken& stop) const {
  std::vector<at::Tensor> outputs;
  at::Tensor sequence = tokens(images);
  for (int64_t layer = 0; layer <= target_layers.back(); ++layer) {
    stop.check();
    sequence = blocks_[layer](sequence);
    if (layer == target_layers[outputs.size()]) outputs.push_back(sequence);
  }
  return outputs;
}

void Vit::visit(const std::string& prefix, const ParameterVisitor& visitor) {
  visitor(prefix + "cls_token", cls_token_);
  visitor(prefix + "pos_embed", pos_embed_);
  if (register_tokens_.defined()) visitor(prefix + "register_tokens", register_tokens_);
  visitor(prefix + "mask_token", mask_token_);
  patch_embed_.visit(prefix + "patch_embed.", visitor);
  for (size_t i = 0; i < blocks_.size(); ++i) blocks_[i].visit(prefix + "blocks." + std::to_string(i) + ".", visitor);
  norm_.visit(prefix + "norm.", visitor);
}

std::vector<Linear*> Vit::linears(int64_t last_layer) {
  std::vector<Linear*> found;
  for (int64_t i = 0; i <= last_layer; ++i) {
    Block& block = blocks_[i];
    found.insert(found.end(), {&block.attn.qkv, &block.attn.proj, &block.mlp.fc1, &block.mlp.fc2});
  }
  return found;
}

// Not the usual draw of normal 0.02, which leaves the blocks next to nothing to say: the features are then linear in
// the pixels, and a decoder that learned some colours reproduces all others too. Here each branch keeps half the
// variance of its input, so that features bend with what surrounds them and an unseen patch stays unseen.
void Vit::initialise(at::Generator generator) {
  visit("", [&](const std::string& name, at::Tensor& tensor) {
    const double fan_in = static_cast<double>(tensor.numel() / tensor.size(0));
    if (name.ends_with("bias")) {
      tensor.zero_();
    } else if (name.ends_with("gamma") || name.find("norm") != std::string::npos) {
      tensor.fill_(1);
    } else if (name.starts_with("patch_embed.")) {
      // Keeps the scale of the pixels.
      truncated_normal(tensor, 1 / std::sqrt(fan_in), 2 / std::sqrt(fan_in), generator);
    } else if (name.starts_with("blocks.")) {
      truncated_normal(tensor, 1 / std::sqrt(2 * fan_in), 2 / std::sqrt(2 * fan_in), generator);
    } else {
      truncated_normal(tensor, 0.02, 0.04, generator);
    }
  });
}

}  // namespace dinomaly
