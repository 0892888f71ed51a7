#include "attention.h"

#include <ATen/ATen.h>

namespace dinomaly {
namespace {

// elu(x) + 1, positive everywhere.
at::Tensor phi(const at::Tensor& x) { return at::elu(x).add_(1); }

}  // namespace

at::Tensor softmax_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
  return at::scaled_dot_product_attention(q, k, v);
}

at::Tensor linear_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
  const at::Tensor features_q = phi(q);
  const at::Tensor features_k = phi(k);
  const at::Tensor context = at::matmul(features_k.transpose(-2, -1), v);                      // [B, H, D, D]
  const at::Tensor mass = at::matmul(features_q, features_k.sum(-2, true).transpose(-2, -1));  // [B, H, N, 1]
  return at::matmul(features_q, context) / mass.clamp_min(kAttentionFloor);
}

Attention::Attention(int64_t dim, int64_t heads_, AttentionKind kind_)
    : qkv(dim, 3 * dim), proj(dim, dim), heads(heads_), kind(kind_) {}

at::Tensor Attention::operator()(const at::Tensor& x) const {
  const int64_t batch = x.size(0), tokens = x.size(1), dim = x.size(2);
  const at::Tensor split = qkv(x).view({batch, tokens, 3, heads, dim / heads}).permute({2, 0, 3, 1, 4});
  const at::Tensor q = split[0], k = split[1], v = split[2];  // [B, H, N, D]
  const at::Tensor mixed = kind == AttentionKind::kLinear ? linear_attention(q, k, v) : softmax_attention(q, k, v);
  return proj(mixed.transpose(1, 2).reshape({batch, tokens, dim}));
}

void Attention::visit(const std::string& prefix, const ParameterVisitor& visitor) {
  qkv.visit(prefix + "qkv.", visitor);
  proj.visit(prefix + "proj.", visitor);
}

}  // namespace dinomaly
