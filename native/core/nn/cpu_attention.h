// Attention on the CPU as one kernel each, without gradients: from the projection [B, N, 3C] as the linear layer gives
// it to [B, N, C] as the next one takes it, with neither copies per head nor an [N, N] matrix. Products are oneDNN's
// (brgemm), the rest is AVX-512.
#pragma once

#include <ATen/core/Tensor.h>

#include "positions.h"

namespace dinomaly {

// Whether a projection can be attended to here: fp32 or bf16 on a CPU with AVX-512 (bf16: with its instructions for
// bf16), contiguous, no gradients recorded, heads of an even number of channels.
bool has_cpu_attention(const at::Tensor& projected, int64_t heads);

// softmax(q k^T / sqrt(D) + relative positions) v of each head, queries and keys turned where the positions say so.
// projected [B, N, 3C]: queries, keys and values one after the other, each by heads. Sums are fp32.
// has_cpu_attention() must hold.
at::Tensor cpu_softmax_attention(const at::Tensor& projected, int64_t heads, const Positions& positions = {});

// phi(q) (phi(k)^T v) / max(phi(q) sum_n phi(k), kAttentionFloor), phi(x) = x > 0 ? x + 1 : exp(x) (section 3.3), as
// linear_attention(). fp32 inside, whatever the type.
at::Tensor cpu_linear_attention(const at::Tensor& projected, int64_t heads);

}  // namespace dinomaly
