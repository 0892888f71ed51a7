#include "attention.h"

#include <ATen/ATen.h>

#include <cmath>

#include "cpu_attention.h"

namespace dinomaly {
namespace {

// elu(x) + 1, positive everywhere. Its lower branch is exp(x), of which the difference to -1 keeps few of the 8 bits of
// a rounded number, and none below -7.5; fp32 takes the form that is one kernel in both directions.
at::Tensor phi(const at::Tensor& x) {
  return x.scalar_type() == at::kFloat ? at::elu(x).add_(1) : at::where(x > 0, x + 1, x.exp());
}

// phi(q), phi(k), v [B, H, N, D] -> [B, H, N, D]
at::Tensor mixed_by_features(const at::Tensor& features_q, const at::Tensor& features_k, const at::Tensor& v) {
  const at::Tensor context = at::matmul(features_k.transpose(-2, -1), v);                      // [B, H, D, D]
  const at::Tensor mass = at::matmul(features_q, features_k.sum(-2, true).transpose(-2, -1));  // [B, H, N, 1]
  return at::matmul(features_q, context) / mass.clamp_min(kAttentionFloor);
}

// softmax(q k^T / sqrt(D)) -> [B, H, N queries, N keys]
at::Tensor softmax_weights(const at::Tensor& q, const at::Tensor& k) {
  const double scale = 1 / std::sqrt(static_cast<double>(q.size(-1)));
  return at::matmul(q * scale, k.transpose(-2, -1)).softmax(-1);
}

at::Tensor linear_weights(const at::Tensor& q, const at::Tensor& k) {
  const at::Tensor products = at::matmul(phi(q), phi(k).transpose(-2, -1));
  return products / products.sum(-1, true).clamp_min(kAttentionFloor);
}

at::Tensor efficient_weights(const at::Tensor& q, const at::Tensor& k) {
  return at::matmul(q.softmax(-1), k.softmax(-2).transpose(-2, -1));
}

// bool [side, side]: true where two places of a row are at most `reach` apart.
at::Tensor near_places(int64_t side, int64_t reach, at::Device device) {
  const at::Tensor places = at::arange(side, at::TensorOptions(device).dtype(at::kLong));
  return (places.unsqueeze(1) - places.unsqueeze(0)).abs().le(reach);
}

// [B, N, parts * C] -> the parts, each [B, H, N, D]
std::vector<at::Tensor> by_heads(const at::Tensor& projected, int64_t heads, int64_t parts = 3) {
  return projected.unflatten(2, {parts, heads, projected.size(2) / (parts * heads)}).permute({2, 0, 3, 1, 4}).unbind(0);
}

// [B, H, N, D] -> [B, N, C]
at::Tensor joined(const at::Tensor& mixed) { return mixed.transpose(1, 2).flatten(2); }

}  // namespace

at::Tensor softmax_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
  return at::scaled_dot_product_attention(q, k, v);
}

at::Tensor excluding_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                               const at::Tensor& excluded) {
  // Fused kernels renormalise what a mask leaves, so the weights are written out. The softmax needs its result for the
  // backward pass; where there is none, a second copy of the largest tensor of a block is saved.
  at::Tensor weights = softmax_weights(q, k);
  return at::matmul(weights.requires_grad() ? weights.masked_fill(excluded, 0) : weights.masked_fill_(excluded, 0), v);
}

at::Tensor linear_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
  return mixed_by_features(phi(q), phi(k), v);
}

at::Tensor projected_softmax_attention(const at::Tensor& projected, int64_t heads) {
  if (has_cpu_attention(projected, heads)) return cpu_softmax_attention(projected, heads);
  const std::vector<at::Tensor> parts = by_heads(projected, heads);
  return joined(softmax_attention(parts[0], parts[1], parts[2]));
}

at::Tensor projected_linear_attention(const at::Tensor& projected, int64_t heads) {
  if (has_cpu_attention(projected, heads)) return cpu_linear_attention(projected, heads);
  const int64_t dim = projected.size(2) / 3;
  const std::vector<at::Tensor> features = by_heads(phi(projected.narrow(2, 0, 2 * dim)), heads, 2);
  const at::Tensor v = by_heads(projected.narrow(2, 2 * dim, dim), heads, 1).front();
  return joined(mixed_by_features(features[0], features[1], v));
}

at::Tensor efficient_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
  const at::Tensor context = at::matmul(k.softmax(-2).transpose(-2, -1), v);  // [B, H, D, D]
  return at::matmul(q.softmax(-1), context);
}

at::Tensor neighbour_mask(const PatchGrid& grid, int64_t prefix, int64_t window, at::Device device) {
  const int64_t patches = grid.patches();
  const at::Tensor rows = near_places(grid.height, window / 2, device).view({grid.height, 1, grid.height, 1});
  const at::Tensor columns = near_places(grid.width, window / 2, device).view({1, grid.width, 1, grid.width});
  const at::Tensor near = rows.logical_and(columns).view({patches, patches});
  return at::constant_pad_nd(near, {prefix, 0, prefix, 0}, false);
}

Attention::Attention(int64_t dim, int64_t heads_, AttentionKind kind_)
    : qkv(Linear(dim, 3 * dim).feeding_products()), proj(dim, dim), heads(heads_), kind(kind_) {}

at::Tensor Attention::mix(const at::Tensor& projected, const AttentionContext& context) const {
  if (kind == AttentionKind::kLinear) return projected_linear_attention(projected, heads);
  if (kind == AttentionKind::kSoftmax && !context.excluded.defined()) {
    return projected_softmax_attention(projected, heads);
  }
  const std::vector<at::Tensor> parts = by_heads(projected, heads);
  return joined(kind == AttentionKind::kEfficient
                    ? efficient_attention(parts[0], parts[1], parts[2])
                    : excluding_attention(parts[0], parts[1], parts[2], context.excluded));
}

at::Tensor Attention::operator()(const at::Tensor& x, const AttentionContext& context) const {
  return proj(mix(qkv(x), context));
}

at::Tensor Attention::add_to(const at::Tensor& residual, const at::Tensor& x, const AttentionContext& context) const {
  return proj.add_to(residual, mix(qkv(x), context));
}

at::Tensor Attention::weights_of(const at::Tensor& x, int64_t query, const AttentionContext& context) const {
  const std::vector<at::Tensor> parts = by_heads(qkv(x), heads);
  const at::Tensor q = parts[0].narrow(2, query, 1).to(at::kFloat);
  const at::Tensor k = parts[1].to(at::kFloat);
  const at::Tensor weights = [&] {
    switch (kind) {
      case AttentionKind::kLinear:
        return linear_weights(q, k);
      case AttentionKind::kEfficient:
        return efficient_weights(q, k);
      case AttentionKind::kSoftmax:
        break;
    }
    const at::Tensor all = softmax_weights(q, k);
    return context.excluded.defined() ? all.masked_fill(context.excluded.narrow(0, query, 1), 0) : all;
  }();
  return weights.squeeze(2);
}

void Attention::visit(const std::string& prefix, const ParameterVisitor& visitor) {
  qkv.visit(prefix + "qkv.", visitor);
  proj.visit(prefix + "proj.", visitor);
}

}  // namespace dinomaly
