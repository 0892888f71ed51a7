#include "beit.h"

#include <ATen/ATen.h>

namespace dinomaly {
namespace {

constexpr double kBeitNormEps = 1e-6;
constexpr const char* kTable = "relative_position_bias_table";

}  // namespace

Beit::Beit(const EncoderConfig& config)
    : config_(config),
      patch_embed_(config.dim, config.patch),
      cls_token_(at::zeros({1, 1, config.dim})),
      mask_token_(at::zeros({1, 1, config.dim})),
      norm_(config.dim, kBeitNormEps) {
  const int64_t reach = 2 * config.position_grid - 1;
  for (int64_t i = 0; i < (config.shared_positions ? 1 : config.depth); ++i) {
    tables_.push_back(at::zeros({reach * reach + kClassRows, config.heads}));
  }
  EncoderBlockConfig block = block_config(config, kBeitNormEps);
  block.naming = BlockNaming::kBeit;
  for (int64_t i = 0; i < config.depth; ++i) blocks_.blocks.emplace_back(block);
}

std::vector<at::Tensor> Beit::features(const at::Tensor& images, const std::vector<int64_t>& target_layers,
                                       const StopToken& stop) const {
  const int64_t height = images.size(2) / config_.patch, width = images.size(3) / config_.patch;
  const auto relative = fixed_ == PatchGrid{height, width} ? relative_ : relative_positions(height, width);
  Positions positions;
  const auto run = [&](int64_t layer, const EncoderBlock& block, const at::Tensor& x) {
    positions.relative = relative[config_.shared_positions ? 0 : layer];
    return block(x, positions);
  };
  return blocks_.outputs(with_prefix(cls_token_, {}, patch_embed_(images)), target_layers, stop, run);
}

std::vector<std::shared_ptr<RelativePositions>> Beit::relative_positions(int64_t height, int64_t width) const {
  std::vector<std::shared_ptr<RelativePositions>> found;
  for (const at::Tensor& table : tables_) {
    const at::Tensor resized = resize_relative_positions(table, config_.position_grid, height, width);
    found.push_back(std::make_shared<RelativePositions>(resized, height, width));
  }
  return found;
}

void Beit::fix_grid(const PatchGrid& grid, at::ScalarType type) {
  relative_ = relative_positions(grid.height, grid.width);
  if (!tables_.front().is_cpu()) {
    for (const auto& relative : relative_) relative->keep_bias(type);
  }
  fixed_ = grid;
}

void Beit::visit(const std::string& prefix, const ParameterVisitor& visitor) {
  visitor(prefix + "cls_token", cls_token_);
  if (mask_token_.defined()) visitor(prefix + "mask_token", mask_token_);
  patch_embed_.visit(prefix + "patch_embed.", visitor);
  if (config_.shared_positions) visitor(prefix + "rel_pos_bias." + kTable, tables_[0]);
  for (size_t i = 0; i < tables_.size() && !config_.shared_positions; ++i) {
    visitor(blocks_.name(prefix, i) + "attn." + kTable, tables_[i]);
  }
  blocks_.visit(prefix, visitor);
  norm_.visit(prefix + "norm.", visitor);
}

}  // namespace dinomaly
