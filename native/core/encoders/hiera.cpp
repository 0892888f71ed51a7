#include "hiera.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace dinomaly {
namespace {

constexpr double kHieraNormEps = 1e-6;
// The target stage is the third: its stride and width are four times those of the stem.
constexpr int64_t kTargetFactor = 4;
constexpr int64_t kPool = 2;
constexpr int64_t kMlpRatio = 4;

// The stem's kernel overlaps its neighbours': 7 pixels for a stride of 4.
int64_t stem_kernel(int64_t stride) { return 2 * stride - 1; }

}  // namespace

Hiera::Hiera(const EncoderConfig& config)
    : stem_patch_(config.patch / kTargetFactor), stem_padding_(stem_kernel(stem_patch_) / 2) {
  int64_t dim = config.dim / kTargetFactor, heads = config.heads / kTargetFactor;
  const int64_t kernel = stem_kernel(stem_patch_), window = config.windows[0];
  patch_embed_ = Linear::convolution(3, dim, kernel);
  pos_embed_ = at::zeros({1, dim, config.position_grid, config.position_grid});
  pos_embed_window_ = at::zeros({1, dim, window, window});
  for (size_t stage = 0; stage < config.stages.size(); ++stage) {
    for (int64_t i = 0; i < config.stages[stage]; ++i) {
      const bool first = stage > 0 && i == 0;
      const auto index = static_cast<int64_t>(blocks_.blocks.size());
      const auto& global = config.global_blocks;
      const bool is_global = std::find(global.begin(), global.end(), index) != global.end();
      if (first) heads *= kPool;
      const int64_t out = first ? kPool * dim : dim;
      blocks_.blocks.emplace_back(HieraBlockConfig{.dim = dim,
                                                   .out = out,
                                                   .heads = heads,
                                                   .hidden = kMlpRatio * out,
                                                   // A stage's first block keeps the window of the stage before.
                                                   .window = is_global ? 0 : config.windows[first ? stage - 1 : stage],
                                                   .pool = first ? kPool : 1,
                                                   .norm_eps = kHieraNormEps});
      dim = out;
    }
  }
}

at::Tensor Hiera::stem(const at::Tensor& images) const {
  // The convolution as a product, as in PatchEmbed.
  const int64_t kernel = stem_kernel(stem_patch_);
  const at::Tensor pixels = at::im2col(images, {kernel, kernel}, {1, 1}, {stem_padding_, stem_padding_},
                                       {stem_patch_, stem_patch_});  // [B, 3 k k, h w]
  const int64_t height = images.size(2) / stem_patch_, width = images.size(3) / stem_patch_;
  const at::Tensor patches = patch_embed_(pixels.transpose(1, 2));
  const at::Tensor table = fixed_ == PatchGrid{height, width} ? table_ : positions(height, width);
  return (patches.view({-1, height, width, patches.size(2)}) + table).to(images.scalar_type());
}

at::Tensor Hiera::positions(int64_t height, int64_t width) const {
  const int64_t window = pos_embed_window_.size(2);
  const at::Tensor wide =
      at::upsample_bicubic2d(pos_embed_, {height, width}, /*align_corners=*/false, std::nullopt, std::nullopt);
  const at::Tensor tiled = pos_embed_window_.repeat({1, 1, height / window, width / window});
  return (wide + tiled).permute({0, 2, 3, 1});
}

void Hiera::fix_grid(const PatchGrid& grid, at::ScalarType) {
  fixed_ = {grid.height * kTargetFactor, grid.width * kTargetFactor};
  table_ = positions(fixed_.height, fixed_.width).contiguous();
}

std::vector<at::Tensor> Hiera::features(const at::Tensor& images, const std::vector<int64_t>& target_layers,
                                        const StopToken& stop) const {
  std::vector<at::Tensor> grids =
      blocks_.outputs(stem(images), target_layers, stop,
                      [](int64_t, const HieraBlock& block, const at::Tensor& grid) { return block(grid); });
  for (at::Tensor& grid : grids) grid = grid.flatten(1, 2);
  return grids;
}

void Hiera::visit(const std::string& prefix, const ParameterVisitor& visitor) {
  visitor(prefix + "pos_embed", pos_embed_);
  visitor(prefix + "pos_embed_window", pos_embed_window_);
  patch_embed_.visit(prefix + "patch_embed.proj.", visitor);
  blocks_.visit(prefix, visitor);
}

}  // namespace dinomaly
