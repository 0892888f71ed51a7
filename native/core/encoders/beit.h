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
  std::vector<Linear*> linears(int64_t last_layer) override {
    return blocks_.linears(patch_embed_.product, last_layer);
  }
  void fix_grid(const PatchGrid& grid, at::ScalarType type) override;
  void keep_blocks(int64_t count) override { blocks_.keep(count); }
  void fold_scales() override { blocks_.fold_scales(); }
  void fold_norms() override { blocks_.fold_norms(); }
  void initialise(at::Generator generator) override { initialise_untrained(*this, std::move(generator)); }
  std::unique_ptr<Encoder> clone() const override { return std::make_unique<Beit>(*this); }

 private:
  // One for each table.
  std::vector<std::shared_ptr<RelativePositions>> relative_positions(int64_t height, int64_t width) const;

  EncoderConfig config_;
  PatchEmbed patch_embed_;
  at::Tensor cls_token_;            // [1, 1, C]
  at::Tensor mask_token_;           // [1, 1, C]; unused, kept so that a file is written back whole
  std::vector<at::Tensor> tables_;  // [(2M - 1)^2 + kClassRows, H], one, or one a block
  BlockStack<EncoderBlock> blocks_;
  LayerNorm norm_;  // not applied; kept for the same reason
  PatchGrid fixed_;
  std::vector<std::shared_ptr<RelativePositions>> relative_;  // of the fixed grid
};

}  // namespace dinomaly
