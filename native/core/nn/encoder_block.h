// A pre-norm block of the plain Vision Transformers: DINOv2 and its kin, BEiT, DINOv3. Their differences are settings.
// The decoder's block, with its other attentions, is block.h.
#pragma once

#include <vector>

#include "feed_forward.h"
#include "layer_norm.h"
#include "positions.h"

namespace dinomaly {

// Names of the tensors in a file, where publishers differ.
enum class BlockNaming {
  kDinov2,  // attn.qkv.bias; ls1.gamma
  kBeit,    // attn.q_bias and attn.v_bias, for keys have none; gamma_1
};

struct EncoderBlockConfig {
  int64_t dim = 0;
  int64_t heads = 1;
  int64_t hidden = 0;
  double norm_eps = 1e-6;
  bool layer_scale = false;
  MlpKind mlp = MlpKind::kGelu;
  bool fused_swiglu = true;
  BlockNaming naming = BlockNaming::kDinov2;
};

// What the shape of an encoder says of its blocks; the eps and the rest are the family's.
EncoderBlockConfig block_config(const EncoderConfig& encoder, double norm_eps);

struct EncoderBlock {
  LayerNorm norm1, norm2;
  Linear qkv;                 // [3C, C]; with BEiT's naming its bias is made of the two below, once it is only run
  Linear proj;                // [C, C]
  at::Tensor q_bias, v_bias;  // [C], BEiT's naming only
  FeedForward mlp;
  at::Tensor gamma1, gamma2;  // [C], undefined without LayerScale
  int64_t heads = 1;
  BlockNaming naming = BlockNaming::kDinov2;

  EncoderBlock() = default;
  explicit EncoderBlock(const EncoderBlockConfig& config);

  // x [B, N, C] -> [B, N, C]
  at::Tensor operator()(const at::Tensor& x, const Positions& positions) const;
  void visit(const std::string& prefix, const ParameterVisitor& visitor);

  // Makes LayerScale a part of the layers before it, for a network that is only run.
  void fold_scales();
  // Makes the weights of the norms a part of the layers after them, for the same.
  void fold_norms();

  // The linear layers, with all that they need to be packed.
  std::vector<Linear*> linears();

 private:
  at::Tensor fused_bias() const;
  // What proj takes, [B, N, C].
  at::Tensor attend(const at::Tensor& x, const Positions& positions) const;
};

}  // namespace dinomaly
