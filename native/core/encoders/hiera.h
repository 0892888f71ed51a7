// Hiera as SAM 2 has it (Ryali et al. 2023; Ravi et al. 2024): four stages, each of half the resolution and twice the
// width of the one before, attention within windows but for a few global blocks. The blocks of the third stage, of
// stride 16, are the targets. No class token, no registers.
#pragma once

#include "../config.h"
#include "../nn/hiera_block.h"
#include "block_stack.h"
#include "encoder.h"

namespace dinomaly {

class Hiera final : public Encoder {
 public:
  explicit Hiera(const EncoderConfig& config);

  std::vector<at::Tensor> features(const at::Tensor& images, const std::vector<int64_t>& target_layers,
                                   const StopToken& stop) const override;
  int64_t prefix_tokens() const override { return 0; }
  void visit(const std::string& prefix, const ParameterVisitor& visitor) override;
  void fix_grid(const PatchGrid& grid, at::ScalarType type) override;
  void keep_blocks(int64_t count) override { blocks_.keep(count); }
  void fold_norms() override { blocks_.fold_norms(); }
  std::vector<Linear*> linears(int64_t last_layer) override { return blocks_.linears(patch_embed_, last_layer); }
  void initialise(at::Generator generator) override { initialise_untrained(*this, std::move(generator)); }
  std::unique_ptr<Encoder> clone() const override { return std::make_unique<Hiera>(*this); }

 private:
  // [1, h, w, C0]
  at::Tensor positions(int64_t height, int64_t width) const;
  // images [B, 3, H, W] -> [B, H / 4, W / 4, stem width], positions added.
  at::Tensor stem(const at::Tensor& images) const;

  int64_t stem_patch_, stem_padding_;
  PatchGrid fixed_;              // of the stem
  at::Tensor table_;             // positions() of it
  Linear patch_embed_;           // weight [C0, 3, 7, 7]
  at::Tensor pos_embed_;         // [1, C0, M, M], resized to the grid
  at::Tensor pos_embed_window_;  // [1, C0, 8, 8], tiled over it
  BlockStack<HieraBlock> blocks_;
};

}  // namespace dinomaly
