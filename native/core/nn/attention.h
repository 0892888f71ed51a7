// Multi-head self-attention, softmax (encoders) or linear (the decoder, section 3.3 of the paper).
#pragma once

#include "../config.h"
#include "linear.h"

namespace dinomaly {

// Legend: B batch, N tokens, H heads, D channels a head. q, k, v [B, H, N, D] -> [B, H, N, D].
at::Tensor softmax_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v);

// phi(q) (phi(k)^T v) / (phi(q) sum_n phi(k)), phi(x) = elu(x) + 1, without 1/sqrt(D). phi(-18) is exactly 0 in fp32,
// so the published form divides 0 by 0 on some data; the denominator is held at kAttentionFloor or above.
at::Tensor linear_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v);

inline constexpr double kAttentionFloor = 1e-6;

struct Attention {
  Linear qkv;   // [3C, C]
  Linear proj;  // [C, C]
  int64_t heads = 1;
  AttentionKind kind = AttentionKind::kSoftmax;

  Attention() = default;
  Attention(int64_t dim, int64_t heads, AttentionKind kind);

  // x [B, N, C] -> [B, N, C]
  at::Tensor operator()(const at::Tensor& x) const;
  void visit(const std::string& prefix, const ParameterVisitor& visitor);
};

}  // namespace dinomaly
