// BEiT and BEiT v2: no table of positions; each attention adds a bias that depends on how far apart two patches are.
#pragma once

#include "../config.h"
#include "../nn/encoder_block.h"
#include "../nn/layer_norm.h"
#include "../nn/patch_embed.h"
#include "block_stack.h"
#include "encoder.h"

namespace dinomaly {

class Beit final : public Encoder {
 public:
  explicit Beit(const EncoderConfig& config);

  std::vector<at::Tensor> features(const at::Tensor& images, const std::vector<int64_t>& target_layers,
                                   const StopToken& stop) const override;
  int64_t prefix_tokens() const override { return 1; }
  void visit(const std::string& prefix, const ParameterVisitor& visitor) override;
  void drop_after(int64_t last_layer) override { blocks_.drop_after(last_layer); }
  std::vector<Linear*> linears(int64_t last_layer) override {
    return blocks_.linears(patch_embed_.product, last_layer);
  }
  void fold_scales() override { blocks_.fold_scales(); }
  void initialise(at::Generator generator) override { initialise_untrained(*this, std::move(generator)); }
  std::unique_ptr<Encoder> clone() const override { return std::make_unique<Beit>(*this); }

 private:
  EncoderConfig config_;
  PatchEmbed patch_embed_;
  at::Tensor cls_token_;            // [1, 1, C]
  at::Tensor mask_token_;           // [1, 1, C]; unused, kept so that a file is written back whole
  std::vector<at::Tensor> tables_;  // [(2M - 1)^2 + 3, H], one, or one a block
  BlockStack<EncoderBlock> blocks_;
  LayerNorm norm_;  // not applied; kept for the same reason
};

// For each pair of 1 + h * w tokens its row in a table of an h x w window, int64 [N * N]: rows of the grid of distances
// (query minus key, y then x), then one each for the class token looking at a patch, the reverse, and class to class.
at::Tensor relative_position_index(int64_t grid_height, int64_t grid_width, at::Device device);

// The table of a window of side M for an h x w window: its grid part resized bicubic, its last three rows kept.
at::Tensor resize_relative_positions(const at::Tensor& table, int64_t side, int64_t grid_height, int64_t grid_width);

}  // namespace dinomaly
