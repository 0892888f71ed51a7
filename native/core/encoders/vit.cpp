#include "vit.h"

#include <ATen/ATen.h>

#include "../nn/weight_memory.h"

namespace dinomaly {
namespace {

constexpr double kVitNormEps = 1e-6;
constexpr double kGridOffset = 0.1;

}  // namespace

Vit::Vit(const EncoderConfig& config)
    : config_(config),
      patch_embed_(config.dim, config.patch),
      cls_token_(at::zeros({1, 1, config.dim})),
      pos_embed_(zero_weights({1, 1 + config.position_grid * config.position_grid, config.dim})),
      mask_token_(at::zeros({1, config.dim})),
      norm_(config.dim, kVitNormEps) {
  if (config.registers > 0) register_tokens_ = at::zeros({1, config.registers, config.dim});
  const EncoderBlockConfig block = block_config(config, kVitNormEps);
  for (int64_t i = 0; i < config.depth; ++i) blocks_.blocks.emplace_back(block);
}

at::Tensor Vit::positions(int64_t grid_height, int64_t grid_width) const {
  const int64_t side = config_.position_grid;
  if (grid_height == side && grid_width == side) return pos_embed_;
  if (fixed_ == PatchGrid{grid_height, grid_width}) return table_;
  const at::Tensor table = pos_embed_.narrow(1, 1, side * side).reshape({1, side, side, -1}).permute({0, 3, 1, 2});
  const auto scale = [side](int64_t grid) {
    return (static_cast<double>(grid) + kGridOffset) / static_cast<double>(side);
  };
  const at::Tensor resized = at::upsample_bicubic2d(table, {grid_height, grid_width}, /*align_corners=*/false,
                                                    scale(grid_height), scale(grid_width));
  return at::cat({pos_embed_.narrow(1, 0, 1), resized.permute({0, 2, 3, 1}).flatten(1, 2)}, 1);
}

at::Tensor Vit::tokens(const at::Tensor& images) const {
  const at::Tensor table = positions(images.size(2) / config_.patch, images.size(3) / config_.patch);
  const at::Tensor patches = (patch_embed_(images) + table.narrow(1, 1, table.size(1) - 1)).to(images.scalar_type());
  return with_prefix(cls_token_ + table.narrow(1, 0, 1), register_tokens_, patches);
}

std::vector<at::Tensor> Vit::features(const at::Tensor& images, const std::vector<int64_t>& target_layers,
                                      const StopToken& stop) const {
  return blocks_.outputs(tokens(images), target_layers, stop,
                         [](int64_t, const EncoderBlock& block, const at::Tensor& x) { return block(x, {}); });
}

void Vit::fix_grid(const PatchGrid& grid, at::ScalarType) {
  table_ = positions(grid.height, grid.width).contiguous();
  fixed_ = grid;
}

void Vit::visit(const std::string& prefix, const ParameterVisitor& visitor) {
  visitor(prefix + "cls_token", cls_token_);
  visitor(prefix + "pos_embed", pos_embed_);
  if (register_tokens_.defined()) visitor(prefix + "register_tokens", register_tokens_);
  if (mask_token_.defined()) visitor(prefix + "mask_token", mask_token_);
  patch_embed_.visit(prefix + "patch_embed.", visitor);
  blocks_.visit(prefix, visitor);
  norm_.visit(prefix + "norm.", visitor);
}

}  // namespace dinomaly
