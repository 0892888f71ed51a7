// DINOv3: no table of positions; queries and keys of the patches are turned by rotary embedding. Registers are always
// there; keys have no bias.
#pragma once

#include "../config.h"
#include "../nn/encoder_block.h"
#include "../nn/layer_norm.h"
#include "../nn/patch_embed.h"
#include "block_stack.h"
#include "encoder.h"

namespace dinomaly {

class Dinov3 final : public Encoder {
 public:
  explicit Dinov3(const EncoderConfig& config);

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
  std::unique_ptr<Encoder> clone() const override { return std::make_unique<Dinov3>(*this); }

 private:
  Rotary rotary(const PatchGrid& grid) const;

  EncoderConfig config_;
  PatchEmbed patch_embed_;
  at::Tensor cls_token_;       // [1, 1, C]
  at::Tensor storage_tokens_;  // [1, R, C]: the registers under their published name; undefined when R is 0
  at::Tensor mask_token_;      // [1, C]; unused, kept so that a file is written back whole
  PatchGrid fixed_;
  Rotary rotary_;  // of the fixed grid
  BlockStack<EncoderBlock> blocks_;
  LayerNorm norm_;  // not applied; kept for the same reason
};

}  // namespace dinomaly
