#include "cpu_attention.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#if defined(__x86_64__)

#include <ATen/Parallel.h>
#include <ATen/native/CPUBlas.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "attention.h"
#include "cpu_vectors.h"

namespace dinomaly {
namespace {

namespace blas = at::native::cpublas;

// Queries that are worked on at once: their scores against all keys stay in the second cache.
constexpr int64_t kQueries = 64;
// Keys that are turned at once: what is read of them stays in the first cache.
constexpr int64_t kTurned = 32;

// The heads of a projection. Legend: B batch, N tokens, H heads, D channels of a head, C = H D.
template <typename T>
struct Heads {
  const T* data;
  T* out;
  int64_t tokens, heads, width;

  int64_t channels() const { return heads * width; }
  int64_t row() const { return 3 * channels(); }
  const T* query(int64_t head) const { return data + (head / heads) * tokens * row() + (head % heads) * width; }
  const T* key(int64_t head) const { return query(head) + channels(); }
  const T* value(int64_t head) const { return query(head) + 2 * channels(); }
  T* result(int64_t head) const { return out + (head / heads) * tokens * channels() + (head % heads) * width; }
};

// source [N, D], its rows `row` apart -> out [D, N]
void turn(const float* source, int64_t row, int64_t tokens, int64_t width, float* out) {
  for (int64_t begin = 0; begin < tokens; begin += kTurned) {
    const int64_t end = std::min(tokens, begin + kTurned);
    for (int64_t d = 0; d < width; ++d) {
      for (int64_t n = begin; n < end; ++n) out[d * tokens + n] = source[n * row + d];
    }
  }
}

// fp32: keys [N, D] -> [D, N]. Values are read where they are.
struct Float32Operands {
  explicit Float32Operands(const Heads<float>& heads) : keys(heads.width * heads.tokens) {}

  void load(const Heads<float>& heads, int64_t head) {
    turn(heads.key(head), heads.row(), heads.tokens, heads.width, keys.data());
  }

  void scores(const Heads<float>& heads, const float* queries, int64_t count, float* out) const {
    blas::brgemm(count, heads.tokens, heads.width, heads.row(), heads.tokens, heads.tokens, false, queries, keys.data(),
                 out, false);
  }

  void mix(const Heads<float>& heads, int64_t head, const float* weights, int64_t count, float* out) const {
    blas::brgemm(count, heads.width, heads.tokens, padded(heads.tokens), heads.row(), heads.width, false, weights,
                 heads.value(head), out, false);
  }

  static int64_t padded(int64_t tokens) { return tokens; }
  static constexpr bool kPairs = false;

  std::vector<float> keys;
};

// bf16: the products take two rows of their right side interleaved (VNNI). Keys are turned in pairs of channels, values
// laid out in pairs of tokens; an odd token has zeros beside it.
struct BFloat16Operands {
  explicit BFloat16Operands(const Heads<at::BFloat16>& heads)
      : keys(heads.width * heads.tokens), values(heads.width * padded(heads.tokens)) {}

  void load(const Heads<at::BFloat16>& heads, int64_t head) {
    const int64_t row = heads.row(), tokens = heads.tokens, width = heads.width;
    const at::BFloat16* const source = heads.key(head);
    for (int64_t begin = 0; begin < tokens; begin += kTurned) {
      const int64_t end = std::min(tokens, begin + kTurned);
      for (int64_t d = 0; d < width; d += 2) {
        at::BFloat16* const to = keys.data() + d * tokens;
        for (int64_t n = begin; n < end; ++n) {
          to[2 * n] = source[n * row + d];
          to[2 * n + 1] = source[n * row + d + 1];
        }
      }
    }
    const at::BFloat16* const from = heads.value(head);
    for (int64_t n = 0; n < padded(tokens); n += 2) {
      at::BFloat16* const to = values.data() + n * width;
      for (int64_t d = 0; d < width; ++d) {
        to[2 * d] = from[n * row + d];
        to[2 * d + 1] = n + 1 < tokens ? from[(n + 1) * row + d] : at::BFloat16(0.0F);
      }
    }
  }

  void scores(const Heads<at::BFloat16>& heads, const at::BFloat16* queries, int64_t count, float* out) const {
    blas::brgemm(count, heads.tokens, heads.width, heads.row(), heads.tokens, heads.tokens, false, queries, keys.data(),
                 out, true);
  }

  void mix(const Heads<at::BFloat16>& heads, int64_t, const at::BFloat16* weights, int64_t count, float* out) const {
    const int64_t pairs = padded(heads.tokens);
    blas::brgemm(count, heads.width, pairs, pairs, heads.width, heads.width, false, weights, values.data(), out, true);
  }

  static int64_t padded(int64_t tokens) { return (tokens + 1) / 2 * 2; }
  static constexpr bool kPairs = true;

  std::vector<at::BFloat16> keys, values;
};

template <typename T, typename Operands>
void attend_softmax(const Heads<T>& heads, int64_t head_count) {
  const int64_t tokens = heads.tokens, width = heads.width, padded = Operands::padded(tokens);
  const int64_t blocks = (tokens + kQueries - 1) / kQueries;
  const float scale = 1 / std::sqrt(static_cast<float>(width));
  // Blocks of queries are the tasks, for a single picture to fill all cores; those of one head follow each other, so
  // that its keys are turned once a thread.
  at::parallel_for(0, head_count * blocks, 1, [&](int64_t begin, int64_t end) {
    Operands operands(heads);
    std::vector<float> scores(kQueries * tokens), mixed(kQueries * width), totals(kQueries);
    std::vector<T> weights(kQueries * padded);
    int64_t loaded = -1;
    for (int64_t task = begin; task < end; ++task) {
      const int64_t head = task / blocks, first = task % blocks * kQueries;
      const int64_t count = std::min(kQueries, tokens - first);
      if (head != loaded) operands.load(heads, head);
      loaded = head;
      operands.scores(heads, heads.query(head) + first * heads.row(), count, scores.data());
      for (int64_t q = 0; q < count; ++q) {
        totals[q] =
            vectors::exponentials(scores.data() + q * tokens, tokens, scale, weights.data() + q * padded, padded);
      }
      operands.mix(heads, head, weights.data(), count, mixed.data());
      for (int64_t q = 0; q < count; ++q) {
        vectors::scaled(mixed.data() + q * width, width, 1 / totals[q],
                        heads.result(head) + (first + q) * heads.channels());
      }
    }
    blas::brgemm_release(Operands::kPairs);
  });
}

template <typename T>
void attend_linear(const Heads<T>& heads, int64_t head_count) {
  const int64_t tokens = heads.tokens, width = heads.width, row = heads.row();
  at::parallel_for(0, head_count, 1, [&](int64_t begin, int64_t end) {
    // Features and values as fp32, [N, D]; the keys' features turned, [D, N].
    std::vector<float> features(tokens * width), turned(width * tokens), values(tokens * width);
    std::vector<float> context(width * width), sums(width), mixed(tokens * width);
    for (int64_t head = begin; head < end; ++head) {
      for (int64_t n = 0; n < tokens; ++n) {
        vectors::phi(heads.key(head) + n * row, width, features.data() + n * width);
        vectors::widened(heads.value(head) + n * row, width, values.data() + n * width);
      }
      std::fill(sums.begin(), sums.end(), 0.0F);
      for (int64_t n = 0; n < tokens; ++n) vectors::add(features.data() + n * width, width, sums.data());
      turn(features.data(), width, tokens, width, turned.data());
      blas::brgemm(width, width, tokens, tokens, width, width, false, turned.data(), values.data(), context.data(),
                   false);
      for (int64_t n = 0; n < tokens; ++n) {
        vectors::phi(heads.query(head) + n * row, width, features.data() + n * width);
      }
      blas::brgemm(tokens, width, width, width, width, width, false, features.data(), context.data(), mixed.data(),
                   false);
      for (int64_t n = 0; n < tokens; ++n) {
        const float mass = vectors::dot(features.data() + n * width, sums.data(), width);
        vectors::scaled(mixed.data() + n * width, width, 1 / std::max(mass, static_cast<float>(kAttentionFloor)),
                        heads.result(head) + n * heads.channels());
      }
    }
    blas::brgemm_release(false);
  });
}

template <typename T>
Heads<T> heads_of(const at::Tensor& projected, int64_t heads, at::Tensor& out) {
  const int64_t channels = projected.size(2) / 3;
  return {projected.const_data_ptr<T>(), out.data_ptr<T>(), projected.size(1), heads, channels / heads};
}

at::Tensor empty_result(const at::Tensor& projected) {
  return at::empty({projected.size(0), projected.size(1), projected.size(2) / 3}, projected.options());
}

}  // namespace

bool has_cpu_attention(const at::Tensor& projected, int64_t heads) {
  if (!projected.is_cpu() || !projected.is_contiguous() || at::GradMode::is_enabled()) return false;
  if (projected.size(2) / (3 * heads) % 2 != 0) return false;
  switch (projected.scalar_type()) {
    case at::kFloat:
      return vectors::supported();
    case at::kBFloat16:
      return vectors::bfloat16_supported();
    default:
      return false;
  }
}

at::Tensor cpu_softmax_attention(const at::Tensor& projected, int64_t heads) {
  at::Tensor out = empty_result(projected);
  const int64_t count = projected.size(0) * heads;
  if (projected.scalar_type() == at::kFloat) {
    attend_softmax<float, Float32Operands>(heads_of<float>(projected, heads, out), count);
  } else {
    attend_softmax<at::BFloat16, BFloat16Operands>(heads_of<at::BFloat16>(projected, heads, out), count);
  }
  return out;
}

at::Tensor cpu_linear_attention(const at::Tensor& projected, int64_t heads) {
  at::Tensor out = empty_result(projected);
  const int64_t count = projected.size(0) * heads;
  if (projected.scalar_type() == at::kFloat) {
    attend_linear(heads_of<float>(projected, heads, out), count);
  } else {
    attend_linear(heads_of<at::BFloat16>(projected, heads, out), count);
  }
  return out;
}

}  // namespace dinomaly

#else

namespace dinomaly {

bool has_cpu_attention(const at::Tensor&, int64_t) { return false; }
at::Tensor cpu_softmax_attention(const at::Tensor&, int64_t) { return {}; }
at::Tensor cpu_linear_attention(const at::Tensor&, int64_t) { return {}; }

}  // namespace dinomaly

#endif
