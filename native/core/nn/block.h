// A pre-norm transformer block of the decoder. Those of the encoders are encoder_block.h and hiera_block.h.
#pragma once

#include "attention.h"
#include "layer_norm.h"
#include "mlp.h"

namespace dinomaly {

struct BlockConfig {
  int64_t dim = 0;
  int64_t heads = 1;
  AttentionKind attention = AttentionKind::kLinear;
  double norm_eps = 1e-8;
};

struct Block {
  LayerNorm norm1, norm2;
  Attention attn;
  Mlp mlp;

  Block() = default;
  explicit Block(const BlockConfig& config);

  // x [B, N, C] -> [B, N, C]
  at::Tensor operator()(const at::Tensor& x, const AttentionContext& context = {}) const;
  void visit(const std::string& prefix, const ParameterVisitor& visitor);

  // As EncoderBlock::fold_norms().
  void fold_norms();
};

}  // namespace dinomaly
