// Multi-head self-attention: softmax (encoders), linear (the decoder, section 3.3 of the paper), efficient (Shen et
// al.).
#pragma once

#include "../config.h"
#include "linear.h"

namespace dinomaly {

// Legend: B batch, N tokens, H heads, D channels a head. q, k, v [B, H, N, D] -> [B, H, N, D].
at::Tensor softmax_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v);

// softmax(q k^T / sqrt(D)) with the probabilities of excluded pairs set to zero and the others left as they are, times
// v. excluded bool [N, N], query by key.
at::Tensor excluding_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                               const at::Tensor& excluded);

// phi(q) (phi(k)^T v) / (phi(q) sum_n phi(k)), phi(x) = elu(x) + 1, without 1/sqrt(D). phi(-18) is exactly 0 in fp32,
// so the published form divides 0 by 0 on some data; the denominator is held at kAttentionFloor or above.
at::Tensor linear_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v);

inline constexpr double kAttentionFloor = 1e-6;

// softmax(q) over D, softmax(k) over the tokens, q (k^T v).
at::Tensor efficient_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v);

// The same two from a projection [B, N, 3C], queries, keys and values one after the other, each by heads, to [B, N, C].
// Where the CPU has a kernel for it and no gradients are recorded, it is one kernel (cpu_attention.h).
at::Tensor projected_softmax_attention(const at::Tensor& projected, int64_t heads);
at::Tensor projected_linear_attention(const at::Tensor& projected, int64_t heads);

// A grid of patches after some prefix tokens.
struct PatchGrid {
  int64_t height = 0;
  int64_t width = 0;

  int64_t patches() const { return height * width; }
  bool operator==(const PatchGrid&) const = default;
};

// bool [N, N], N = prefix + patches: true where both tokens are patches and the key lies in the window x window
// neighbourhood of the query, itself included. Prefix tokens see all and are seen by all.
at::Tensor neighbour_mask(const PatchGrid& grid, int64_t prefix, int64_t window, at::Device device);

// What attention is told of its tokens beside their values; undefined where there is nothing to tell.
struct AttentionContext {
  at::Tensor excluded;  // bool [N, N]; softmax only
};

struct Attention {
  Linear qkv;   // [3C, C]
  Linear proj;  // [C, C]
  int64_t heads = 1;
  AttentionKind kind = AttentionKind::kSoftmax;

  Attention() = default;
  Attention(int64_t dim, int64_t heads, AttentionKind kind);

  // x [B, N, C] -> [B, N, C]
  at::Tensor operator()(const at::Tensor& x, const AttentionContext& context = {}) const;

  // residual + (*this)(x, context)
  at::Tensor add_to(const at::Tensor& residual, const at::Tensor& x, const AttentionContext& context) const;

  // How much the token `query` takes from every token, for figure 3: x [B, N, C] -> fp32 [B, H, N]. A row sums to one,
  // but for what a context excludes.
  at::Tensor weights_of(const at::Tensor& x, int64_t query, const AttentionContext& context = {}) const;

  void visit(const std::string& prefix, const ParameterVisitor& visitor);

 private:
  // What the weights mix, [B, N, 3C] -> [B, N, C].
  at::Tensor mix(const at::Tensor& projected, const AttentionContext& context) const;
};

}  // namespace dinomaly
