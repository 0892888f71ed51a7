#include "dinov3.h"

#include <ATen/ATen.h>

namespace dinomaly {
namespace {

constexpr double kNormEps = 1e-5;

}  // namespace

Dinov3::Dinov3(const EncoderConfig& config)
    : config_(config),
      patch_embed_(config.dim, config.patch),
      cls_token_(at::zeros({1, 1, config.dim})),
      mask_token_(at::zeros({1, config.dim})),
      norm_(config.dim, kNormEps) {
  if (config.registers > 0) storage_tokens_ = at::zeros({1, config.registers, config.dim});
  const EncoderBlockConfig block{.dim = config.dim,
                                 .heads = config.heads,
                                 .hidden = mlp_hidden(config),
                                 .norm_eps = kNormEps,
                                 .layer_scale = config.layer_scale,
                                 .mlp = config.mlp,
                                 .fused_swiglu = false,
                                 .naming = BlockNaming::kDinov2};
  for (int64_t i = 0; i < config.depth; ++i) blocks_.emplace_back(block);
}

std::vector<at::Tensor> Dinov3::features(const at::Tensor& images, const std::vector<int64_t>& target_layers,
                                         const StopToken& stop) const {
  const Positions positions{.bias = {},
                            .rotary = Rotary::of_grid(images.size(2) / config_.patch, images.size(3) / config_.patch,
                                                      config_.dim / config_.heads, images.device())};
  std::vector<at::Tensor> outputs;
  at::Tensor sequence = with_prefix(cls_token_, storage_tokens_, patch_embed_(images));
  for (int64_t layer = 0; layer <= target_layers.back(); ++layer) {
    stop.check();
    sequence = blocks_[layer](sequence, positions);
    if (layer == target_layers[outputs.size()]) outputs.push_back(sequence);
  }
  return outputs;
}

void Dinov3::visit(const std::string& prefix, const ParameterVisitor& visitor) {
  visitor(prefix + "cls_token", cls_token_);
  if (storage_tokens_.defined()) visitor(prefix + "storage_tokens", storage_tokens_);
  if (mask_token_.defined()) visitor(prefix + "mask_token", mask_token_);
  patch_embed_.visit(prefix + "patch_embed.", visitor);
  for (size_t i = 0; i < blocks_.size(); ++i) blocks_[i].visit(prefix + "blocks." + std::to_string(i) + ".", visitor);
  norm_.visit(prefix + "norm.", visitor);
}

std::vector<Linear*> Dinov3::linears(int64_t last_layer) {
  std::vector<Linear*> found;
  for (int64_t i = 0; i <= last_layer; ++i) {
    for (Linear* linear : blocks_[i].linears()) found.push_back(linear);
  }
  return found;
}

}  // namespace dinomaly
