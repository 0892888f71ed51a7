#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "cpu_attention.h"

#if defined(__x86_64__)

#include <ATen/Parallel.h>
#include <ATen/native/CPUBlas.h>

#include <algorithm>

#include "attention.h"
#include "cpu_heads.h"
#include "cpu_vectors.h"
#include "thread_memory.h"

namespace dinomaly {
namespace {

namespace blas = at::native::cpublas;

struct Features {};
struct Turned {};
struct Widened {};

// What a head's queries are mixed from: phi(k)^T v, [D, D], and the sum of phi(k), [D].
template <typename T>
void load_context(const Heads<T>& heads, int64_t head, float* context, float* sums) {
  const int64_t tokens = heads.tokens, width = heads.width, row = heads.row();
  float* const features = thread_memory<float, Features>(tokens * width);
  float* const turned = thread_memory<float, Turned>(width * tokens);
  float* const values = thread_memory<float, Widened>(tokens * width);
  std::fill_n(sums, width, 0.0F);
  for (int64_t n = 0; n < tokens; ++n) {
    vectors::phi(heads.key(head) + n * row, width, features + n * width);
    vectors::widened(heads.value(head) + n * row, width, values + n * width);
    vectors::add(features + n * width, width, sums);
  }
  turn(features, width, tokens, width, turned);
  blas::brgemm(width, width, tokens, tokens, width, width, false, turned, values, context, false);
}

template <typename T>
void mix_linear(const Heads<T>& heads, int64_t head, int64_t first, int64_t count, const float* context,
                const float* sums) {
  const int64_t width = heads.width;
  float* const features = thread_memory<float, Features>(count * width);
  float* const mixed = thread_memory<float, KeptMixed>(count * width);
  for (int64_t n = 0; n < count; ++n) {
    vectors::phi(heads.query(head) + (first + n) * heads.row(), width, features + n * width);
  }
  blas::brgemm(count, width, width, width, width, width, false, features, context, mixed, false);
  for (int64_t n = 0; n < count; ++n) {
    const float mass = vectors::dot(features + n * width, sums, width);
    vectors::scaled(mixed + n * width, width, 1 / std::max(mass, static_cast<float>(kAttentionFloor)),
                    heads.result(head) + (first + n) * heads.channels());
  }
}

template <typename T>
void attend_linear(const Heads<T>& heads, int64_t head_count) {
  const int64_t tokens = heads.tokens, width = heads.width;
  const int64_t blocks = (tokens + kQueries - 1) / kQueries, size = width * (width + 1);
  // Of the calling thread: the others read what each has written.
  float* const contexts = thread_memory<float, KeptKeys>(head_count * size);
  const auto context_of = [&](int64_t head) { return contexts + head * size; };
  at::parallel_for(0, head_count, 1, [&](int64_t begin, int64_t end) {
    for (int64_t head = begin; head < end; ++head) {
      load_context(heads, head, context_of(head), context_of(head) + width * width);
    }
    blas::brgemm_release(false);
  });
  // Blocks of queries are the tasks, for a single picture to fill all cores.
  at::parallel_for(0, head_count * blocks, 1, [&](int64_t begin, int64_t end) {
    for (int64_t task = begin; task < end; ++task) {
      const int64_t head = task / blocks, first = task % blocks * kQueries;
      mix_linear(heads, head, first, std::min(kQueries, tokens - first), context_of(head),
                 context_of(head) + width * width);
    }
    blas::brgemm_release(false);
  });
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
at::Tensor cpu_linear_attention(const at::Tensor&, int64_t) { return {}; }

}  // namespace dinomaly

#endif
