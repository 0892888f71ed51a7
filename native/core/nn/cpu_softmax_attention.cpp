#include <ATen/ATen.h>

#include "cpu_attention.h"

#if defined(__x86_64__)

#include <ATen/Parallel.h>
#include <ATen/native/CPUBlas.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "cpu_heads.h"
#include "cpu_vectors.h"
#include "thread_memory.h"

namespace dinomaly {
namespace {

namespace blas = at::native::cpublas;

// The rows of a head as a product reads them: where they are, or turned by their places in the picture.
template <typename T>
struct Rows {
  const T* data;
  int64_t stride;
};

template <typename T>
class Turning {
 public:
  Turning(const Heads<T>& heads, const std::optional<Rotary>& rotary) : heads_(heads) {
    if (!rotary) return;
    cos_ = rotary->cos.const_data_ptr<float>();
    sin_ = rotary->sin.const_data_ptr<float>();
    prefix_ = heads.tokens - rotary->cos.size(0);
  }

  // `rows` of queries or keys from the token `first` on. Purpose: of the memory that they are turned into.
  template <typename Purpose>
  Rows<T> of(const T* rows, int64_t first, int64_t count) const {
    const T* const from = rows + first * heads_.row();
    if (cos_ == nullptr) return {from, heads_.row()};
    const int64_t width = heads_.width;
    T* const to = thread_memory<T, Purpose>(count * width);
    for (int64_t i = 0; i < count; ++i) {
      const int64_t place = first + i - prefix_;
      if (place < 0) {
        std::copy_n(from + i * heads_.row(), width, to + i * width);
      } else {
        vectors::turned(from + i * heads_.row(), width, cos_ + place * width, sin_ + place * width, to + i * width);
      }
    }
    return {to, width};
  }

 private:
  const Heads<T>& heads_;
  const float* cos_ = nullptr;
  const float* sin_ = nullptr;
  int64_t prefix_ = 0;
};

// fp32: keys [N, D] -> [D, N]. Values are read where they are.
struct Float32Operands {
  explicit Float32Operands(const Heads<float>& heads)
      : keys(thread_memory<float, Float32Operands>(heads.width * heads.tokens)) {}

  void load(const Heads<float>& heads, const Rows<float>& rows, int64_t) {
    turn(rows.data, rows.stride, heads.tokens, heads.width, keys);
  }

  void scores(const Heads<float>& heads, const Rows<float>& queries, int64_t count, float* out) const {
    blas::brgemm(count, heads.tokens, heads.width, queries.stride, heads.tokens, heads.tokens, false, queries.data,
                 keys, out, false);
  }

  void mix(const Heads<float>& heads, int64_t head, const float* weights, int64_t count, float* out) const {
    blas::brgemm(count, heads.width, heads.tokens, padded(heads.tokens), heads.row(), heads.width, false, weights,
                 heads.value(head), out, false);
  }

  static int64_t padded(int64_t tokens) { return tokens; }
  static constexpr bool kPairs = false;

  float* keys;
};

// bf16: the products take two rows of their right side interleaved (VNNI). Keys are turned in pairs of channels, values
// laid out in pairs of tokens; an odd token has zeros beside it.
struct BFloat16Operands {
  struct Values {};

  explicit BFloat16Operands(const Heads<at::BFloat16>& heads)
      : keys(thread_memory<at::BFloat16, BFloat16Operands>(heads.width * heads.tokens)),
        values(thread_memory<at::BFloat16, Values>(heads.width * padded(heads.tokens))) {}

  void load(const Heads<at::BFloat16>& heads, const Rows<at::BFloat16>& rows, int64_t head) {
    const int64_t row = heads.row(), tokens = heads.tokens, width = heads.width;
    for (int64_t begin = 0; begin < tokens; begin += kTurned) {
      const int64_t end = std::min(tokens, begin + kTurned);
      for (int64_t d = 0; d < width; d += 2) {
        at::BFloat16* const to = keys + d * tokens;
        for (int64_t n = begin; n < end; ++n) {
          to[2 * n] = rows.data[n * rows.stride + d];
          to[2 * n + 1] = rows.data[n * rows.stride + d + 1];
        }
      }
    }
    const at::BFloat16* const from = heads.value(head);
    for (int64_t n = 0; n < padded(tokens); n += 2) {
      at::BFloat16* const to = values + n * width;
      for (int64_t d = 0; d < width; ++d) {
        to[2 * d] = from[n * row + d];
        to[2 * d + 1] = n + 1 < tokens ? from[(n + 1) * row + d] : at::BFloat16(0.0F);
      }
    }
  }

  void scores(const Heads<at::BFloat16>& heads, const Rows<at::BFloat16>& queries, int64_t count, float* out) const {
    blas::brgemm(count, heads.tokens, heads.width, queries.stride, heads.tokens, heads.tokens, false, queries.data,
                 keys, out, true);
  }

  void mix(const Heads<at::BFloat16>& heads, int64_t, const at::BFloat16* weights, int64_t count, float* out) const {
    const int64_t pairs = padded(heads.tokens);
    blas::brgemm(count, heads.width, pairs, pairs, heads.width, heads.width, false, weights, values, out, true);
  }

  static int64_t padded(int64_t tokens) { return (tokens + 1) / 2 * 2; }
  static constexpr bool kPairs = true;

  at::BFloat16 *keys, *values;
};

// What each thread works in, by purpose.
struct Queries {};
struct Logits {};
struct Weights {};
struct Biases {};

template <typename T, typename Operands>
void attend_softmax(const Heads<T>& heads, int64_t head_count, const Positions& positions) {
  const int64_t tokens = heads.tokens, width = heads.width, padded = Operands::padded(tokens);
  const int64_t blocks = (tokens + kQueries - 1) / kQueries;
  const float scale = 1 / std::sqrt(static_cast<float>(width));
  const Turning<T> turning(heads, positions.rotary);
  const RelativePositions* const relative = positions.relative.get();
  // Blocks of queries are the tasks, for a single picture to fill all cores; those of one head follow each other, so
  // that its keys are turned once a thread.
  at::parallel_for(0, head_count * blocks, 1, [&](int64_t begin, int64_t end) {
    Operands operands(heads);
    float* const scores = thread_memory<float, Logits>(kQueries * tokens);
    float* const bias = thread_memory<float, Biases>(tokens);
    float* const mixed = thread_memory<float, KeptMixed>(kQueries * width);
    T* const weights = thread_memory<T, Weights>(kQueries * padded);
    float totals[kQueries];
    int64_t loaded = -1;
    for (int64_t task = begin; task < end; ++task) {
      const int64_t head = task / blocks, first = task % blocks * kQueries;
      const int64_t count = std::min(kQueries, tokens - first);
      if (head != loaded) operands.load(heads, turning.template of<KeptKeys>(heads.key(head), 0, tokens), head);
      loaded = head;
      operands.scores(heads, turning.template of<Queries>(heads.query(head), first, count), count, scores);
      for (int64_t q = 0; q < count; ++q) {
        float* const row = scores + q * tokens;
        if (relative != nullptr) {
          relative->row(head % heads.heads, first + q, bias);
          vectors::scaled_and_added(row, tokens, scale, bias);
        }
        totals[q] = vectors::exponentials(row, tokens, relative != nullptr ? 1 : scale, weights + q * padded, padded);
      }
      operands.mix(heads, head, weights, count, mixed);
      for (int64_t q = 0; q < count; ++q) {
        vectors::scaled(mixed + q * width, width, 1 / totals[q], heads.result(head) + (first + q) * heads.channels());
      }
    }
    blas::brgemm_release(Operands::kPairs);
  });
}

}  // namespace

at::Tensor cpu_softmax_attention(const at::Tensor& projected, int64_t heads, const Positions& positions) {
  at::Tensor out = empty_result(projected);
  const int64_t count = projected.size(0) * heads;
  if (projected.scalar_type() == at::kFloat) {
    attend_softmax<float, Float32Operands>(heads_of<float>(projected, heads, out), count, positions);
  } else {
    attend_softmax<at::BFloat16, BFloat16Operands>(heads_of<at::BFloat16>(projected, heads, out), count, positions);
  }
  return out;
}

}  // namespace dinomaly

#else

namespace dinomaly {

at::Tensor cpu_softmax_attention(const at::Tensor&, int64_t, const Positions&) { return {}; }

}  // namespace dinomaly

#endif
