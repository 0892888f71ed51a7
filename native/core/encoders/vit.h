// The plain Vision Transformer with a table of positions: DINOv2 with and without registers, DINO, iBOT, MoCo v3, MAE,
// DeiT, D-iGPT.
#pragma once

#include "../config.h"
#include "../nn/encoder_block.h"
#include "../nn/layer_norm.h"
#include "../nn/patch_embed.h"
#include "block_stack.h"
#include "encoder.h"

namespace dinomaly {

class Vit final : public Encoder {
 public:
  explicit Vit(const EncoderConfig& config);

  std::vector<at::Tensor> features(const at::Tensor& images, const std::vector<int64_t>& target_layers,
                                   const StopToken& stop) const override;
  int64_t prefix_tokens() const override { return 1 + config_.registers; }
  void visit(const std::string& prefix, const ParameterVisitor& visitor) override;
  void fix_grid(const PatchGrid& grid, at::ScalarType type) override;
  void keep_blocks(int64_t count) override { blocks_.keep(count); }
  std::vector<Linear*> linears(int64_t last_layer) override {
    return blocks_.linears(patch_embed_.product, last_layer);
  }
  void fold_scales() override { blocks_.fold_scales(); }
  void fold_norms() override { blocks_.fold_norms(); }
  void initialise(at::Generator generator) override { initialise_untrained(*this, std::move(generator)); }
  std::unique_ptr<Encoder> clone() const override { return std::make_unique<Vit>(*this); }

  // images [B, 3, h * patch, w * patch] -> [B, 1 + R + h * w, C]: class, registers, patches; positions added to class
  // and patches before the registers are inserted.
  at::Tensor tokens(const at::Tensor& images) const;

 private:
  // The stored table for the grid, [1, 1 + h * w, C]. To another grid it is resized bicubic without antialias and with
  // scale (g + 0.1) / M, as the authors run every encoder of this family, not with the exact ratio.
  at::Tensor positions(int64_t grid_height, int64_t grid_width) const;

  EncoderConfig config_;
  PatchEmbed patch_embed_;
  at::Tensor cls_token_;        // [1, 1, C]
  at::Tensor pos_embed_;        // [1, 1 + M * M, C]
  at::Tensor register_tokens_;  // [1, R, C], undefined when R is 0
  at::Tensor mask_token_;       // [1, C]; unused, kept so that a file is written back whole
  PatchGrid fixed_;
  at::Tensor table_;  // positions() of the fixed grid
  BlockStack<EncoderBlock> blocks_;
  LayerNorm norm_;  // not applied; kept for the same reason
};

}  // namespace dinomaly
