// A pre-norm transformer block, with LayerScale where the encoder has it.
#pragma once

#include "attention.h"
#include "layer_norm.h"
#include "mlp.h"

namespace dinomaly {

struct BlockConfig {
  int64_t dim = 0;
  int64_t heads = 1;
  AttentionKind attention = AttentionKind::kSoftmax;
  double norm_eps = 1e-6;
  bool layer_scale = false;
};

struct Block {
  LayerNorm norm1, norm2;
  Attention attn;
  Mlp mlp;
  at::Tensor gamma1, gamma2;  // [C], undefined without LayerScale

  Block() = default;
  explicit Block(const BlockConfig& config);

  // x [B, N, C] -> [B, N, C]
  at::Tensor operator()(const at::Tensor& x, const AttentionContext& context = {}) const;
  void visit(const std::string& prefix, const ParameterVisitor& visitor);
};

}  // namespace dinomaly
