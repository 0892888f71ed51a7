#include "dinov3.h"

#include <ATen/ATen.h>

namespace dinomaly {
namespace {

constexpr double kDinov3NormEps = 1e-5;

}  // namespace

Dinov3::Dinov3(const EncoderConfig& config)
    : config_(config),
      patch_embed_(config.dim, config.patch),
      cls_token_(at::zeros({1, 1, config.dim})),
      mask_token_(at::zeros({1, config.dim})),
      norm_(config.dim, kDinov3NormEps) {
  if (config.registers > 0) storage_tokens_ = at::zeros({1, config.registers, config.dim});
  EncoderBlockConfig block = block_config(config, kDinov3NormEps);
  block.fused_swiglu = false;
  for (int64_t i = 0; i < config.depth; ++i) blocks_.blocks.emplace_back(block);
}

std::vector<at::Tensor> Dinov3::features(const at::Tensor& images, const std::vector<int64_t>& target_layers,
                                         const StopToken& stop) const {
  const PatchGrid grid{images.size(2) / config_.patch, images.size(3) / config_.patch};
  const Positions positions{.rotary = fixed_ == grid ? rotary_ : rotary(grid), .relative = {}};
  return blocks_.outputs(with_prefix(cls_token_, storage_tokens_, patch_embed_(images)), target_layers, stop,
                         [&](int64_t, const EncoderBlock& block, const at::Tensor& x) { return block(x, positions); });
}

Rotary Dinov3::rotary(const PatchGrid& grid) const {
  return Rotary::of_grid(grid.height, grid.width, config_.dim / config_.heads, cls_token_.device());
}

void Dinov3::fix_grid(const PatchGrid& grid, at::ScalarType) {
  rotary_ = rotary(grid);
  fixed_ = grid;
}

void Dinov3::visit(const std::string& prefix, const ParameterVisitor& visitor) {
  visitor(prefix + "cls_token", cls_token_);
  if (storage_tokens_.defined()) visitor(prefix + "storage_tokens", storage_tokens_);
  if (mask_token_.defined()) visitor(prefix + "mask_token", mask_token_);
  patch_embed_.visit(prefix + "patch_embed.", visitor);
  blocks_.visit(prefix, visitor);
  norm_.visit(prefix + "norm.", visitor);
}

}  // namespace dinomaly
