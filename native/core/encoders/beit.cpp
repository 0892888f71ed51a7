#include "beit.h"

#include <ATen/ATen.h>

namespace dinomaly {
namespace {

constexpr double kBeitNormEps = 1e-6;
constexpr int64_t kClassRows = 3;
constexpr const char* kTable = "relative_position_bias_table";

// [n, n]: query minus key, from 0.
at::Tensor distances(int64_t n, const at::TensorOptions& options) {
  const at::Tensor places = at::arange(n, options);
  return places.view({-1, 1}) - places.view({1, -1}) + (n - 1);
}

}  // namespace

at::Tensor relative_position_index(int64_t grid_height, int64_t grid_width, at::Device device) {
  const at::TensorOptions options = at::TensorOptions().dtype(at::kLong).device(device);
  const int64_t area = grid_height * grid_width;
  const int64_t class_row = (2 * grid_height - 1) * (2 * grid_width - 1);
  const at::Tensor y = distances(grid_height, options).view({grid_height, 1, grid_height, 1});
  const at::Tensor x = distances(grid_width, options).view({1, grid_width, 1, grid_width});
  at::Tensor index = at::empty({area + 1, area + 1}, options);
  index.narrow(0, 1, area).narrow(1, 1, area).copy_((y * (2 * grid_width - 1) + x).view({area, area}));
  index.select(0, 0).fill_(class_row);
  index.select(1, 0).fill_(class_row + 1);
  index.select(0, 0).select(0, 0).fill_(class_row + 2);
  return index.view({-1});
}

at::Tensor resize_relative_positions(const at::Tensor& table, int64_t side, int64_t grid_height, int64_t grid_width) {
  if (grid_height == side && grid_width == side) return table;
  const int64_t stored = 2 * side - 1, heads = table.size(1);
  const at::Tensor grid = table.narrow(0, 0, stored * stored).t().reshape({1, heads, stored, stored});
  const at::Tensor resized = at::upsample_bicubic2d(grid, {2 * grid_height - 1, 2 * grid_width - 1},
                                                    /*align_corners=*/false, std::nullopt, std::nullopt);
  return at::cat({resized.view({heads, -1}).t(), table.narrow(0, stored * stored, kClassRows)});
}

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
  const int64_t tokens = 1 + height * width;
  const at::Tensor index = relative_position_index(height, width, images.device());
  Positions positions;
  const auto run = [&](int64_t layer, const EncoderBlock& block, const at::Tensor& x) {
    if (layer == 0 || !config_.shared_positions) {
      const at::Tensor table = resize_relative_positions(tables_[layer], config_.position_grid, height, width);
      positions.bias =
          table.t().contiguous().index_select(1, index).view({1, config_.heads, tokens, tokens}).to(x.scalar_type());
    }
    return block(x, positions);
  };
  return blocks_.outputs(with_prefix(cls_token_, {}, patch_embed_(images)), target_layers, stop, run);
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
