// Reading numbers out of untrusted bytes, shared by the file readers of this folder: bounds and overflow are checked
// before anything is touched.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "../error.h"

namespace dinomaly {

static_assert(std::endian::native == std::endian::little, "Weight files are little-endian and are viewed as they lie");

// Throws WEIGHTS_FORMAT naming the file and what is wrong with it.
[[noreturn]] inline void refuse_weights(const std::string& path, const std::string& cause) {
  throw Error("WEIGHTS_FORMAT", "Cannot read weights from '" + path + "': " + cause);
}

// Little-endian T at `offset`; the caller has checked that it lies within `bytes`.
template <typename T>
T read_little_endian(std::string_view bytes, size_t offset) {
  static_assert(std::is_integral_v<T>);
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

// Whether [offset, offset + length) lies within `size` bytes.
inline bool within(uint64_t offset, uint64_t length, uint64_t size) {
  return offset <= size && length <= size - offset;
}

// a * b and a + b, or nullopt when they leave int64.
inline std::optional<int64_t> checked_product(int64_t a, int64_t b) {
  int64_t result = 0;
  return __builtin_mul_overflow(a, b, &result) ? std::nullopt : std::optional(result);
}
inline std::optional<int64_t> checked_sum(int64_t a, int64_t b) {
  int64_t result = 0;
  return __builtin_add_overflow(a, b, &result) ? std::nullopt : std::optional(result);
}

// The elements of a tensor of these sizes, none negative, or nullopt when they leave int64; so do the strides of an
// empty tensor whose other sizes are too large.
inline std::optional<int64_t> element_count(std::span<const int64_t> sizes) {
  std::optional<int64_t> extent = 1;
  bool empty = false;
  for (const int64_t size : sizes) {
    extent = extent ? checked_product(*extent, size > 0 ? size : 1) : std::nullopt;
    empty = empty || size == 0;
  }
  return extent && empty ? 0 : extent;
}

// Whether `text` is well-formed UTF-8 (no overlong forms, no surrogates, nothing above U+10FFFF).
bool is_utf8(std::string_view text);

// Up to `limit` characters of untrusted text between quotes, bytes outside printable ASCII as '?': for messages.
std::string in_quotes(std::string_view text, size_t limit = 96);

}  // namespace dinomaly
