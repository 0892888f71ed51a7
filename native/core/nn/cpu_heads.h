// What the attention kernels of the CPU share: where the heads of a projection lie.
#pragma once

#include <ATen/ATen.h>

#include <algorithm>

namespace dinomaly {

// Queries that are worked on at once: their scores against all keys stay in the second cache.
inline constexpr int64_t kQueries = 64;
// Keys that are turned at once: what is read of them stays in the first cache.
inline constexpr int64_t kTurned = 32;

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
inline void turn(const float* source, int64_t row, int64_t tokens, int64_t width, float* out) {
  for (int64_t begin = 0; begin < tokens; begin += kTurned) {
    const int64_t end = std::min(tokens, begin + kTurned);
    for (int64_t d = 0; d < width; ++d) {
      for (int64_t n = begin; n < end; ++n) out[d * tokens + n] = source[n * row + d];
    }
  }
}

template <typename T>
Heads<T> heads_of(const at::Tensor& projected, int64_t heads, at::Tensor& out) {
  const int64_t channels = projected.size(2) / 3;
  return {projected.const_data_ptr<T>(), out.data_ptr<T>(), projected.size(1), heads, channels / heads};
}

inline at::Tensor empty_result(const at::Tensor& projected) {
  return at::empty({projected.size(0), projected.size(1), projected.size(2) / 3}, projected.options());
}

// Memory of the calling thread, by what is kept in it.
struct KeptKeys {};
struct KeptMixed {};

}  // namespace dinomaly
